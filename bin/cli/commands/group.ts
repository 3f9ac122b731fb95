import { type Command, type Context, DOMAIN_OPTION, enc, type Option, option } from '../command.ts';
import { type Fields, fields, table } from '../text.ts';

interface Group {
  readonly address: string;
  readonly name: string;
  readonly members: readonly string[];
}

const NAME: Option = { type: 'string', short: 'n', value: 'NAME', help: 'What people call it' };

export const group: readonly Command[] = [
  {
    name: 'group add',
    operands: 'ADDRESS MEMBER...',
    min: 2,
    max: 1_001,
    help: 'Make a group: an address whose mail goes to each member once',
    examples: ['postern group add team@example.com alice@example.com bob@example.com --name "The team"'],
    complete: [{ words: [] }, 'account'],
    options: { name: NAME },
    async run(context) {
      const { client, args, print } = context;
      const body = { address: args[0], members: args.slice(1), name: option(context, 'name') };
      const made = await client.call<Group>('POST', '/groups', { body });
      print(made, () => `${made.address} has ${made.members.length} members`);
    },
  },
  {
    name: 'group list',
    operands: '',
    min: 0,
    help: 'List groups',
    examples: ['postern group list -d example.com'],
    options: { domain: DOMAIN_OPTION },
    async run(context) {
      const all: Group[] = [];
      for await (const each of context.client.pages<Group>('/groups', { domain: option(context, 'domain') })) {
        all.push(each);
      }
      context.print(all, () =>
        table(
          ['ADDRESS', 'NAME', 'MEMBERS'],
          all.map(({ address, name, members }) => [address, name, String(members.length)]),
        ),
      );
    },
  },
  {
    name: 'group show',
    operands: 'ADDRESS',
    min: 1,
    help: 'Show a group with its members',
    examples: ['postern group show team@example.com'],
    complete: ['group'],
    async run({ client, args, print }) {
      const found = await client.call<Group>('GET', `/groups/${enc(args[0]!)}`);
      print(found, () => describe(found));
    },
  },
  {
    name: 'group rename',
    operands: 'ADDRESS NAME',
    min: 2,
    help: 'Change what a group is called',
    examples: ['postern group rename team@example.com "The whole team"'],
    complete: ['group', { words: [] }],
    run: (context) => change(context, { name: context.args[1] }),
  },
  {
    name: 'group join',
    operands: 'ADDRESS MEMBER...',
    min: 2,
    max: 1_001,
    help: 'Add members to a group',
    examples: ['postern group join team@example.com carol@example.com'],
    complete: ['group', 'account'],
    run: (context) => change(context, { add: context.args.slice(1) }),
  },
  {
    name: 'group leave',
    operands: 'ADDRESS MEMBER...',
    min: 2,
    max: 1_001,
    help: 'Take members out of a group',
    examples: ['postern group leave team@example.com bob@example.com'],
    complete: ['group', 'account'],
    run: (context) => change(context, { remove: context.args.slice(1) }),
  },
  {
    name: 'group remove',
    operands: 'ADDRESS',
    min: 1,
    help: 'Remove a group; its members stay',
    examples: ['postern group remove team@example.com'],
    complete: ['group'],
    confirm: ([address]) => `Remove the group ${address}?`,
    async run({ client, args, print }) {
      await client.call('DELETE', `/groups/${enc(args[0]!)}`);
      print({ removed: args[0] }, () => `${args[0]} removed`);
    },
  },
];

async function change({ client, args, print }: Context, body: unknown): Promise<void> {
  const changed = await client.call<Group>('PATCH', `/groups/${enc(args[0]!)}`, { body });
  print(changed, () => describe(changed));
}

function describe({ address, name, members }: Group): Fields {
  return fields([
    ['address', address],
    ['name', name === '' ? undefined : name],
    ...members.map((member) => ['member', member] as const),
  ]);
}
