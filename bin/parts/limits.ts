import { ConnectionLimits } from '../../adapters/net/limits.ts';
import type { DirectoryService } from '../../mail/directory/directory.ts';
import type { Log } from '../../mail/ports/index.ts';
import type { SmtpLimits } from '../../mail/smtp/server.ts';

interface Deps {
  readonly directory: Pick<DirectoryService, 'setting'>;
  readonly log: Log;
}

/** Counts of connections, within the limits as they are set. */
export async function connectionLimits({ directory, log }: Deps): Promise<ConnectionLimits> {
  const most = await current(log, async () => ({
    total: await directory.setting('connections.total'),
    perAddress: await directory.setting('connections.perAddress'),
  }));
  return new ConnectionLimits(most);
}

/** The limits of a new SMTP session, as they are set. */
export function smtpLimits({ directory, log }: Deps): Promise<() => SmtpLimits> {
  return current(log, async () => ({
    size: await directory.setting('smtp.maxMessageSize'),
    recipients: await directory.setting('smtp.maxRecipients'),
  }));
}

/**
 * What `read` gives, without waiting for it: each time it is asked for, it is read again in the background (the directory remembers
 * settings for some seconds), so whoever asks next has it. Where that fails, what was read last holds.
 */
async function current<T>(log: Log, read: () => Promise<T>): Promise<() => T> {
  let value = await read();
  let reading = false;
  const reread = async (): Promise<void> => {
    reading = true;
    try {
      value = await read();
    } catch (error) {
      log.warn('limits.notRead', { error: String(error) });
    } finally {
      reading = false;
    }
  };
  return () => {
    if (!reading) void reread();
    return value;
  };
}
