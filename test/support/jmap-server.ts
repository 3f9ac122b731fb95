/** JMAP as clients find it: the world of test/support/jmap.ts behind the real HTTP server. */
import { type HttpListener, listenHttp } from '../../adapters/net/http.ts';
import type { TlsContexts } from '../../adapters/net/tls.ts';
import { type JmapWorld, jmapWorld } from './jmap.ts';
import { silentLog } from './memory.ts';

export interface JmapServer extends JmapWorld {
  readonly listener: HttpListener;
  /** For example http://127.0.0.1:40123. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The header that signs in alice, or who has another name or password. */
export function basic(password = 'secret', user = 'alice'): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}@example.test:${password}`).toString('base64')}` };
}

export async function jmapServer({ tls }: { readonly tls?: TlsContexts } = {}): Promise<JmapServer> {
  const world = await jmapWorld();
  const { jmap } = world;
  const listener = await listenHttp({
    name: 'http',
    host: '127.0.0.1',
    port: 0,
    ...(tls === undefined ? {} : { tls }),
    routes: ['/.well-known/jmap', '/jmap'].map((prefix) => ({ prefix, handle: jmap.handle })),
    webSockets: [jmap.webSocket],
    log: silentLog,
  });
  return {
    ...world,
    listener,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${listener.port}`,
    stop: async () => {
      jmap.stop();
      await listener.close(5_000);
    },
  };
}
