import { type Command, type Context, enc } from '../command.ts';
import { date, fields, table } from '../text.ts';

interface Credentials {
  readonly factors: readonly string[];
  readonly recoveryCodes: number;
  readonly passkeys: readonly {
    readonly id: string;
    readonly name: string;
    readonly added: number;
    readonly used?: number;
  }[];
  readonly appPasswords: readonly {
    readonly id: string;
    readonly name: string;
    readonly scopes: readonly string[];
    readonly made: number;
    readonly used?: number;
  }[];
  readonly sessions: readonly {
    readonly id: string;
    readonly how: string;
    readonly device: string;
    readonly address: string;
    readonly seen: number;
  }[];
}

const path = ({ args }: Context, rest: string) => `/accounts/${enc(args[0]!)}/${rest}`;
const when = (ms: number | undefined) => (ms === undefined ? 'never' : date(ms));

export const credentials: readonly Command[] = [
  {
    name: 'account credentials',
    operands: 'ADDRESS',
    min: 1,
    help: 'Show what signs in to an account besides its password: second factors, app passwords, passkeys, sessions',
    examples: ['postern account credentials alice@example.com'],
    complete: ['account'],
    async run(context) {
      const found = await context.client.call<Credentials>('GET', path(context, 'credentials'));
      const { factors, recoveryCodes, passkeys, appPasswords, sessions } = found;
      context.print(found, () => [
        fields([
          ['second factors', factors.length === 0 ? 'none' : factors.join(', ')],
          ['recovery codes', String(recoveryCodes)],
        ]),
        table(
          ['ID', 'NAME', 'MADE', 'USED', 'FOR'],
          appPasswords.map(({ id, name, made, used, scopes }) => [id, name, date(made), when(used), scopes.join(' ')]),
          'App passwords:',
        ),
        table(
          ['ID', 'NAME', 'ADDED', 'USED'],
          passkeys.map(({ id, name, added, used }) => [id, name, date(added), when(used)]),
          'Passkeys:',
        ),
        table(
          ['ID', 'DEVICE', 'ADDRESS', 'SEEN', 'SIGNED IN BY'],
          sessions.map(({ id, device, address, seen, how }) => [id, device, address, date(seen), how]),
          'Sessions:',
        ),
      ]);
    },
  },
  {
    name: 'account revoke',
    operands: 'ADDRESS ID...',
    min: 2,
    max: 200,
    help: 'Revoke app passwords by their ids',
    examples: ['postern account revoke alice@example.com k3x7qz2mfa5b'],
    complete: ['account', { words: [] }],
    confirm: ([address, ...ids]) => `Revoke ${ids.join(', ')} of ${address}?`,
    async run(context) {
      const ids = context.args.slice(1);
      for (const id of ids) await context.client.call('DELETE', path(context, `app-passwords/${enc(id)}`));
      context.print({ revoked: ids }, () => ids.map((id) => `${id} is revoked`).join('\n'));
    },
  },
  {
    name: 'account sign-out',
    operands: 'ADDRESS [ID...]',
    min: 1,
    max: 200,
    help: 'End all sessions of an account, or those with these ids',
    examples: ['postern account sign-out alice@example.com'],
    complete: ['account', { words: [] }],
    confirm: ([address, ...ids]) => `End ${ids.length === 0 ? 'all sessions' : ids.join(', ')} of ${address}?`,
    async run(context) {
      const ids = context.args.slice(1);
      if (ids.length === 0) {
        const { ended } = await context.client.call<{ ended: number }>('DELETE', path(context, 'sessions'));
        context.print({ ended }, () => `${ended} sessions ended`);
        return;
      }
      for (const id of ids) await context.client.call('DELETE', path(context, `sessions/${enc(id)}`));
      context.print({ ended: ids.length }, () => `${ids.length} sessions ended`);
    },
  },
  {
    name: 'account reset-factors',
    operands: 'ADDRESS',
    min: 1,
    help: 'Take away all second factors of somebody who lost his; the password signs in alone again',
    examples: ['postern account reset-factors alice@example.com'],
    complete: ['account'],
    confirm: ([address]) => `Take away every second factor of ${address}? Be sure that it is really he who asks.`,
    async run(context) {
      const done = await context.client.call<{ removed: string[] }>('DELETE', path(context, 'second-factors'));
      context.print(done, () =>
        done.removed.length === 0 ? 'There was none.' : `${done.removed.join(', ')} taken away`,
      );
    },
  },
  {
    name: 'account link',
    operands: 'ADDRESS',
    min: 1,
    help: 'Make a link that signs in to an account once, within minutes',
    examples: ['postern account link alice@example.com'],
    complete: ['account'],
    async run(context) {
      const made = await context.client.call<{ url: string; until: string }>('POST', path(context, 'sign-on-links'), {
        body: {},
      });
      context.print(made, () => [made.url, `It works once, until ${made.until}.`]);
    },
  },
];
