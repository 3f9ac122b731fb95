/** The whole system in one process, on the embedded store. */
import { join } from 'node:path';
import { localLog, openLocalStore } from '../adapters/local/index.ts';
import { isLoopback } from '../adapters/net/address.ts';
import { createDns } from '../adapters/net/dns.ts';
import { createOneClick } from '../adapters/net/one-click.ts';
import { createOpenId } from '../adapters/net/openid.ts';
import { createPushServices } from '../adapters/net/push-services.ts';
import { createRemoteImages } from '../adapters/net/remote-images.ts';
import { createSmtpClient } from '../adapters/net/smtp-client.ts';
import { openTlsStore } from '../adapters/net/tls.ts';
import { openTlsNames } from '../adapters/net/tls-names.ts';
import { Compactor } from '../mail/account/compactor.ts';
import { createAdmin, PREFIX } from '../mail/admin/admin.ts';
import { PREFIX as AUTH, createAuth } from '../mail/auth/auth.ts';
import { PATHS as CLIENTS, createClients } from '../mail/clients/http.ts';
import { PREFIX as IMAGES } from '../mail/images/addresses.ts';
import { createImages } from '../mail/images/proxy.ts';
import { work } from '../mail/inbound/work.ts';
import { createJmap } from '../mail/jmap/http.ts';
import { PATHS } from '../mail/jmap/session.ts';
import { createMail } from '../mail/stages.ts';
import { adminToken, listenHttpAll, running, version } from './parts/admin.ts';
import { startChores } from './parts/chores.ts';
import { clientServers } from './parts/client-servers.ts';
import { makeDemo } from './parts/demo.ts';
import { readEnvironment } from './parts/environment.ts';
import { connectionLimits, smtpLimits } from './parts/limits.ts';
import { listenAll } from './parts/listeners.ts';
import { accessProtocols, smtpProtocols } from './parts/protocols.ts';
import { runProgram } from './parts/run.ts';
import { listenFrame, serveWebmail, webOrigins } from './parts/webmail.ts';

/** What is in progress may take so long when we are told to stop; the promise to the outside is 10 s. */
const STOP_MS = 8_000;
const STOP_SENDING_MS = 6_000;
/** Jobs delivered at once: batches in flight, and messages in each. */
const DELIVERY = { concurrency: 4, batch: 64 };

runProgram(async (stopping) => {
  const environment = readEnvironment(process.env);
  const { home, bind, hostname, portBase } = environment;
  const log = localLog(environment.log);
  const store = await openLocalStore({ home, log });
  const { clock, random } = store;
  const tlsNames = await openTlsNames({ dir: join(home, 'tls'), log });
  const tls = await openTlsStore({
    dir: join(home, 'tls'),
    names: [hostname, 'localhost', '127.0.0.1'],
    log,
    sni: tlsNames.context,
  });
  // Browsers do not take an address of numbers for passkeys.
  const web = isLoopback(bind) ? 'localhost' : hostname;
  const compactor = new Compactor({ compact: (account) => mail.compact(account), clock, log });
  const mail = await createMail(store, {
    hostname,
    writer: 'person',
    exclusive: true,
    origin: isLoopback(bind) ? `http://${web}:${80 + portBase}` : `https://${web}:${443 + portBase}`,
    defaultRoutes: [{ kind: 'mx' }],
    onLongTail: (account) => compactor.ask(account),
  });
  const { directory } = mail;
  const givingUp = new AbortController();
  const dns = createDns(environment.resolver === undefined ? {} : { server: environment.resolver });
  const send = mail.send({
    dns,
    relay: createSmtpClient(),
    config: { mxPort: environment.mxPort, stop: givingUp.signal },
  });
  const empty = (await directory.domains.list().next()).done === true;
  const demo = environment.demo && empty ? await makeDemo(directory, random) : [];
  const limits = await smtpLimits({ directory, log });
  const listeners = await listenAll({
    protocols: {
      ...smtpProtocols(mail, store, { hostname, bind, limits }),
      ...accessProtocols(mail, store, {
        hostname,
        bind,
        limits,
        jmap: `https://${web}:${443 + portBase}${PATHS.wellKnown}`,
      }),
    },
    bind,
    portBase,
    limits: await connectionLimits({ directory, log }),
    tls,
    proxy: environment.proxy,
    log,
  });
  const { sharing, people } = directory;
  const images = createImages({ ...store, remoteImages: createRemoteImages({ dns }) });
  const pushServices = createPushServices({ dns });
  const oneClick = createOneClick({ dns });
  const jmap = createJmap({ ...store, ...mail, sharing, people, images, hostname, pushServices, oneClick });
  const admin = createAdmin({
    ...store,
    ...mail,
    dns,
    hostname,
    running: () => running(home, [...listeners, ...http, ...frame]),
    token: await adminToken(home, random),
  });
  const auth = createAuth({ ...store, ...mail, hostname, version, openId: createOpenId({ dns }) });
  const clients = createClients({ ...store, directory, log, servers: clientServers(listeners, web) });
  const origins = webOrigins({ bind, portBase, hostname });
  const webmail = serveWebmail(origins.frame);
  const http = await listenHttpAll(
    { bind, portBase, tls, log },
    {
      routes: [
        { prefix: PREFIX, handle: admin.handle },
        { prefix: AUTH, handle: auth.handle },
        { prefix: IMAGES, handle: images.handle },
        ...Object.values(CLIENTS).map((prefix) => ({ prefix, handle: clients.handle })),
        { prefix: PATHS.wellKnown, handle: jmap.handle },
        { prefix: PATHS.base, handle: jmap.handle },
        ...(webmail === undefined ? [] : [{ prefix: '/', handle: webmail }]),
      ],
      webSockets: [jmap.webSocket],
    },
  );
  const frame = webmail === undefined ? [] : await listenFrame({ bind, portBase, pages: origins.pages, tls, log });
  // What was being sent when the last process ended is free again: nobody else sends from this store.
  await mail.sweepQueue({ grace: 0, alone: true });
  const ending = new AbortController();
  const working = Promise.all([
    work(store.queues.deliver, mail.deliver, { clock, log, signal: ending.signal, ...DELIVERY }),
    work(store.queues.send, send, { clock, log, signal: ending.signal, batch: 1, concurrency: 40, visibility: 1_200 }),
  ]);
  const chores = startChores({ mail, store });

  for (const { address, password } of demo) console.log(`Account ${address} has the password ${password}`);
  for (const { listener } of listeners) console.log(`${listener.name} listens on ${listener.host}:${listener.port}`);
  for (const { listener } of http) {
    const origin = `${listener.name}://${web}:${listener.port}`;
    if (webmail !== undefined) console.log(`The webmail is at ${origin}/`);
    console.log(`The admin API is at ${origin}${PREFIX}`);
    console.log(`JMAP is at ${origin}${PATHS.wellKnown}`);
  }
  console.log('Postern is ready');

  await stopping;
  ending.abort();
  jmap.stop();
  const giveUp = setTimeout(() => givingUp.abort(), STOP_SENDING_MS);
  await Promise.all([...listeners, ...http, ...frame].map(({ listener }) => listener.close(STOP_MS)));
  await chores.stop();
  await compactor.stop();
  await working;
  clearTimeout(giveUp);
  tls.close();
  tlsNames.close();
  await store.close();
});
