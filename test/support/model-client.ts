/** A client that believes what it is told, and what clients do at random. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { State } from '../../mail/account/types.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import type { PipeClient } from './pipe.ts';

/** What a client believes of the mailbox, from nothing but what it is told. */
export class ModelClient {
  readonly client: PipeClient;
  readonly messages: { uid: number | undefined; flags: Set<string> | undefined; modseq?: number }[] = [];
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
      const line = await this.client.line();
      if (line === undefined) throw new Error(`closed in the answer to ${text}`);
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
    const modseq = /MODSEQ \((\d+)\)/.exec(items)?.[1];
    if (modseq !== undefined) {
      // RFC 7162 section 3.1: it only grows.
      expect(Number(modseq)).toBeGreaterThanOrEqual(one.modseq ?? 0);
      one.modseq = Number(modseq);
    }
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
export const step = fc.oneof(
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
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function range([a, b]: readonly [number, number], size: number): [number, number] | undefined {
  if (size === 0) return undefined;
  const [first, second] = [1 + (a % size), 1 + (b % size)];
  return first < second ? [first, second] : [second, first];
}

export function cutUids(state: State, mailbox: string, part: readonly [number, number]): UidSet {
  const rows = state.rows(mailbox);
  const cut = range(part, rows.length);
  if (cut === undefined) return UidSet.EMPTY;
  return UidSet.range(rows.uid(cut[0] - 1), rows.uid(cut[1] - 1));
}

/** What a client does. */
export async function act(model: ModelClient, one: Step): Promise<void> {
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

/** Whether it believes what is so. */
export function check(model: ModelClient, state: State, mailbox: string): void {
  const rows = state.rows(mailbox);
  expect(model.size).toBe(rows.length);
  for (const [i, { uid, flags, modseq }] of model.messages.entries()) {
    expect(uid ?? rows.uid(i)).toBe(rows.uid(i));
    if (modseq !== undefined) expect(modseq).toBe(rows.modseq(i));
    if (flags !== undefined) expect([...flags].sort()).toEqual([...rows.flags(i).list].sort());
  }
}
