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
/** '' for SEARCH. */
const ORDERS = ['', 'SUBJECT', 'REVERSE SIZE', 'REVERSE SUBJECT ARRIVAL'];
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

/** What the client believes to be the result of the search `u`, by UID, in its order. */
class Results {
  readonly client: PipeClient;
  uids: number[] = [];

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
      const change = /^\* ESEARCH \(TAG "u"\) UID (ADDTO|REMOVEFROM) \(([\d:, ]+)\)$/.exec(line);
      if (change === null) continue;
      for (const [, place, set] of change[2]!.matchAll(/(\d+) (\S+)/g)) {
        this.change(change[1]!, Number(place), numbersOf(set!));
      }
    }
  }

  /** RFC 5267 sections 4.3.3 and 4.3.4. Nothing is added that is there, and nothing taken away that is not where it is said to be. */
  private change(what: string, place: number, uids: readonly number[]): void {
    if (what === 'ADDTO') {
      expect(this.uids.filter((uid) => uids.includes(uid))).toEqual([]);
      if (place === 0) this.uids = [...this.uids, ...uids].sort((a, b) => a - b);
      else this.uids.splice(place - 1, 0, ...uids);
    } else if (place === 0) {
      expect(this.uids.filter((uid) => uids.includes(uid))).toEqual(uids);
      this.uids = this.uids.filter((uid) => !uids.includes(uid));
    } else expect(this.uids.splice(place - 1, uids.length)).toEqual(uids);
  }
}

/** The numbers of a set in its order. */
function numbersOf(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [first, last = first] = range.split(':').map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  });
}

function found(lines: readonly string[]): number[] {
  const all = /^\* ESEARCH \(TAG "[^"]*"\) UID(?: ALL ([\d:,]+))?$/.exec(lines.find((line) => / UID/.test(line))!)?.[1];
  return all === undefined ? [] : numbersOf(all);
}

async function run(program: string, order: string, steps: readonly Step[]): Promise<void> {
  const world = await imapWorld();
  await world.deliver('INBOX', message('odd'), message('even'), message('odd'));
  const { alice } = world;
  const mailbox = alice.state.mailboxNamed('INBOX')!.id;
  const results = new Results(await world.login('INBOX'));
  const searching = (returns: string) =>
    order === '' ? `UID SEARCH RETURN (${returns})` : `UID SORT RETURN (${returns}) (${order}) UTF-8`;
  results.uids = found(await results.command('u', `${searching('UPDATE ALL')} ${program}`));
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
  expect(results.uids).toEqual(found(await results.command('e', `${searching('ALL')} ${later}`)));
  results.client.destroy();
  expect(world.errors).toEqual([]);
}

test('a message finds its place among many, also where some of them are gone, but not for the client', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', ...Array.from({ length: 60 }, (_, i) => message(`s${(i * 37) % 60}`)));
  const results = new Results(await world.login('INBOX'));
  results.uids = found(await results.command('u', 'UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 ALL'));
  const inbox = world.alice.state.mailboxNamed('INBOX')!.id;
  await world.alice.write((draft) => draft.expunge(inbox, UidSet.fromRuns([[20, 45]])));
  await world.deliver('INBOX', message('s3 and a half'), message('s33'));
  // SEARCH holds the expunges back.
  await results.command('s', 'SEARCH 1');
  expect(results.uids.length).toBe(62);
  await results.command('n', 'NOOP');
  expect(results.uids).toEqual(found(await results.command('e', 'UID SORT RETURN (ALL) (SUBJECT) UTF-8 ALL')));
  expect(results.uids.length).toBe(36);
});

test('results that are kept up to date are those that a new search gives (RFC 5267 section 4.3)', async () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 15 });
  const program = fc.constantFrom(...PROGRAMS);
  await fc.assert(fc.asyncProperty(program, fc.constantFrom(...ORDERS), steps, run), { numRuns: 250 });
}, 60_000);
