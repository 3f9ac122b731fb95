import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecureContext } from 'node:tls';
import type { Log } from '../../mail/ports/log.ts';
import { type Loaded, loadPair, stampOf } from './tls.ts';

export interface TlsNames {
  /** The certificate for a host name, lower case; undefined: there is none of its own. */
  context(servername: string): SecureContext | undefined;
  /** Looks at the folders now. Never rejects. */
  reload(): Promise<void>;
  close(): void;
}

export interface TlsNamesOptions {
  /** Holds a folder for each host name, with its cert.pem and key.pem. */
  readonly dir: string;
  readonly log: Log;
  /** How often the folders are looked at, in ms. @default 5000 */
  readonly every?: number;
}

/**
 * Certificates by host name (RFC 6066 section 3), beside the one for everybody else. New and changed files are taken up for new
 * sessions; a pair that cannot be used leaves the one before, and is logged once.
 */
export async function openTlsNames({ dir, log, every = 5_000 }: TlsNamesOptions): Promise<TlsNames> {
  let shown: ReadonlyMap<string, Loaded> = new Map();
  let refused: ReadonlyMap<string, string> = new Map();

  const reload = async (): Promise<void> => {
    const next = new Map<string, Loaded>();
    const unusable = new Map<string, string>();
    for (const folder of await folders(dir)) {
      const name = folder.toLowerCase();
      const [cert, key] = [join(dir, folder, 'cert.pem'), join(dir, folder, 'key.pem')];
      const before = shown.get(name);
      if (before !== undefined) next.set(name, before);
      let stamp = 'missing';
      try {
        stamp = await stampOf(cert, key);
        if (stamp === before?.stamp) continue;
        if (stamp !== refused.get(name)) {
          next.set(name, await loadPair(cert, key));
          log.info('tls.loaded', { file: cert });
          continue;
        }
      } catch (error) {
        if (stamp !== refused.get(name)) log.error('tls.unusable', { file: cert, error: (error as Error).message });
      }
      unusable.set(name, stamp);
    }
    shown = next;
    refused = unusable;
  };

  await reload();
  // One look after the other: they would take back what the later one found.
  let looking: Promise<void> = Promise.resolve();
  const look = (): Promise<void> => {
    looking = looking.then(reload);
    return looking;
  };
  const timer = setInterval(() => void look(), every);
  timer.unref();
  return {
    context: (servername) => shown.get(servername)?.context,
    reload: look,
    close: () => clearInterval(timer),
  };
}

async function folders(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
