import { type Command, option } from '../command.ts';
import { Failure, usage } from '../failure.ts';
import { type Entry, entries } from './queue.ts';

export const trace: readonly Command[] = [
  {
    name: 'trace',
    operands: '[ID]',
    min: 0,
    max: 1,
    help: 'Find messages in the queue by queue id, Message-ID, sender or recipient',
    options: {
      from: { type: 'string', value: 'A', help: 'Envelope sender' },
      to: { type: 'string', value: 'A', help: 'Envelope recipient' },
      since: { type: 'string', value: 'TIME', help: 'A date (2026-01-31T12:00Z), or 30m, 12h, 7d ago' },
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
      const { items } = await context.client.call<{ items: Entry[] }>('GET', '/trace', { query });
      if (items.length === 0) throw new Failure(1, 'No message in the queue fits.');
      context.print(items, () => entries(items));
    },
  },
];

function time(text: string): number {
  const ago = /^(\d{1,6})([mhd])$/.exec(text);
  if (ago !== null) return Date.now() - Number(ago[1]) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[ago[2] as 'm']!;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw usage(`"${text}" is neither a date nor 30m, 12h or 7d`);
  return ms;
}
