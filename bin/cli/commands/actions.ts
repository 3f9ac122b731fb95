import { type Command, type Context, enc, type Option, option } from '../command.ts';
import { Failure, usage } from '../failure.ts';
import { time } from '../time.ts';

const KEYS = ['quota', 'maxMessages', 'imap', 'pop3', 'enabled'];

const CLEANING: Readonly<Record<string, Option>> = {
  mailbox: { type: 'string', short: 'm', value: 'M', help: 'The mailbox to look at' },
  before: {
    type: 'string',
    short: 'b',
    value: 'TIME',
    help: 'A date (2026-01-31), or 12h, 30d ago: only what came before',
  },
  unseen: { type: 'boolean', help: 'Unread messages too' },
  flagged: { type: 'boolean', help: 'Flagged messages too' },
  'dry-run': { type: 'boolean', short: 'n', help: 'Count them and delete nothing' },
};

const cleaned = (what: string, options: Context['options']) =>
  options['dry-run'] === true ? '' : `Delete messages of ${options.mailbox} before ${options.before} of ${what}?`;

export const actions: readonly Command[] = [
  {
    name: 'account set-all',
    operands: 'DOMAIN KEY=VALUE...',
    min: 2,
    max: 6,
    help: `Change all accounts of a domain alike; keys: ${KEYS.join(', ')}`,
    examples: ['postern account set-all example.com quota=10G', 'postern account set-all example.com pop3=off'],
    complete: ['domain', { words: KEYS.map((key) => `${key}=`) }],
    confirm: ([domain, ...changes]) => `Set ${changes.join(', ')} for every account of ${domain}?`,
    async run(context) {
      const body = Object.fromEntries(context.args.slice(1).map(keyValue));
      let changed = 0;
      const refused: { address: string; detail: string }[] = [];
      for (let after: string | undefined; ; ) {
        const page = await context.client.call<{ changed: number; refused: typeof refused; next?: string }>(
          'PATCH',
          `/domains/${enc(context.args[0]!)}/accounts`,
          { query: { limit: '50', after }, body },
        );
        changed += page.changed;
        refused.push(...page.refused);
        context.progress.at(changed, undefined, 'accounts changed');
        after = page.next;
        if (after === undefined) break;
      }
      context.print({ changed, refused }, () => `${changed} accounts changed`);
      if (refused.length > 0) {
        throw new Failure(1, refused.map(({ address, detail }) => `${address}: ${detail}`).join(' '));
      }
    },
  },
  {
    name: 'account clean',
    operands: 'ADDRESS',
    min: 1,
    help: 'Delete the old messages of a mailbox; unread and flagged ones stay unless asked for',
    examples: ['postern account clean alice@example.com --mailbox Trash --before 30d --dry-run'],
    complete: ['account'],
    options: CLEANING,
    confirm: ([address], options) => cleaned(address!, options),
    async run(context) {
      const removed = await clean(context, context.args[0]!, cleaningOf(context));
      context.print({ removed }, () => `${removed} messages ${verb(context)}`);
    },
  },
  {
    name: 'domain clean',
    operands: 'DOMAIN',
    min: 1,
    help: 'Delete the old messages of a mailbox in every account of a domain that has it',
    examples: ['postern domain clean example.com --mailbox Junk --before 14d --unseen'],
    complete: ['domain'],
    options: CLEANING,
    confirm: ([domain], options) => cleaned(`every account of ${domain}`, options),
    async run(context) {
      const query = cleaningOf(context);
      let removed = 0;
      let accounts = 0;
      for await (const { address } of context.client.pages<{ address: string }>('/accounts', {
        domain: context.args[0],
      })) {
        removed += await clean(context, address, query).catch((error: unknown) => {
          // Not everybody has such a mailbox.
          if (error instanceof Failure && error.message.startsWith('There is no mailbox')) return 0;
          throw error;
        });
        context.progress.at(++accounts, undefined, `accounts, ${removed} messages ${verb(context)}`);
      }
      context.print({ accounts, removed }, () => `${removed} messages of ${accounts} accounts ${verb(context)}`);
    },
  },
  {
    name: 'domain mail',
    operands: 'DOMAIN < message.eml',
    min: 1,
    help: 'Send the message on stdin to every account of a domain; its From is an address of that domain',
    examples: ['postern domain mail example.com --yes < announcement.eml'],
    complete: ['domain'],
    options: { from: { type: 'string', short: 'f', value: 'A', help: 'Envelope sender', complete: 'account' } },
    confirm: ([domain]) => `Send this to every account of ${domain}?`,
    async run(context) {
      const chunks: Buffer[] = [];
      for await (const chunk of context.stdin) chunks.push(chunk as Buffer);
      const path = `/domains/${enc(context.args[0]!)}/message`;
      const query = { from: option(context, 'from') };
      const sent = await context.client.upload<{ recipients: number }>(
        path,
        'message/rfc822',
        Buffer.concat(chunks),
        query,
      );
      context.print(sent, () => `sent to ${sent.recipients} accounts`);
    },
  },
];

const verb = ({ options }: Context) => (options['dry-run'] === true ? 'would be deleted' : 'deleted');

function keyValue(text: string): [string, string] {
  const match = /^(\w+)=(.*)$/s.exec(text);
  if (match === null || !KEYS.includes(match[1]!)) {
    throw usage(`"${text}" is not KEY=VALUE with one of the keys ${KEYS.join(', ')}`);
  }
  return [match[1]!, match[2]!];
}

function cleaningOf(context: Context): Record<string, string> {
  const mailbox = option(context, 'mailbox');
  const before = option(context, 'before');
  if (mailbox === undefined || before === undefined) throw usage('Give --mailbox and --before');
  const { unseen, flagged, 'dry-run': dryRun } = context.options;
  return {
    mailbox,
    before: String(time(before)),
    unseen: String(unseen === true),
    flagged: String(flagged === true),
    dryRun: String(dryRun === true),
  };
}

async function clean({ client }: Context, address: string, query: Record<string, string>): Promise<number> {
  return (await client.call<{ removed: number }>('DELETE', `/accounts/${enc(address)}/messages`, { query })).removed;
}
