import { type Command, type Context, enc, option } from '../command.ts';
import { usage } from '../failure.ts';
import { bytes, table } from '../text.ts';

interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly limits: { readonly accounts?: number; readonly domains?: number; readonly quota?: number };
}

const LIMITS = ['accounts', 'domains', 'quota'] as const;

const rows = (tenants: readonly Tenant[]) =>
  table(
    ['TENANT', 'NAME', 'ACCOUNTS', 'DOMAINS', 'QUOTA'],
    tenants.map(({ id, name, limits: { accounts, domains, quota } }) => [
      id,
      name,
      accounts === undefined ? 'any' : String(accounts),
      domains === undefined ? 'any' : String(domains),
      quota === undefined ? 'any' : bytes(quota),
    ]),
  );

export const tenant: readonly Command[] = [
  {
    name: 'tenant add',
    operands: 'TENANT',
    min: 1,
    help: 'Add a tenant, who shares nothing with the others',
    examples: ['postern tenant add acme', 'postern tenant add acme --name "Acme Ltd"'],
    options: { name: { type: 'string', short: 'n', value: 'NAME', help: 'For people' } },
    async run(context) {
      const body = { id: context.args[0], name: option(context, 'name') };
      const made = await context.client.call<Tenant>('POST', '/tenants', { body });
      context.print(made, () => `${made.id} added`);
    },
  },
  {
    name: 'tenant list',
    operands: '',
    min: 0,
    help: 'List tenants',
    examples: ['postern tenant list'],
    async run({ client, print }) {
      const all: Tenant[] = [];
      for await (const each of client.pages<Tenant>('/tenants')) all.push(each);
      print(all, () => rows(all));
    },
  },
  {
    name: 'tenant show',
    operands: 'TENANT',
    min: 1,
    help: 'Show a tenant',
    examples: ['postern tenant show acme'],
    complete: ['tenant'],
    async run({ client, args, print }) {
      const found = await client.call<Tenant>('GET', `/tenants/${enc(args[0]!)}`);
      print(found, () => rows([found]));
    },
  },
  {
    name: 'tenant set',
    operands: 'TENANT KEY=VALUE...',
    min: 2,
    max: 5,
    help: 'Change a tenant: name; accounts, domains, quota of each account: at most so many, or none',
    examples: ['postern tenant set acme accounts=100 quota=5G', 'postern tenant set acme accounts=none'],
    complete: ['tenant', { words: ['name=', ...LIMITS.map((limit) => `${limit}=`)] }],
    async run(context) {
      const body = changeOf(context);
      const changed = await context.client.call<Tenant>('PATCH', `/tenants/${enc(context.args[0]!)}`, { body });
      context.print(changed, () => rows([changed]));
    },
  },
  {
    name: 'tenant remove',
    operands: 'TENANT',
    min: 1,
    help: 'Remove a tenant that has no domains; its name is never used again',
    examples: ['postern tenant remove acme'],
    complete: ['tenant'],
    confirm: ([tenant]) => `Remove the tenant ${tenant}? Its name cannot be used again.`,
    async run({ client, args, print }) {
      await client.call('DELETE', `/tenants/${enc(args[0]!)}`);
      print({ removed: args[0] }, () => `${args[0]} removed`);
    },
  },
];

function changeOf({ args }: Context): { name?: string; limits: Record<string, number | string | null> } {
  const limits: Record<string, number | string | null> = {};
  let name: string | undefined;
  for (const pair of args.slice(1)) {
    const [, key = '', value = ''] = /^([a-z]+)=(.*)$/s.exec(pair) ?? [];
    if (key === 'name') name = value;
    else if (!LIMITS.some((limit) => limit === key)) {
      throw usage(`"${pair}" sets nothing: write name=..., accounts=..., domains=... or quota=...`);
    } else if (value === 'none') limits[key] = null;
    else if (key === 'quota') limits[key] = value;
    else if (/^\d{1,9}$/.test(value)) limits[key] = Number(value);
    else throw usage(`"${value}" is no number`);
  }
  return { ...(name === undefined ? {} : { name }), limits };
}
