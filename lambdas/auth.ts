import { createDns } from '../adapters/net/dns.ts';
import { createOpenId } from '../adapters/net/openid.ts';
import { createAuth } from '../mail/auth/auth.ts';
import { createClients } from '../mail/clients/http.ts';
import { IMPLICIT_TLS } from '../mail/clients/servers.ts';
import { openRuntime } from './runtime.ts';
import { openBase } from './stages.ts';
import { web } from './web.ts';

const runtime = openRuntime();
const { mail, settled } = openBase(runtime, { writer: 'person' });
const auth = createAuth({
  ...runtime,
  ...mail,
  version: () => process.env.POSTERN_VERSION ?? '',
  openId: createOpenId({ dns: createDns() }),
});
// Every installation has the ports that are TLS from the first byte; the small one has no others.
const servers = IMPLICIT_TLS.map((server) => ({ ...server, host: runtime.hostname }));
const clients = createClients({ ...runtime, ...mail, servers });

/** Signing in, one's own credentials, and the settings for mail programs. */
export const handler = await web(
  runtime,
  (request) => (request.path.startsWith('/auth/') ? auth : clients).handle(request),
  settled,
);
