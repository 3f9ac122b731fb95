import { Refused } from '../refused.ts';
import { AccountDraft } from './draft.ts';
import type { Operation } from './operations.ts';
import type { Fields } from './state.ts';

/** Operations and new numbers after which a group is closed. */
const GROUP_OPERATIONS = 256;
const GROUP_SERIAL = 1024;

export type Decision =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: unknown };

/** Writes that make one entry. */
export interface Group {
  readonly operations: readonly Operation[];
  /** For the first writers in line, one each. */
  readonly decisions: readonly Decision[];
  /** The state with the operations applied, its `known` not committed. */
  readonly fields: Fields;
}

/**
 * Lets writers decide, one after the other, each on what those before it did, until the entry behind `base` is full. Whoever
 * throws leaves nothing in it.
 */
export function decideGroup(base: Fields, writers: Iterable<(draft: AccountDraft) => unknown>, now: number): Group {
  const operations: Operation[] = [];
  const decisions: Decision[] = [];
  let fields = base;
  let serial = 0;
  for (const decide of writers) {
    // Nothing follows a new epoch in its entry: the log goes on at another seq.
    if (operations.length >= GROUP_OPERATIONS || serial >= GROUP_SERIAL || fields.epoch > base.epoch) break;
    const draft = new AccountDraft(fields, base.seq + 1, now, serial);
    try {
      decisions.push({ ok: true, result: decide(draft) });
    } catch (error) {
      // In an entry of its own it may have room.
      if (serial > 0 && error instanceof Refused && error.code === 'limit') break;
      decisions.push({ ok: false, error });
      continue;
    }
    if (draft.operations.length === 0) continue;
    operations.push(...draft.operations);
    fields = draft.fields;
    serial = draft.serial;
  }
  return { operations, decisions, fields };
}
