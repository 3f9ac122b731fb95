import { createDns } from '../../adapters/net/dns.ts';
import { createOneClick } from '../../adapters/net/one-click.ts';
import { createPushServices } from '../../adapters/net/push-services.ts';
import { createRemoteImages } from '../../adapters/net/remote-images.ts';
import { CompactionRequests } from '../../mail/account/compaction-request.ts';
import { behindFront } from '../../mail/front.ts';
import { PREFIX as IMAGES } from '../../mail/images/addresses.ts';
import { createImages } from '../../mail/images/proxy.ts';
import { createJmap } from '../../mail/jmap/http.ts';
import { PATHS } from '../../mail/jmap/session.ts';
import { createMail, type Mail } from '../../mail/stages.ts';
import { smtpLimits } from './limits.ts';
import { accessProtocols, smtpProtocols } from './protocols.ts';
import { type Ground, IN_THE_CLOUD, type Service, serve } from './service.ts';

/** How long the program waits for its line of wake-ups before it serves; without one it looks for new mail every minute. */
const WAKEUPS_MS = 5_000;

/** Mail in: SMTP for other servers, submission for our own people. It stores and queues, and writes to no account. */
export async function startSmtp(ground: Ground): Promise<Service> {
  const { aws, hostname, environment } = ground;
  const mail = await createMail(aws, { ...IN_THE_CLOUD, hostname, onLongTail: () => undefined });
  const limits = await smtpLimits({ ...aws, directory: mail.directory });
  return serve(ground, {
    directory: mail.directory,
    protocols: smtpProtocols(mail, aws, { hostname, bind: environment.bind, limits }),
  });
}

/** Mail read: IMAP and POP3; behind CloudFront, of JMAP what a function cannot serve. */
export async function startAccess(ground: Ground): Promise<Service> {
  const { aws, hostname, environment } = ground;
  const requests = new CompactionRequests({ ...aws, queue: aws.queues.compact });
  const mail = await createMail(aws, { ...IN_THE_CLOUD, hostname, onLongTail: requests.ask });
  const front = await ground.front();
  const limits = await smtpLimits({ ...aws, directory: mail.directory });
  const origin = front === undefined ? null : await mail.directory.setting('web.origin');
  const jmap = origin === null ? {} : { jmap: `${origin}${PATHS.wellKnown}` };
  const up = aws.wakeups.start().then(() => true);
  if (!(await Promise.race([up, aws.clock.sleep(WAKEUPS_MS)]))) aws.log.warn('wakeups.notUp', { waited: WAKEUPS_MS });
  return serve(ground, {
    directory: mail.directory,
    protocols: accessProtocols(mail, aws, { hostname, bind: environment.bind, limits, ...jmap }),
    ...(front === undefined ? {} : { http: frontOf(ground, mail, front) }),
    settled: () => requests.settled(),
  });
}

/** What of HTTP comes by CloudFront to this program: JMAP's streams, and images of others. */
function frontOf({ aws, hostname }: Ground, mail: Mail, secret: string) {
  const dns = createDns();
  const images = createImages({ ...aws, remoteImages: createRemoteImages({ dns }) });
  const oneClick = createOneClick({ dns });
  const { sharing, people } = mail.directory;
  const { handle, webSocket, stop } = createJmap({
    ...aws,
    ...mail,
    sharing,
    people,
    images,
    hostname,
    oneClick,
    pushServices: createPushServices({ dns }),
    sharesPushing: true,
  });
  return {
    routes: [
      { prefix: PATHS.base, handle: behindFront(handle, secret) },
      { prefix: IMAGES, handle: behindFront(images.handle, secret) },
    ],
    webSockets: [{ ...webSocket, connect: behindFront(webSocket.connect, secret) }],
    stop,
  };
}
