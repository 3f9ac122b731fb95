import type { Command } from '../command.ts';
import { fields, type Piece, table } from '../text.ts';

interface Status {
  readonly version: string;
  readonly store: string;
  readonly listeners: readonly { name: string; host: string; port: number; tls: string; connections: number }[];
  readonly queue: Readonly<Record<string, number>>;
}

export const status: readonly Command[] = [
  {
    name: 'status',
    operands: '',
    min: 0,
    help: 'Show listeners, queue, store and version',
    examples: ['postern status', 'postern status --json'],
    async run({ client, print }) {
      const now = await client.call<Status>('GET', '/status');
      print(now, () => describe(now));
    },
  },
];

function describe({ version, store, listeners, queue }: Status): readonly Piece[] {
  const waiting = Object.entries(queue).filter(([, count]) => count > 0);
  return [
    fields([
      ['version', version],
      ['store', store],
      ['queue', waiting.length === 0 ? 'empty' : waiting.map(([state, count]) => `${count} ${state}`).join(', ')],
    ]),
    table(
      ['LISTENER', 'ADDRESS', 'TLS', 'CONNECTIONS'],
      listeners.map((each) => [each.name, `${each.host}:${each.port}`, each.tls, String(each.connections)]),
    ),
  ];
}
