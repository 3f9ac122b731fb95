import { createDns } from '../adapters/net/dns.ts';
import { createOpenId } from '../adapters/net/openid.ts';
import { createAuth } from '../mail/auth/auth.ts';
import { openRuntime } from './runtime.ts';
import { openMail } from './stages.ts';
import { web } from './web.ts';

const runtime = openRuntime();
const { mail, settled } = await openMail(runtime, { writer: 'person' });
const auth = createAuth({
  ...runtime,
  ...mail,
  version: () => process.env.POSTERN_VERSION ?? '',
  openId: createOpenId({ dns: createDns() }),
});

/** Signing in, and one's own credentials. */
export const handler = await web(runtime, auth.handle, settled);
