import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UidSet } from '../../mail/account/uidset.ts';
import { imapWorld, message } from '../support/imap.ts';
import type { PipeClient } from '../support/pipe.ts';

const PROGRAMS = [
  'DELETED',
  'UNSEEN SUBJECT odd',
  'OR FLAGGED 2',
  'NOT BODY odd',
  'UID 2:4 SEEN',
  'YOUNGER 1000 UNFLAGGED',
];
const flag = fc.constantFrom('\\Seen', '\\Deleted', '\\Flagged');
const portion = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
const step = fc.oneof(
  fc.record({ do: fc.constant('deliver' as const), odd: fc.boolean() }),
  fc.record({
    do: fc.constant('flags' as const),
    part: portion,
    mode: fc.constantFrom('add' as const, 'remove' as const),
    flag,
  }),
  fc.record({ do: fc.constant('gone' as const), part: portion }),
  fc.record({
    do: fc.constant('say' as const),
    text: fc.constantFrom('NOOP', 'SEARCH ALL', 'EXPUNGE', 'STORE * +FLAGS (\\Deleted)'),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What the client believes to be the result of the search `u`, by UID. */
class Results {
  readonly client: PipeClient;
  uids = UidSet.EMPTY;

  constructor(client: PipeClient) {
    this.client = client;
  }

  async command(tag: string, text: string): Promise<string[]> {
    this.client.send(`${tag} ${text}\r\n`);
    const lines: string[] = [];
    for (;;) {
      const line = (await this.client.line())!;
      lines.push(line);
      if (line.startsWith(`${tag} `)) return lines;
      const change = /^\* ESEARCH \(TAG "u"\) UID (ADDTO|REMOVEFROM) \(0 ([\d:,]+)\)$/.exec(line);
      if (change === null) continue;
      const set = UidSet.parse(change[2]!);
      // Nothing is added that is there, and nothing taken away that is not.
      expect(this.uids.intersection(set).size).toBe(change[1] === 'ADDTO' ? 0 : set.size);
      this.uids = change[1] === 'ADDTO' ? this.uids.union(set) : this.uids.without(set);
    }
  }
}

function found(lines: readonly string[]): string {
  return (
    /^\* ESEARCH \(TAG "[^"]*"\) UID(?: ALL ([\d:,]+))?$/.exec(lines.find((line) => / UID/.test(line))!)?.[1] ?? ''
  );
}

async function run(program: string, steps: readonly Step[]): Promise<void> {
  const world = await imapWorld();
  await world.deliver('INBOX', message('odd'), message('even'), message('odd'));
  const { alice } = world;
  const mailbox = alice.state.mailboxNamed('INBOX')!.id;
  const results = new Results(await world.login('INBOX'));
  results.uids = UidSet.parse(found(await results.command('u', `UID SEARCH RETURN (UPDATE ALL) ${program}`)));
  // Numbers count as of the search.
  const later = program.replace(/ 2$/, ' UID 2');
  for (const one of steps) {
    if (one.do === 'deliver') await world.deliver('INBOX', message(one.odd ? 'odd' : 'even', one.odd ? 'odd' : 'even'));
    else if (one.do === 'say') {
      if (!one.text.startsWith('STORE') || alice.state.rows(mailbox).length > 0) await results.command('s', one.text);
    } else {
      const uids = UidSet.fromRuns([one.part]);
      await alice.write((draft) =>
        one.do === 'flags' ? draft.store(mailbox, uids, one.mode, [one.flag]) : draft.expunge(mailbox, uids),
      );
    }
  }
  await results.command('n', 'NOOP');
  expect(results.uids.toString()).toBe(found(await results.command('e', `UID SEARCH RETURN (ALL) ${later}`)));
  results.client.destroy();
  expect(world.errors).toEqual([]);
}

test('results that are kept up to date are those that a new search gives (RFC 5267 section 4.3)', async () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 15 });
  await fc.assert(fc.asyncProperty(fc.constantFrom(...PROGRAMS), steps, run), { numRuns: 150 });
}, 60_000);
