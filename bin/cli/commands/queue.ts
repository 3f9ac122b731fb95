import { type Command, enc } from '../command.ts';
import { Failure } from '../failure.ts';
import { bytes, date, type Fields, fields, type Table, table } from '../text.ts';

interface Verdict {
  readonly code: number;
  readonly enhanced: string;
  readonly text: string;
  readonly remote?: string;
}

export interface Entry {
  readonly id: string;
  readonly job: string;
  readonly from: string;
  readonly domain: string;
  readonly size: number;
  readonly arrived: number;
  readonly state: string;
  readonly until: number;
  readonly attempts: number;
  readonly reason?: string;
  readonly recipients: readonly { readonly address: string; readonly last?: Verdict }[];
  readonly failed: readonly { readonly address: string; readonly last?: Verdict }[];
}

const said = ({ code, enhanced, text, remote }: Verdict) =>
  `${code === 0 ? '' : `${code} `}${enhanced} ${text}${remote === undefined ? '' : ` (${remote})`}`.replace(
    /\s+/g,
    ' ',
  );

export function entries(all: readonly Entry[], title?: string): Table {
  return table(
    ['ID', 'STATE', 'ARRIVED', 'NEXT', 'SIZE', 'FROM', 'TO'],
    all.map((entry) => [
      entry.id,
      entry.state,
      date(entry.arrived),
      entry.state === 'deferred' ? date(entry.until) : '-',
      bytes(entry.size),
      `<${entry.from}>`,
      [...entry.recipients, ...entry.failed].map(({ address }) => address).join(' '),
    ]),
    title,
  );
}

function describe(entry: Entry): Fields {
  const recipients = [...entry.recipients, ...entry.failed].map(
    ({ address, last }) => ['to', last === undefined ? address : `${address}: ${said(last)}`] as const,
  );
  return fields([
    ['id', entry.id],
    ['submitted as', entry.job],
    ['state', entry.reason === undefined ? entry.state : `${entry.state} (${entry.reason})`],
    ['arrived', date(entry.arrived)],
    ['next attempt', entry.state === 'deferred' ? date(entry.until) : undefined],
    ['attempts', String(entry.attempts)],
    ['size', bytes(entry.size)],
    ['from', `<${entry.from}>`],
    ...recipients,
  ]);
}

const ACTIONS: readonly (readonly [name: string, help: string, done: string, question?: string])[] = [
  ['retry', 'Attempt delivery now', 'is tried now'],
  ['hold', 'Keep entries from being sent until they are released', 'is held'],
  ['release', 'Undo hold', 'is released'],
  ['bounce', 'Give up and tell the sender', 'is given up; its sender is told', 'Give up delivery of'],
  ['remove', 'Give up and tell nobody', 'is removed', 'Remove, without telling anybody,'],
];

const actions = ACTIONS.map(
  ([name, help, done, question]): Command => ({
    name: `queue ${name}`,
    operands: 'ID...',
    min: 1,
    max: 10_000,
    help,
    examples: [`postern queue ${name} k3x7qz2mfa5btwdh`],
    complete: ['queue'],
    ...(question === undefined
      ? {}
      : { confirm: (ids) => `${question} ${ids.length === 1 ? ids[0] : `${ids.length} entries`}?` }),
    async run({ client, args, print }) {
      const refused: string[] = [];
      const finished: string[] = [];
      for (const id of args) {
        try {
          if (name === 'remove') await client.call('DELETE', `/queue/${enc(id)}`);
          else await client.call('POST', `/queue/${enc(id)}/${name}`);
          finished.push(id);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          refused.push(error.message);
        }
      }
      if (finished.length > 0) print({ done: finished }, () => finished.map((id) => `${id} ${done}`).join('\n'));
      if (refused.length > 0) throw new Failure(1, refused.join(' '));
    },
  }),
);

export const queue: readonly Command[] = [
  {
    name: 'queue list',
    operands: '',
    min: 0,
    help: 'List what waits to be sent',
    examples: ['postern queue list'],
    async run({ client, print }) {
      const all: Entry[] = [];
      for await (const each of client.pages<Entry>('/queue')) all.push(each);
      print(all, () => (all.length === 0 ? 'The queue is empty.' : entries(all)));
    },
  },
  {
    name: 'queue show',
    operands: 'ID',
    min: 1,
    help: 'Show an entry with what the other servers said',
    examples: ['postern queue show k3x7qz2mfa5btwdh'],
    complete: ['queue'],
    async run({ client, args, print }) {
      const entry = await client.call<Entry>('GET', `/queue/${enc(args[0]!)}`);
      print(entry, () => describe(entry));
    },
  },
  ...actions,
  {
    name: 'queue clean',
    operands: '',
    min: 0,
    help: 'Remove every entry that is not being sent this moment',
    examples: ['postern queue clean'],
    confirm: () => 'Remove everything in the queue, without telling the senders?',
    async run({ client, print }) {
      const done = await client.call<{ removed: number }>('DELETE', '/queue');
      print(done, () => `${done.removed} removed`);
    },
  },
];
