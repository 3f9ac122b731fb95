import { type Command, enc } from '../command.ts';
import { Failure } from '../failure.ts';
import { table } from '../text.ts';

interface Wanted {
  readonly purpose: string;
  readonly type: string;
  readonly name: string;
  readonly value: string;
  readonly need: 'required' | 'recommended';
}

interface Checked extends Wanted {
  readonly status: string;
  readonly found: readonly string[];
  readonly explanation: string;
}

export const dns: readonly Command[] = [
  {
    name: 'domain dns',
    operands: 'DOMAIN',
    min: 1,
    help: 'List the DNS records to publish for a domain',
    examples: ['postern domain dns example.com'],
    complete: ['domain'],
    async run({ client, args, print }) {
      const { items } = await client.call<{ items: Wanted[] }>('GET', `/domains/${enc(args[0]!)}/dns`);
      print(items, () =>
        table(
          ['NAME', 'TYPE', 'VALUE', 'NEED', 'FOR'],
          items.map(({ name, type, value, need, purpose }) => [name, type, value, need, purpose]),
        ),
      );
    },
  },
  {
    name: 'domain check',
    operands: 'DOMAIN',
    min: 1,
    help: 'Look up the DNS records of a domain and explain what is found; refused (1) while one that is required is not right',
    examples: ['postern domain check example.com'],
    complete: ['domain'],
    async run({ client, args, print }) {
      const { items } = await client.call<{ items: Checked[] }>('GET', `/domains/${enc(args[0]!)}/dns/check`);
      print(items, () => [
        table(
          ['NAME', 'TYPE', 'STATUS', 'WANTED', 'FOUND'],
          items.map(({ name, type, status, value, found }) => [name, type, status, value, found.join(' | ')]),
        ),
        // Whole lines, which a table would cut.
        items.map(({ name, type, status, explanation }) => `${type} ${name}: ${status}. ${explanation}`).join('\n'),
      ]);
      const wrong = items.filter(({ need, status }) => need === 'required' && status !== 'ok');
      if (wrong.length > 0) throw new Failure(1, `${wrong.length} of the required records are not as they should be.`);
    },
  },
];
