import { CompactionRequests } from '../mail/account/compaction-request.ts';
import { createMail, type Mail } from '../mail/stages.ts';
import type { Runtime } from './runtime.ts';

export interface OpenMail {
  readonly mail: Mail;
  /** Resolves when all that was asked of other functions has been asked: this one may be frozen as soon as it returns. */
  settled(): Promise<void>;
}

/**
 * The stages of mail/ on this function's ports. `worker`: it works in the background, people's writers go first (design: rule
 * 11). `compacts`: it is the one that is asked to compact, and asks nobody.
 */
export async function openMail(
  runtime: Runtime,
  options: { readonly writer: 'person' | 'worker'; readonly compacts?: boolean },
): Promise<OpenMail> {
  const requests = new CompactionRequests({ ...runtime, queue: runtime.queues.compact });
  const mail = await createMail(runtime, {
    hostname: runtime.hostname,
    writer: options.writer,
    exclusive: false,
    defaultRoutes: [{ kind: 'ses' }],
    onLongTail: options.compacts ? () => undefined : requests.ask,
  });
  return { mail, settled: () => requests.settled() };
}
