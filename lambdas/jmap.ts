import { createOneClick } from '../adapters/net/one-click.ts';
import { systemDns } from '../adapters/net/system-dns.ts';
import { createImageSigner } from '../mail/images/signer.ts';
import { createJmap } from '../mail/jmap/http.ts';
import { openRuntime } from './runtime.ts';
import { openBase } from './stages.ts';
import { web } from './web.ts';

const runtime = openRuntime();
const { mail, settled } = openBase(runtime, { writer: 'person' });
const { sharing, people } = mail.directory;
const jmap = createJmap({
  ...runtime,
  ...mail,
  sharing,
  people,
  images: createImageSigner(runtime),
  oneClick: createOneClick({ dns: systemDns }),
  sharesPushing: true,
});

/** JMAP's session and methods. Uploads, downloads, event streams and WebSockets are the access program's (lib/stacks/web.ts). */
export const handler = await web(runtime, jmap.handle, settled);
