import { type Command, DOMAIN_OPTION, enc, option } from '../command.ts';
import { table } from '../text.ts';

interface Alias {
  readonly address: string;
  readonly targets: readonly string[];
}

export const alias: readonly Command[] = [
  {
    name: 'alias add',
    operands: 'ADDRESS TARGET...',
    min: 2,
    max: 1_001,
    help: 'Add an alias; @DOMAIN as ADDRESS is the catch-all',
    examples: [
      'postern alias add sales@example.com alice@example.com bob@example.com',
      'postern alias add @example.com alice@example.com',
    ],
    complete: [{ words: [] }, 'account'],
    async run({ client, args, print }) {
      const made = await client.call<Alias>('POST', '/aliases', { body: { address: args[0], targets: args.slice(1) } });
      print(made, () => `${made.address} -> ${made.targets.join(', ')}`);
    },
  },
  {
    name: 'alias list',
    operands: '',
    min: 0,
    help: 'List aliases',
    examples: ['postern alias list -d example.com'],
    options: { domain: DOMAIN_OPTION },
    async run(context) {
      const all: Alias[] = [];
      for await (const each of context.client.pages<Alias>('/aliases', { domain: option(context, 'domain') })) {
        all.push(each);
      }
      context.print(all, () =>
        table(
          ['ADDRESS', 'TARGETS'],
          all.map(({ address, targets }) => [address, targets.join(', ')]),
        ),
      );
    },
  },
  {
    name: 'alias remove',
    operands: 'ADDRESS',
    min: 1,
    help: 'Remove an alias',
    examples: ['postern alias remove sales@example.com'],
    complete: ['alias'],
    confirm: ([address]) => `Remove the alias ${address}?`,
    async run({ client, args, print }) {
      await client.call('DELETE', `/aliases/${enc(args[0]!)}`);
      print({ removed: args[0] }, () => `${args[0]} removed`);
    },
  },
];
