import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Account, State } from '../../mail/account/types.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import { type ImapWorld, imapWorld, message } from '../support/imap.ts';
import type { PipeClient } from '../support/pipe.ts';

/** What a client believes of the mailbox, from nothing but what it is told. */
class ModelClient {
  readonly client: PipeClient;
  readonly messages: { uid: number | undefined; flags: Set<string> | undefined }[] = [];
  private tags = 0;

  constructor(client: PipeClient) {
    this.client = client;
  }

  get size(): number {
    return this.messages.length;
  }

  /** Sends a command and takes in its answer; `renumbers` says whether EXPUNGE may come in it. */
  async command(text: string, renumbers: boolean): Promise<string> {
    const tag = `m${++this.tags}`;
    this.client.send(`${tag} ${text}\r\n`);
    for (;;) {
      const line = (await this.client.line())!;
      if (line.startsWith(`${tag} `)) return line.slice(tag.length + 1);
      await this.untagged(line, text, renumbers);
    }
  }

  private async untagged(line: string, command: string, renumbers: boolean): Promise<void> {
    const match = /^\* (\d+) (EXISTS|EXPUNGE|FETCH)(.*)$/.exec(line);
    if (match === null) return;
    const number = Number(match[1]);
    if (match[2] === 'EXISTS') {
      expect(number).toBeGreaterThanOrEqual(this.size);
      while (this.size < number) this.messages.push({ uid: undefined, flags: undefined });
    } else if (match[2] === 'EXPUNGE') {
      expect(renumbers, `EXPUNGE in the answer to ${command}`).toBe(true);
      expect(number).toBeLessThanOrEqual(this.size);
      this.messages.splice(number - 1, 1);
    } else await this.fetched(number, match[3]!);
  }

  private async fetched(number: number, items: string): Promise<void> {
    expect(number).toBeLessThanOrEqual(this.size);
    const one = this.messages[number - 1]!;
    const uid = /UID (\d+)/.exec(items)?.[1];
    if (uid !== undefined) {
      // No message changes its number unless an EXPUNGE says so.
      expect(one.uid ?? Number(uid)).toBe(Number(uid));
      one.uid = Number(uid);
    }
    const flags = /FLAGS \(([^)]*)\)/.exec(items)?.[1];
    if (flags !== undefined) one.flags = new Set(flags.split(' ').filter((flag) => flag !== '' && flag !== '\\Recent'));
    const literal = /\{(\d+)\}$/.exec(items)?.[1];
    if (literal !== undefined) {
      await this.client.bytes(Number(literal));
      expect(await this.client.line()).toBe(')');
    }
  }

  /** What .SILENT lets a client take for granted. */
  assume(first: number, last: number, mode: string, flag: string): void {
    for (const one of this.messages.slice(first - 1, last)) {
      if (one.flags === undefined) continue;
      if (mode === '+') one.flags.add(flag);
      else if (mode === '-') one.flags.delete(flag);
      else one.flags = new Set([flag]);
    }
  }
}

const FLAGS = ['\\Seen', '\\Deleted', '\\Flagged', 'work', 'Later'];
const flag = fc.constantFrom(...FLAGS);
const portion = fc.tuple(fc.nat(999), fc.nat(999));
const mode = fc.constantFrom('', '+', '-');

/** Steps; portions are cut to the size of the mailbox when they are taken. */
const step = fc.oneof(
  fc.record({ do: fc.constant('noop' as const), who: fc.nat(1) }),
  fc.record({ do: fc.constant('fetch' as const), who: fc.nat(1), part: portion, uid: fc.boolean() }),
  fc.record({ do: fc.constant('read' as const), who: fc.nat(1), part: portion, uid: fc.boolean() }),
  fc.record({
    do: fc.constant('store' as const),
    who: fc.nat(1),
    part: portion,
    mode,
    flag,
    silent: fc.boolean(),
  }),
  fc.record({ do: fc.constant('expunge' as const), who: fc.nat(1) }),
  fc.record({ do: fc.constant('move' as const), who: fc.nat(1), part: portion }),
  fc.record({ do: fc.constant('search' as const), who: fc.nat(1), flag }),
  fc.record({ do: fc.constant('append' as const), who: fc.nat(1) }),
  fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('other-flags' as const), part: portion, mode: fc.constantFrom('add', 'remove'), flag }),
  fc.record({ do: fc.constant('other-expunge' as const), part: portion }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function range([a, b]: readonly [number, number], size: number): [number, number] | undefined {
  if (size === 0) return undefined;
  const [first, second] = [1 + (a % size), 1 + (b % size)];
  return first < second ? [first, second] : [second, first];
}

function cutUids(state: State, mailbox: string, part: readonly [number, number]): UidSet {
  const rows = state.rows(mailbox);
  const cut = range(part, rows.length);
  if (cut === undefined) return UidSet.EMPTY;
  return UidSet.range(rows.uid(cut[0] - 1), rows.uid(cut[1] - 1));
}

/** A change that another client or a delivery makes. */
async function others(world: ImapWorld, account: Account, mailbox: string, one: Step): Promise<void> {
  if (one.do === 'deliver') {
    await world.deliver('INBOX', ...Array.from({ length: one.count }, (_, i) => message(`m${i}`)));
  } else if (one.do === 'other-flags') {
    await account.write((draft) =>
      draft.store(mailbox, cutUids(draft, mailbox, one.part), one.mode as 'add' | 'remove', [one.flag]),
    );
  } else if (one.do === 'other-expunge') {
    await account.write((draft) => draft.expunge(mailbox, cutUids(draft, mailbox, one.part)));
  }
}

async function act(model: ModelClient, one: Step): Promise<void> {
  if (one.do === 'noop') await model.command('NOOP', true);
  else if (one.do === 'expunge') await model.command('EXPUNGE', true);
  else if (one.do === 'search') {
    const key = one.flag.startsWith('\\') ? one.flag.slice(1).toUpperCase() : `KEYWORD ${one.flag}`;
    expect(await model.command(`SEARCH ${key}`, false)).toMatch(/^OK/);
  } else if (one.do === 'append') {
    expect(await model.command('APPEND INBOX {5+}\r\nhello', true)).toMatch(/^OK/);
  } else if ('part' in one) {
    const cut = range(one.part, model.size);
    if (cut === undefined) return;
    const [first, last] = cut;
    const set = `${first}:${last}`;
    if (one.do === 'fetch' || one.do === 'read') {
      const items = one.do === 'fetch' ? '(UID FLAGS)' : '(UID BODY[TEXT])';
      // UIDs and numbers differ; any range of UIDs will do.
      expect(await model.command(`${one.uid ? 'UID ' : ''}FETCH ${set} ${items}`, one.uid)).toMatch(/^OK/);
    } else if (one.do === 'store') {
      const silent = one.silent ? '.SILENT' : '';
      if (one.silent) model.assume(first, last, one.mode, one.flag);
      expect(await model.command(`STORE ${set} ${one.mode}FLAGS${silent} (${one.flag})`, false)).toMatch(/^OK/);
    } else if (one.do === 'move') {
      expect(await model.command(`MOVE ${set} Trash`, true)).toMatch(/^(OK|NO \[EXPUNGEISSUED\])/);
    }
  }
}

function check(model: ModelClient, state: State, mailbox: string): void {
  const rows = state.rows(mailbox);
  expect(model.size).toBe(rows.length);
  for (const [i, { uid, flags }] of model.messages.entries()) {
    expect(uid ?? rows.uid(i)).toBe(rows.uid(i));
    if (flags !== undefined) expect([...flags].sort()).toEqual([...rows.flags(i).list].sort());
  }
}

async function run(rounds: readonly (readonly Step[])[]): Promise<void> {
  const world = await imapWorld();
  await world.deliver('INBOX', message('a'), message('b'), message('c'));
  const mailbox = world.alice.state.mailboxNamed('INBOX')!.id;
  const models: ModelClient[] = [];
  for (let i = 0; i < 2; i++) {
    const model = new ModelClient(await world.login());
    await model.command('SELECT INBOX', false);
    await model.command('FETCH 1:* (UID FLAGS)', false);
    models.push(model);
  }
  // The steps of a round happen at the same time, but for each client's own.
  for (const round of rounds) {
    const queues = [0, 1].map(async (who) => {
      for (const one of round) if ('who' in one && one.who === who) await act(models[who]!, one);
    });
    await Promise.all([...queues, ...round.map((one) => others(world, world.alice, mailbox, one))]);
  }
  for (const model of models) {
    expect(await model.command('NOOP', true)).toMatch(/^OK/);
    check(model, world.alice.state, mailbox);
    model.client.destroy();
  }
  expect(world.errors).toEqual([]);
}

test('a client that believes what it is told knows the mailbox as it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 }), run),
    { numRuns: 150, endOnFailure: false },
  );
}, 60_000);
