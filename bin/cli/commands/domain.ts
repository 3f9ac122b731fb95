import { type Command, enc, option } from '../command.ts';
import { date, table } from '../text.ts';

interface Domain {
  readonly domain: string;
  readonly tenant: string;
  readonly added: number;
}

const rows = (domains: readonly Domain[]) =>
  table(
    ['DOMAIN', 'TENANT', 'ADDED'],
    domains.map(({ domain, tenant, added }) => [domain, tenant, date(added)]),
  );

export const domain: readonly Command[] = [
  {
    name: 'domain add',
    operands: 'DOMAIN',
    min: 1,
    help: 'Add a domain; it receives at once',
    examples: ['postern domain add example.com', 'postern domain add example.com --tenant acme'],
    options: {
      tenant: {
        type: 'string',
        short: 't',
        complete: 'tenant',
        value: 'T',
        help: 'Whose it is; nobody shares anything with another tenant',
      },
    },
    async run(context) {
      const { client, args, print } = context;
      const body = { domain: args[0], tenant: option(context, 'tenant') };
      const made = await client.call<Domain>('POST', '/domains', { body });
      print(made, () => `${made.domain} added`);
    },
  },
  {
    name: 'domain list',
    operands: '',
    min: 0,
    help: 'List domains',
    examples: ['postern domain list'],
    async run({ client, print }) {
      const all: Domain[] = [];
      for await (const each of client.pages<Domain>('/domains')) all.push(each);
      print(all, () => rows(all));
    },
  },
  {
    name: 'domain show',
    operands: 'DOMAIN',
    min: 1,
    help: 'Show a domain',
    examples: ['postern domain show example.com'],
    complete: ['domain'],
    async run({ client, args, print }) {
      const found = await client.call<Domain>('GET', `/domains/${enc(args[0]!)}`);
      print(found, () => rows([found]));
    },
  },
  {
    name: 'domain remove',
    operands: 'DOMAIN',
    min: 1,
    help: 'Remove a domain without accounts and aliases',
    examples: ['postern domain remove example.com'],
    complete: ['domain'],
    confirm: ([domain]) => `Remove the domain ${domain}? It receives no more mail.`,
    async run({ client, args, print }) {
      await client.call('DELETE', `/domains/${enc(args[0]!)}`);
      print({ removed: args[0] }, () => `${args[0]} removed`);
    },
  },
];
