/** A program on AWS: wiring of the ports, and the frame around the protocols that it serves. */
import { awsConfigFrom } from '../../adapters/aws/environment.ts';
import { type Aws, openAws } from '../../adapters/aws/index.ts';
import { jsonLog } from '../../adapters/aws/log.ts';
import { openSecrets } from '../../adapters/aws/secrets.ts';
import { listenHealth } from '../../adapters/net/health.ts';
import { type HttpListener, type HttpOptions, listenHttp } from '../../adapters/net/http.ts';
import { type CertificateSource, openTlsFrom } from '../../adapters/net/tls-source.ts';
import type { DirectoryService } from '../../mail/directory/directory.ts';
import type { MailOptions } from '../../mail/stages.ts';
import { readServiceEnvironment, type ServiceEnvironment } from './environment.ts';
import { connectionLimits } from './limits.ts';
import { type ListenersOptions, listenAll, plain } from './listeners.ts';

/** What a program on AWS stands on. */
export interface Ground {
  readonly environment: Omit<ServiceEnvironment, 'tlsSecret' | 'frontSecret'>;
  /** Our name in greetings and trace headers. */
  readonly hostname: string;
  readonly aws: Aws;
  readonly certificate: CertificateSource;
  /** What CloudFront proves itself with; undefined where nothing is served behind it. */
  readonly front: () => Promise<string | undefined>;
}

/** A program that serves its clients. */
export interface Service {
  /** Finishes what is in progress, and resolves within the time that ECS gives before it kills. */
  stop(): Promise<void>;
}

/** ECS kills a task 110 s after it was told to stop (lib/constructs/mail-service.ts); these are together less. */
const DRAIN_MS = 90_000;
const CLOSE_MS = 10_000;

/** For createMail: other processes write too, and mail leaves by SES where no setting says otherwise. */
export const IN_THE_CLOUD = {
  writer: 'person',
  exclusive: false,
  defaultRoutes: [{ kind: 'ses' }],
} as const satisfies Partial<MailOptions>;

/** Opens every port as the variables say. Nothing is sent yet. Throws an Error of one plain line where they are wrong. */
export function openGround(
  program: string,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Ground {
  const { hostname, logLevel, ...config } = awsConfigFrom(variables);
  const { tlsSecret, frontSecret, ...environment } = readServiceEnvironment(variables);
  const aws = openAws({ ...config, log: jsonLog({ level: logLevel, fields: { program } }) });
  const secrets = openSecrets(config);
  return {
    environment,
    hostname,
    aws,
    certificate: () => secrets.read(tlsSecret),
    front: async () => (frontSecret === undefined ? undefined : secrets.read(frontSecret)),
  };
}

/**
 * Serves the protocols: certificate, listeners, and last the health port, by which the program says that it is ready. `settled`
 * resolves when nothing that was begun for clients is still on its way.
 */
export async function serve(
  { environment, hostname, aws, certificate }: Ground,
  serving: {
    readonly directory: DirectoryService;
    readonly protocols: ListenersOptions['protocols'];
    /** What is served at the port of HTTPS, to CloudFront. */
    readonly http?: Pick<HttpOptions, 'routes' | 'webSockets'> & { readonly stop: () => void };
    readonly settled?: () => Promise<void>;
  },
): Promise<Service> {
  const { log, clock } = aws;
  const { healthPort, ports, ...where } = environment;
  const tls = await openTlsFrom({ source: certificate, names: [hostname], log });
  const listeners = await listenAll({
    ...where,
    ...(ports === undefined ? {} : { ports }),
    protocols: serving.protocols,
    limits: await connectionLimits({ directory: serving.directory, log }),
    tls,
    log,
  });
  const web = serving.http === undefined ? undefined : await listenFront({ ...where, tls, log }, serving.http);
  const health = await listenHealth({ host: where.bind, port: healthPort }).catch((error: unknown) => {
    throw plain(error, where);
  });
  const open = [...listeners.map(({ listener }) => listener), ...(web === undefined ? [] : [web])];
  log.info('ready', { listeners: open.map(({ name, port }) => `${name}:${port}`) });
  return {
    async stop() {
      log.info('stopping', { connections: open.reduce((sum, { connections }) => sum + connections, 0) });
      await health.close();
      serving.http?.stop();
      await Promise.all(open.map((listener) => listener.close(DRAIN_MS)));
      tls.close();
      const closing = (async () => {
        await serving.settled?.();
        await aws.close();
      })();
      // What is left then is only politeness: registrations run out by themselves, compaction is asked for again.
      await Promise.race([closing, clock.sleep(CLOSE_MS)]);
      log.info('stopped', {});
    },
  };
}

async function listenFront(
  { bind, portBase, ...rest }: Pick<HttpOptions, 'log'> & Pick<ListenersOptions, 'bind' | 'portBase' | 'tls'>,
  serves: Pick<HttpOptions, 'routes' | 'webSockets'>,
): Promise<HttpListener> {
  try {
    return await listenHttp({ ...rest, ...serves, name: 'https', host: bind, port: 443 + portBase });
  } catch (error) {
    throw plain(error, { bind });
  }
}
