/** Accounts on ports in memory, several "processes" on one store, and a state written out for comparison. */
import { type AccountsOptions, OpenAccounts } from '../../mail/account/accounts.ts';
import { E_EMAIL, E_GONE, E_PLACEMENTS, E_SIZE, E_THREAD } from '../../mail/account/columns.ts';
import type { Deps } from '../../mail/account/deps.ts';
import type { StateView } from '../../mail/account/state.ts';
import type { NewMessage } from '../../mail/account/types.ts';
import type { Summary } from '../../mail/message/summary.ts';
import type { Clock, Random } from '../../mail/ports/index.ts';
import { memoryPorts, silentLog } from './memory.ts';
import type { StorePorts } from './ports.ts';
import { SimClock } from './simclock.ts';
import { SimRandom } from './simrandom.ts';

export const DAY = 86_400_000;

export interface World {
  readonly clock: SimClock;
  readonly random: Random;
  readonly ports: StorePorts;
  /** Opens accounts as a process of its own would. */
  process(options?: Partial<Deps>, limits?: Partial<AccountsOptions>): OpenAccounts;
}

export function world(seed = 1, ports?: (clock: Clock, random: Random) => StorePorts): World {
  const clock = new SimClock();
  const random = new SimRandom(seed);
  const store = ports?.(clock, random) ?? memoryPorts({ clock, random });
  return {
    clock,
    random,
    ports: store,
    process: (options = {}, limits = {}) =>
      new OpenAccounts(
        {
          ...store,
          clock,
          random,
          log: silentLog,
          writer: 'person',
          exclusive: false,
          retentionMs: async () => 90 * DAY,
          onLongTail: () => {},
          ...options,
        },
        { accountBytes: 64 << 20, summaryBytes: 16 << 20, ...limits },
      ),
  };
}

export function summary(fields: Partial<Summary> = {}): Summary {
  return {
    v: 1,
    envelope: '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)',
    bodystructure: '("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 0 0 NIL NIL NIL NIL)',
    parts: [[0, 0, 2, 2, 0]],
    headerEnd: 2,
    lines: 0,
    preview: '',
    attachments: false,
    ...fields,
  };
}

export function message(mailboxes: readonly string[], fields: Partial<NewMessage> = {}): NewMessage {
  return { mailboxes, blob: 'raw/none', size: 100, date: 1_700_000_000_000, flags: [], summary: summary(), ...fields };
}

/** Everything that a state says, as plain values: two equal states give equal dumps, whatever way they came about. */
export function dump(state: StateView): unknown {
  const { fields } = state;
  const emails = fields.emailTable!;
  return {
    seq: state.seq,
    epoch: state.epoch,
    bytes: state.bytes,
    emails: state.emails,
    uidvalidity: fields.uidvalidity,
    subscriptions: [...state.subscriptions].sort(),
    types: [...fields.typeSeqs].sort(),
    objects: [...fields.objectTypes].map(([type, objects]) => [type, [...objects].sort()]).sort(),
    mailboxes: [...fields.mailboxes.values()].map(({ rows: _, gone, goneFloor: __, ...mailbox }) => {
      const rows = state.rows(mailbox.id);
      return {
        ...mailbox,
        role: mailbox.role,
        rows: Array.from({ length: rows.length }, (_, i) => [
          rows.uid(i),
          rows.email(i),
          rows.flags(i).list,
          rows.modseq(i),
          rows.created(i),
          rows.date(i),
          rows.saved(i),
          rows.size(i),
        ]),
        gone: gone.map(({ seq, uids }) => [seq, uids.toString()]),
      };
    }),
    table: Array.from({ length: emails.length }, (_, row) =>
      [E_EMAIL, E_THREAD, E_SIZE, E_PLACEMENTS, E_GONE].map((column) => emails.get(row, column)),
    ),
  };
}
