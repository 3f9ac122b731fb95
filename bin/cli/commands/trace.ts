import { type Command, option } from '../command.ts';
import { Failure, usage } from '../failure.ts';
import { bytes, date, type Table, table } from '../text.ts';
import { time } from '../time.ts';
import { type Entry, entries } from './queue.ts';

interface Found {
  readonly messages: readonly {
    readonly id: string;
    readonly from: string;
    readonly recipients: readonly string[];
    readonly received: number;
    readonly via: string;
    readonly size: number;
    readonly accounts: readonly string[];
    readonly relay: readonly string[];
  }[];
  readonly sent: readonly {
    readonly job: string;
    readonly attempt: number;
    readonly at: number;
    readonly outcomes: readonly {
      readonly recipient: string;
      readonly kind: string;
      readonly code: number;
      readonly status: string;
      readonly text: string;
      readonly remote?: string;
    }[];
  }[];
  readonly queue: readonly Entry[];
}

export const trace: readonly Command[] = [
  {
    name: 'trace',
    operands: '[ID]',
    min: 0,
    max: 1,
    help: 'Find messages by queue id, Message-ID, sender or recipient: what came in, was sent, and is in the queue',
    examples: [
      'postern trace --to alice@example.com',
      'postern trace --from bob@example.org --since 2h',
      "postern trace '<20260131.1234@example.org>'",
    ],
    complete: ['queue'],
    options: {
      from: { type: 'string', short: 'f', value: 'A', help: 'Envelope sender', complete: 'account' },
      to: { type: 'string', short: 't', value: 'A', help: 'Envelope recipient', complete: 'account' },
      since: { type: 'string', short: 's', value: 'TIME', help: 'A date (2026-01-31T12:00Z), or 30m, 12h, 7d ago' },
    },
    async run(context) {
      const since = option(context, 'since');
      const query = {
        id: context.args[0],
        from: option(context, 'from'),
        to: option(context, 'to'),
        since: since === undefined ? undefined : String(time(since)),
      };
      if (Object.values(query).every((value) => value === undefined))
        throw usage('Give an ID, --from, --to or --since');
      const found = await context.client.call<Found>('GET', '/trace', { query });
      if (found.messages.length + found.sent.length + found.queue.length === 0)
        throw new Failure(1, 'No message fits.');
      context.print(found, () => [
        ...(found.messages.length > 0 ? [messages(found.messages)] : []),
        ...(found.sent.length > 0 ? [attempts(found.sent)] : []),
        ...(found.queue.length > 0 ? [entries(found.queue, 'In the queue:')] : []),
      ]);
    },
  },
];

function messages(all: Found['messages']): Table {
  return table(
    ['ID', 'RECEIVED', 'VIA', 'SIZE', 'FROM', 'TO', 'FILED', 'QUEUED FOR'],
    all.map((each) => [
      each.id,
      date(each.received),
      each.via,
      bytes(each.size),
      `<${each.from}>`,
      each.recipients.join(' '),
      `in ${each.accounts.length} accounts`,
      each.relay.join(' '),
    ]),
  );
}

function attempts(all: Found['sent']): Table {
  return table(
    ['ID', 'ATTEMPT', 'AT', 'TO', 'RESULT', 'SAID'],
    all.flatMap(({ job, attempt, at, outcomes }) =>
      outcomes.map(({ recipient, kind, code, status, text, remote }) => [
        job,
        String(attempt),
        date(at),
        recipient,
        kind,
        `${remote === undefined ? '' : `${remote}: `}${code > 0 ? `${code} ` : ''}${status} ${text}`,
      ]),
    ),
    'Sent:',
  );
}
