import { createJmap } from '../mail/jmap/http.ts';
import { openRuntime } from './runtime.ts';
import { openMail } from './stages.ts';
import { web } from './web.ts';

const runtime = openRuntime();
const { mail, settled } = await openMail(runtime, { writer: 'person' });
const jmap = createJmap({ ...runtime, ...mail });

/** JMAP's session and methods. Uploads, downloads, event streams and WebSockets are the access program's (lib/stacks/web.ts). */
export const handler = await web(runtime, jmap.handle, settled);
