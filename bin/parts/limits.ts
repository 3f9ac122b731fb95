import { ConnectionLimits } from '../../adapters/net/limits.ts';
import type { DirectoryService } from '../../mail/directory/directory.ts';
import type { Clock, Log } from '../../mail/ports/index.ts';
import type { SmtpLimits } from '../../mail/smtp/server.ts';

/** How long a change of the limits may go unnoticed, in ms. */
const REREAD_MS = 60_000;

type Settings = Pick<DirectoryService, 'setting'>;

/** Counts of connections, within the limits as they are set now. */
export async function connectionLimits(directory: Settings): Promise<ConnectionLimits> {
  return new ConnectionLimits({
    total: await directory.setting('connections.total'),
    perAddress: await directory.setting('connections.perAddress'),
  });
}

/** The limits of a new SMTP session: read now, and again in the background when they are asked for after a minute. */
export async function smtpLimits(deps: {
  readonly directory: Settings;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<() => SmtpLimits> {
  const { directory, clock, log } = deps;
  const read = async (): Promise<SmtpLimits> => ({
    size: await directory.setting('smtp.maxMessageSize'),
    recipients: await directory.setting('smtp.maxRecipients'),
  });
  const reread = async (): Promise<void> => {
    try {
      limits = await read();
    } catch (error) {
      log.warn('limits.notRead', { error: String(error) });
    }
  };
  let limits = await read();
  let readAt = clock.now();
  return () => {
    if (clock.now() - readAt > REREAD_MS) {
      readAt = clock.now();
      void reread();
    }
    return limits;
  };
}
