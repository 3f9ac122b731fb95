import type { Readable } from 'node:stream';
import { type Command, type Context, DOMAIN_OPTION, enc, option } from '../command.ts';
import { usage } from '../failure.ts';
import { bytes, type Fields, fields, onOff, table } from '../text.ts';

interface Account {
  readonly id: string;
  readonly address: string;
  readonly enabled: boolean;
  readonly displayName?: string;
  readonly public?: boolean;
  readonly imap: boolean;
  readonly pop3: boolean;
  readonly quota?: number;
  readonly maxMessages?: number;
  readonly admin?: boolean;
  readonly messages?: number;
  readonly bytes?: number;
  readonly password?: string;
}

const PASSWORD = {
  password: { type: 'string', short: 'p', value: 'P', help: 'The password (others on this machine may see it)' },
  'password-stdin': { type: 'boolean', help: 'Read the password from the first line of stdin' },
} as const;

const KEYS = ['quota', 'maxMessages', 'pop3', 'imap', 'admin', 'public', 'enabled', 'displayName'];

export const account: readonly Command[] = [
  {
    name: 'account add',
    operands: 'ADDRESS',
    min: 1,
    help: 'Make an account; without a password one is made and printed',
    examples: [
      'postern account add alice@example.com',
      'postern account add bob@example.com --quota 5G --password-stdin < password.txt',
    ],
    options: { ...PASSWORD, quota: { type: 'string', short: 'q', value: '5G', help: 'How much it may keep' } },
    async run(context) {
      const { client, args, print } = context;
      const body = { address: args[0], password: await passwordFrom(context), quota: option(context, 'quota') };
      const made = await client.call<Account>('POST', '/accounts', { body });
      print(made, () => withPassword(`${made.address} added`, made.password));
    },
  },
  {
    name: 'account list',
    operands: '',
    min: 0,
    help: 'List accounts',
    examples: ['postern account list', 'postern account list -d example.com --json'],
    options: { domain: DOMAIN_OPTION },
    async run(context) {
      const all: Account[] = [];
      for await (const each of context.client.pages<Account>('/accounts', { domain: option(context, 'domain') })) {
        all.push(each);
      }
      context.print(all, () =>
        table(
          ['ADDRESS', 'ENABLED', 'IMAP', 'POP3', 'QUOTA', 'NAME'],
          all.map((each) => [
            each.address,
            onOff(each.enabled),
            onOff(each.imap),
            onOff(each.pop3),
            each.quota === undefined ? 'none' : bytes(each.quota),
            each.displayName ?? '',
          ]),
        ),
      );
    },
  },
  {
    name: 'account show',
    operands: 'ADDRESS',
    min: 1,
    help: 'Show an account and what it holds',
    examples: ['postern account show alice@example.com'],
    complete: ['account'],
    async run({ client, args, print }) {
      const found = await client.call<Account>('GET', `/accounts/${enc(args[0]!)}`);
      print(found, () => describe(found));
    },
  },
  {
    name: 'account set',
    operands: 'ADDRESS KEY=VALUE...',
    min: 2,
    max: 20,
    help: `Change an account; keys: ${KEYS.join(', ')}`,
    examples: [
      'postern account set alice@example.com quota=10G pop3=off',
      'postern account set alice@example.com displayName="Alice Example"',
    ],
    complete: ['account', { words: KEYS.map((key) => `${key}=`) }],
    async run({ client, args, print }) {
      const body = Object.fromEntries(args.slice(1).map(keyValue));
      const changed = await client.call<Account>('PATCH', `/accounts/${enc(args[0]!)}`, { body });
      print(changed, () => describe(changed));
    },
  },
  {
    name: 'account password',
    operands: 'ADDRESS',
    min: 1,
    help: 'Set a password; without one a new one is made and printed',
    examples: [
      'postern account password alice@example.com',
      'postern account password alice@example.com --password-stdin < password.txt',
    ],
    complete: ['account'],
    options: PASSWORD,
    async run(context) {
      const { client, args, print } = context;
      const body = { password: await passwordFrom(context) };
      const made = await client.call<Account>('PUT', `/accounts/${enc(args[0]!)}/password`, { body });
      print(made, () => withPassword('The password is changed', made.password));
    },
  },
  {
    name: 'account remove',
    operands: 'ADDRESS',
    min: 1,
    help: 'Remove an account; its mail is erased for good',
    examples: ['postern account remove alice@example.com', 'postern account remove alice@example.com --yes'],
    complete: ['account'],
    confirm: ([address]) => `Remove the account ${address} and erase all of its mail?`,
    async run({ client, args, print }) {
      await client.call('DELETE', `/accounts/${enc(args[0]!)}`);
      print({ removed: args[0] }, () => `${args[0]} removed`);
    },
  },
];

function keyValue(text: string): [string, string] {
  const match = /^(\w+)=(.*)$/s.exec(text);
  if (match === null || !KEYS.includes(match[1]!)) {
    throw usage(`"${text}" is not KEY=VALUE with one of the keys ${KEYS.join(', ')}`);
  }
  return [match[1]!, match[2]!];
}

async function passwordFrom(context: Context): Promise<string | undefined> {
  const given = option(context, 'password');
  if (context.options['password-stdin'] !== true) return given;
  if (given !== undefined) throw usage('Give --password or --password-stdin, not both');
  return firstLine(context.stdin);
}

async function firstLine(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if ((chunk as Buffer).includes(10) || size > 65_536) break;
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n[\s\S]*$/, '');
}

function withPassword(text: string, password: string | undefined): string {
  return password === undefined ? text : `${text}\npassword: ${password}`;
}

function describe(account: Account): Fields {
  return fields([
    ['address', account.address],
    ['id', account.id],
    ['displayName', account.displayName],
    ['enabled', onOff(account.enabled)],
    ['imap', onOff(account.imap)],
    ['pop3', onOff(account.pop3)],
    ['quota', account.quota === undefined ? 'none' : bytes(account.quota)],
    ['maxMessages', account.maxMessages?.toString() ?? 'none'],
    ['admin', onOff(account.admin === true)],
    ['public', account.public === true ? 'on' : undefined],
    ['messages', account.messages?.toString()],
    ['size', account.bytes === undefined ? undefined : bytes(account.bytes)],
  ]);
}
