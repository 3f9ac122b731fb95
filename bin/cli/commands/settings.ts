import { type Command, type Context, enc, type Option, option } from '../command.ts';
import { Failure, usage } from '../failure.ts';
import { table } from '../text.ts';

interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly from: string;
  readonly help: string;
}

const SCOPE: Readonly<Record<string, Option>> = {
  domain: { type: 'string', short: 'd', value: 'D', help: 'For one domain', complete: 'domain' },
  account: { type: 'string', short: 'a', value: 'A', help: 'For one account', complete: 'account' },
  tenant: { type: 'string', short: 't', value: 'T', help: 'For one tenant', complete: 'tenant' },
};

const scope = (context: Context) => ({
  domain: option(context, 'domain'),
  account: option(context, 'account'),
  tenant: option(context, 'tenant'),
});

/** In a table with others: a picture is thousands of letters. */
const brief = (text: string) => (text.length > 200 ? `${text.slice(0, 60)}…` : text);
const shown = (value: unknown) => (typeof value === 'string' ? value : value === null ? 'none' : JSON.stringify(value));

export const settings: readonly Command[] = [
  {
    name: 'settings list',
    operands: '[AREA]',
    min: 0,
    max: 1,
    help: 'List settings in force, with where each comes from; of one area only: accounts, smtp, outbound ...',
    examples: ['postern settings list', 'postern settings list smtp', 'postern settings list -a alice@example.com'],
    options: SCOPE,
    async run(context) {
      const found = await context.client.call<{ items: Setting[] }>('GET', '/settings', { query: scope(context) });
      const [area] = context.args;
      const items = found.items.filter(({ key }) => area === undefined || key.startsWith(`${area}.`));
      if (items.length === 0) {
        const areas = [...new Set(found.items.map(({ key }) => key.split('.')[0]))];
        throw new Failure(1, `There are no settings of "${area}"; there are of ${areas.join(', ')}.`);
      }
      context.print(items, () =>
        table(
          ['KEY', 'VALUE', 'FROM', 'MEANING'],
          items.map(({ key, value, from, help }) => [key, brief(shown(value)), from, help]),
        ),
      );
    },
  },
  {
    name: 'settings get',
    operands: 'KEY',
    min: 1,
    help: 'Print a setting in force',
    examples: ['postern settings get smtp.maxMessageSize', 'postern settings get accounts.quota -d example.com'],
    complete: ['setting'],
    options: SCOPE,
    async run(context) {
      const found = await context.client.call<Setting>('GET', path(context), { query: scope(context) });
      context.print(found, () => shown(found.value));
    },
  },
  {
    name: 'settings set',
    operands: 'KEY VALUE [KEY VALUE]...',
    min: 2,
    max: 200,
    help: 'Set it for the server, a tenant, a domain or an account; several: all of them, or none where one is not right',
    examples: [
      'postern settings set accounts.quota 5G -d example.com',
      `postern settings set outbound.routes '[{"kind":"mx"}]'`,
      'postern settings set accounts.imap on accounts.pop3 off accounts.quota 1G -a alice@example.com',
    ],
    complete: ['setting'],
    options: SCOPE,
    async run(context) {
      const { args, client, print } = context;
      if (args.length % 2 === 1) throw usage(`${args.at(-1)} has no value: give KEY VALUE, in pairs`);
      const query = scope(context);
      if (args.length > 2) {
        const set = Object.fromEntries(
          Array.from({ length: args.length / 2 }, (_, i) => [args[2 * i]!, parse(args[2 * i + 1]!)]),
        );
        const { items } = await client.call<{ items: Setting[] }>('PUT', '/settings', { query, body: { set } });
        print(items, () => items.map(({ key, value }) => `${key} = ${shown(value)}`).join('\n'));
        return;
      }
      const body = { value: parse(args[1]!) };
      const set = await client.call<Setting>('PUT', path(context), { query, body });
      print(set, () => `${set.key} = ${shown(set.value)}`);
    },
  },
  {
    name: 'settings unset',
    operands: 'KEY',
    min: 1,
    help: 'Take it back, so that the next level counts',
    examples: ['postern settings unset accounts.quota -d example.com'],
    complete: ['setting'],
    options: SCOPE,
    async run(context) {
      const set = await context.client.call<Setting>('DELETE', path(context), { query: scope(context) });
      context.print(set, () => `${set.key} = ${shown(set.value)} (${set.from})`);
    },
  },
];

const path = ({ args }: Context) => `/settings/${enc(args[0]!)}`;

/** Lists and objects are written as JSON; everything else is the text itself, which the setting's type reads. */
function parse(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw usage(`"${text}" is not JSON`);
  }
}
