import { CompactionRequests } from '../mail/account/compaction-request.ts';
import { type Base, createBase, type MailOptions } from '../mail/base.ts';
import { createMail, type Mail } from '../mail/stages.ts';
import type { Runtime } from './runtime.ts';

export interface Open<T> {
  readonly mail: T;
  /** Resolves when all that was asked of other functions has been asked: this one may be frozen as soon as it returns. */
  settled(): Promise<void>;
}

/** `worker`: it works in the background, people's writers go first (design: rule 11). */
interface Options {
  readonly writer: 'person' | 'worker';
  /** It is the one that is asked to compact, and asks nobody. */
  readonly compacts?: boolean;
}

/** The stages of mail/ on this function's ports. */
export async function openMail(runtime: Runtime, options: Options): Promise<Open<Mail>> {
  const { settings, settled } = settingsOf(runtime, options);
  return { mail: await createMail(runtime, settings), settled };
}

/** What of them an API needs: less to load before the first request. */
export function openBase(runtime: Runtime, options: Options): Open<Base> {
  const { settings, settled } = settingsOf(runtime, options);
  return { mail: createBase(runtime, settings), settled };
}

function settingsOf(
  runtime: Runtime,
  { writer, compacts }: Options,
): { settings: MailOptions } & Pick<Open<never>, 'settled'> {
  const requests = new CompactionRequests({ ...runtime, queue: runtime.queues.compact });
  const settings: MailOptions = {
    hostname: runtime.hostname,
    writer,
    exclusive: false,
    defaultRoutes: [{ kind: 'ses' }],
    onLongTail: compacts ? () => undefined : requests.ask,
  };
  return { settings, settled: () => requests.settled() };
}
