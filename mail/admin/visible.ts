import { normalDomain } from '../directory/address.ts';
import type { Trace } from '../inbound/trace.ts';
import type { Attempt } from '../outbound/attempts.ts';
import type { QueueEntry } from '../outbound/queue-entry.ts';
import type { Caller } from './access.ts';
import type { AdminDeps } from './deps.ts';
import { hisDomains } from './routes/across-domains.ts';

/** What a caller may see of what goes through the server: each gives it, or as much of it as is his, or undefined. */
export interface Part {
  entry(entry: QueueEntry): QueueEntry | undefined;
  trace(trace: Trace): Trace | undefined;
  attempt(attempt: Attempt): Attempt | undefined;
}

const WHOLE: Part = { entry: (entry) => entry, trace: (trace) => trace, attempt: (attempt) => attempt };

/**
 * Of what his own users sent, all; of other mail to his domains, his recipients. A sender counts as his own only where we checked
 * it (`submission`): what comes from outside can have any.
 */
export async function partOf(deps: AdminDeps, who: Caller): Promise<Part> {
  if (who.role.kind === 'server') return WHOLE;
  const domains = new Set<string>();
  for await (const { domain } of hisDomains(deps, who)) domains.add(domain);
  const his = (address: string) => {
    const domain = normalDomain(address.slice(address.lastIndexOf('@') + 1));
    return domain !== undefined && domains.has(domain);
  };
  const sent = ({ tenant, via, from }: { tenant?: string; via?: string; from: string }) =>
    tenant === who.tenant && (who.role.kind === 'tenant' || (via === 'submission' && his(from)));

  return {
    entry(entry) {
      if (sent(entry)) return entry;
      const { sender: _, ...rest } = entry;
      const recipients = entry.recipients.filter(({ address }) => his(address));
      const failed = entry.failed.filter(({ address }) => his(address));
      if (recipients.length + failed.length === 0) return undefined;
      return { ...rest, tenant: who.tenant!, recipients, failed };
    },
    trace(trace) {
      if (trace.via === 'submission' && his(trace.from)) return trace;
      const recipients = trace.recipients.filter(his);
      if (recipients.length === 0) return undefined;
      // Accounts and addresses that stand for recipients of others too.
      return recipients.length === trace.recipients.length ? trace : { ...trace, recipients, accounts: [], relay: [] };
    },
    attempt(attempt) {
      if (sent(attempt)) return attempt;
      const outcomes = attempt.outcomes.filter(({ recipient }) => his(recipient));
      return outcomes.length === 0 ? undefined : { ...attempt, outcomes };
    },
  };
}
