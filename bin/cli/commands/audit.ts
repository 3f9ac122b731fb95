import { type Command, option } from '../command.ts';
import { usage } from '../failure.ts';
import { date, table } from '../text.ts';
import { time } from '../time.ts';

interface Entry {
  readonly time: number;
  readonly actor: { readonly kind: string; readonly address?: string };
  readonly action: string;
  readonly target?: string;
  readonly detail?: unknown;
  readonly address?: string;
  readonly outcome: string;
  readonly reason?: string;
}

const MOST = 100;

export const audit: readonly Command[] = [
  {
    name: 'audit',
    operands: '',
    min: 0,
    help: 'Show who changed what, the newest first',
    examples: ['postern audit', 'postern audit --action account --since 7d', 'postern audit --target bob@example.com'],
    options: {
      actor: { type: 'string', value: 'WHO', help: 'An address, or "token"', complete: 'account' },
      action: { type: 'string', value: 'WHAT', help: '"account.set", or "account" for all that is done to accounts' },
      target: { type: 'string', value: 'TARGET', help: 'What it was done to', complete: 'account' },
      tenant: { type: 'string', short: 't', value: 'T', help: 'Of one tenant only', complete: 'tenant' },
      since: { type: 'string', short: 's', value: 'TIME', help: 'A date (2026-01-31T12:00Z), or 30m, 12h, 7d ago' },
      limit: { type: 'string', value: 'N', help: `At most so many (${MOST})` },
    },
    async run(context) {
      const since = option(context, 'since');
      const limit = Number(option(context, 'limit') ?? MOST);
      if (!Number.isInteger(limit) || limit < 1) throw usage('--limit is a number of entries');
      const found: Entry[] = [];
      const query = {
        actor: option(context, 'actor'),
        action: option(context, 'action'),
        target: option(context, 'target'),
        tenant: option(context, 'tenant'),
        since: since === undefined ? undefined : String(time(since)),
        limit: String(Math.min(limit, 1_000)),
      };
      for await (const entry of context.client.pages<Entry>('/audit', query)) {
        found.push(entry);
        if (found.length === limit) break;
      }
      context.print(found, () =>
        table(
          ['TIME', 'WHO', 'ACTION', 'TARGET', 'OUTCOME', 'FROM', 'DETAIL'],
          found.map(({ time, actor, action, target, outcome, reason, address, detail }) => [
            date(time),
            actor.address ?? actor.kind,
            action,
            target ?? '',
            reason === undefined ? outcome : `${outcome}: ${reason}`,
            address ?? '',
            detail === undefined ? '' : JSON.stringify(detail),
          ]),
        ),
      );
    },
  },
];
