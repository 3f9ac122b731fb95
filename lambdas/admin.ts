import { openSecrets } from '../adapters/aws/secrets.ts';
import { createDns } from '../adapters/net/dns.ts';
import { createAdmin } from '../mail/admin/admin.ts';
import { openRuntime } from './runtime.ts';
import { openBase } from './stages.ts';
import { web } from './web.ts';

const runtime = openRuntime();
const { mail, settled } = openBase(runtime, { writer: 'person' });
const admin = createAdmin({
  ...runtime,
  ...mail,
  dns: createDns(),
  running: () => ({ version: process.env.POSTERN_VERSION ?? '', store: 'DynamoDB and S3', listeners: [] }),
  token: await openSecrets(runtime.config).read(process.env.POSTERN_ADMIN_SECRET ?? ''),
});

/** The admin API. */
export const handler = await web(runtime, admin.handle, settled);
