import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isLoopback } from '../../adapters/net/address.ts';
import { type HttpListener, type HttpOptions, listenHttp } from '../../adapters/net/http.ts';
import type { Listener } from '../../adapters/net/listener.ts';
import type { TlsContexts } from '../../adapters/net/tls.ts';
import type { Running } from '../../mail/admin/admin.ts';
import { type Log, type Random, randomName } from '../../mail/ports/index.ts';
import { plain } from './listeners.ts';

interface Open {
  readonly listener: Listener | HttpListener;
  readonly tls: 'none' | 'starttls' | 'implicit';
}

/** HTTPS, and HTTP too where we are bound to loopback. */
export async function listenHttpAll(
  options: { readonly bind: string; readonly portBase: number; readonly tls: TlsContexts; readonly log: Log },
  serves: Pick<HttpOptions, 'routes' | 'webSockets'>,
): Promise<readonly (Open & { readonly listener: HttpListener })[]> {
  const { bind: host, portBase, tls, log } = options;
  try {
    const https = await listenHttp({ name: 'https', host, port: 443 + portBase, tls, ...serves, log });
    if (!isLoopback(host)) return [{ listener: https, tls: 'implicit' }];
    const http = await listenHttp({ name: 'http', host, port: 80 + portBase, ...serves, log });
    return [
      { listener: https, tls: 'implicit' },
      { listener: http, tls: 'none' },
    ];
  } catch (error) {
    throw plain(error, options);
  }
}

/** The token of whoever administers this home: made once, readable by its owner only. */
export async function adminToken(home: string, random: Random): Promise<string> {
  const file = join(home, 'admin-token');
  try {
    await writeFile(file, `${randomName(random, 52)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}

export function version(): string {
  return process.env.npm_package_version ?? '0.1.0';
}

/** What the program says of itself. */
export function running(home: string, open: readonly Open[]): Running {
  return {
    version: version(),
    store: `SQLite and packs in ${home}`,
    listeners: open.map(({ listener, tls }) => ({
      name: listener.name,
      host: listener.host,
      port: listener.port,
      tls,
      connections: listener.connections,
    })),
  };
}
