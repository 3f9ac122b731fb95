import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mailbox, Rows, State } from '../../mail/account/types.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import { vanished } from '../../mail/imap/vanished.ts';
import { type ImapWorld, imapWorld, message } from '../support/imap.ts';
import type { PipeClient } from '../support/pipe.ts';

/** A client that keeps its cache over connections, and does with HIGHESTMODSEQ what RFC 7162 section 6 says. */
class CachingClient {
  readonly world: ImapWorld;
  readonly flags = new Map<number, string>();
  uidvalidity = 0;
  modseq = 0;
  /** Messages up to this are in the cache, or gone. */
  pulled = 0;
  private client: PipeClient | undefined;
  private count = 0;
  private tags = 0;
  /** What STORE .SILENT does to flags, while it is answered. */
  private assumed: ((flags: Set<string>) => void) | undefined;

  constructor(world: ImapWorld) {
    this.world = world;
  }

  get connected(): boolean {
    return this.client !== undefined;
  }

  async connect(): Promise<void> {
    this.client = await this.world.login();
    await this.command('ENABLE QRESYNC');
    const known = this.uidvalidity === 0 ? '' : ` (QRESYNC (${this.uidvalidity} ${this.modseq}))`;
    await this.command(`SELECT INBOX${known}`);
  }

  /** Asks for the messages that it has not seen yet. */
  async pull(): Promise<void> {
    await this.command(`UID FETCH ${this.pulled + 1}:* (FLAGS MODSEQ)`, { pull: true });
  }

  async store(set: string, mode: string, flag: string, silent: boolean, cut: number): Promise<void> {
    this.assumed = (flags) => {
      if (mode === '+') flags.add(flag);
      else if (mode === '-') flags.delete(flag);
    };
    await this.command(`UID STORE ${set} ${mode}FLAGS${silent ? '.SILENT' : ''} (${flag})`, { cut });
    this.assumed = undefined;
  }

  drop(): void {
    this.client?.destroy();
    this.client = undefined;
  }

  /** With `cut`, the connection is lost after so many lines of the answer. */
  async command(text: string, { cut = 1000, pull = false } = {}): Promise<void> {
    const tag = `t${++this.tags}`;
    this.client!.send(`${tag} ${text}\r\n`);
    let said: number | undefined;
    let highest = 0;
    for (let lines = 0; ; lines++) {
      if (lines === cut) return this.drop();
      const line = (await this.client!.line())!;
      said = Number(/\[HIGHESTMODSEQ (\d+)\]/.exec(line)?.[1] ?? said ?? Number.NaN);
      if (Number.isNaN(said)) said = undefined;
      if (line.startsWith(`${tag} `)) {
        expect(line).toMatch(/^t\d+ (OK|NO \[EXPUNGEISSUED\])/);
        break;
      }
      highest = Math.max(highest, this.untagged(line, pull));
    }
    if (said !== undefined) this.modseq = said;
    else this.modseq = Math.max(this.modseq, highest);
    if (pull) this.pulled = Math.max(this.pulled, ...this.flags.keys());
  }

  private untagged(line: string, pull: boolean): number {
    const vanished = /^\* VANISHED (\(EARLIER\) )?([\d:,]+)$/.exec(line);
    const exists = /^\* (\d+) EXISTS$/.exec(line);
    const fetch = /^\* (\d+) FETCH \(UID (\d+)(?: FLAGS \(([^)]*)\))? MODSEQ \((\d+)\)\)$/.exec(line);
    expect(line).not.toMatch(/^\* \d+ EXPUNGE/);
    if (exists !== null) this.count = Number(exists[1]);
    this.uidvalidity = Number(/\[UIDVALIDITY (\d+)\]/.exec(line)?.[1] ?? this.uidvalidity);
    if (vanished !== null) {
      const uids = UidSet.parse(vanished[2]!);
      for (const uid of uids) this.flags.delete(uid);
      if (vanished[1] === undefined) this.count -= uids.size;
      expect(this.count).toBeGreaterThanOrEqual(0);
    }
    if (fetch === null) return 0;
    expect(Number(fetch[1])).toBeLessThanOrEqual(this.count);
    const uid = Number(fetch[2]);
    if (uid <= this.pulled || pull) {
      const before = this.flags.get(uid);
      const flags = new Set((fetch[3] ?? before ?? '').split(' ').filter((one) => one !== '' && one !== '\\Recent'));
      if (fetch[3] === undefined) this.assumed?.(flags);
      this.flags.set(uid, [...flags].sort().join(' '));
    }
    return Number(fetch[4]);
  }
}

const FLAGS = ['\\Seen', '\\Deleted', '\\Flagged', 'work'];
const flag = fc.constantFrom(...FLAGS);
const cut = fc.oneof(
  { weight: 4, arbitrary: fc.constant(1000) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 }) },
);
const portion = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }));
const step = fc.oneof(
  fc.record({ do: fc.constant('drop' as const) }),
  fc.record({ do: fc.constant('pull' as const) }),
  fc.record({
    do: fc.constant('command' as const),
    text: fc.constantFrom('NOOP', 'SEARCH ALL', 'FETCH 1 UID', 'EXPUNGE'),
    cut,
  }),
  fc.record({
    do: fc.constant('store' as const),
    part: portion,
    mode: fc.constantFrom('+', '-'),
    flag,
    silent: fc.boolean(),
    cut,
  }),
  fc.record({ do: fc.constant('deliver' as const) }),
  fc.record({
    do: fc.constant('flags' as const),
    part: portion,
    mode: fc.constantFrom('add' as const, 'remove' as const),
    flag,
  }),
  fc.record({ do: fc.constant('expunge' as const), part: portion }),
);

async function run(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): Promise<void> {
  const world = await imapWorld();
  const { alice } = world;
  const mailbox = alice.state.mailboxNamed('INBOX')!.id;
  await world.deliver('INBOX', message('a'), message('b'), message('c'));
  const client = new CachingClient(world);
  for (const one of steps) {
    if ('part' in one && one.do !== 'store') {
      const uids = UidSet.fromRuns([one.part]);
      await alice.write((draft) =>
        one.do === 'flags' ? draft.store(mailbox, uids, one.mode, [one.flag]) : draft.expunge(mailbox, uids),
      );
      continue;
    }
    if (one.do === 'deliver') {
      await world.deliver('INBOX', message('new'));
      continue;
    }
    if (one.do === 'drop') {
      client.drop();
      continue;
    }
    if (!client.connected) await client.connect();
    if (one.do === 'pull') await client.pull();
    else if (one.do === 'store')
      await client.store(UidSet.fromRuns([one.part]).toString(), one.mode, one.flag, one.silent, one.cut);
    else if (one.do === 'command' && (one.text !== 'FETCH 1 UID' || alice.state.rows(mailbox).length > 0)) {
      await client.command(one.text === 'FETCH 1 UID' ? 'FETCH 1:* (UID FLAGS MODSEQ)' : one.text, { cut: one.cut });
    }
  }
  // A new connection that has told all brings the cache to the server's state.
  client.drop();
  await client.connect();
  await client.pull();
  const rows = alice.state.rows(mailbox);
  const truth = new Map<number, string>();
  for (let i = 0; i < rows.length; i++) truth.set(rows.uid(i), [...rows.flags(i).list].sort().join(' '));
  expect(Object.fromEntries(client.flags)).toEqual(Object.fromEntries(truth));
  expect(client.modseq).toBe(alice.state.mailboxNamed('INBOX')!.modseq);
  client.drop();
  expect(world.errors).toEqual([]);
}

test('a client that resynchronises at any moment ends with the state of the server', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), run), { numRuns: 200 });
}, 60_000);

test('where the log remembers no expunges, all that is not there is gone, but for what the client proves to know', () => {
  // The example of RFC 7162 section 3.2.5.2: only UIDs that can be divided by three are there.
  const rows = { length: 100, uid: (i: number) => (i + 1) * 3 } as Rows;
  const state = { vanishedSince: () => undefined, rows: () => rows } as unknown as State;
  const mailbox = { id: 'm', uidnext: 301 } as Mailbox;
  const known = UidSet.parse('1:12');
  expect(vanished(state, mailbox, 1, known).toString()).toBe('1:2,4:5,7:8,10:11');
  expect(vanished(state, mailbox, 1, UidSet.parse('295:900')).toString()).toBe('295:296,298:299');
  const match = { numbers: UidSet.parse('1,3'), uids: UidSet.parse('3,9') };
  expect(vanished(state, mailbox, 1, known, match).toString()).toBe('10:11');
  const wrong = { numbers: UidSet.parse('1,3'), uids: UidSet.parse('3,10') };
  expect(vanished(state, mailbox, 1, known, wrong).toString()).toBe('4:5,7:8,10:11');
  expect(vanished(state, mailbox, 1, undefined).size).toBe(200);
});
