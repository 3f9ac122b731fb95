/** The whole system in one process, on the embedded store. */
import { join } from 'node:path';
import { localLog, openLocalStore } from '../adapters/local/index.ts';
import { createDns } from '../adapters/net/dns.ts';
import { ConnectionLimits } from '../adapters/net/limits.ts';
import { createSmtpClient } from '../adapters/net/smtp-client.ts';
import { openTlsStore } from '../adapters/net/tls.ts';
import { Compactor } from '../mail/account/compactor.ts';
import { work } from '../mail/inbound/work.ts';
import { createMail } from '../mail/stages.ts';
import { startChores } from './parts/chores.ts';
import { makeDemo } from './parts/demo.ts';
import { readEnvironment } from './parts/environment.ts';
import { listenAll } from './parts/listeners.ts';
import { accessProtocols, smtpProtocols } from './parts/protocols.ts';
import { runProgram } from './parts/run.ts';

/** What is in progress may take so long when we are told to stop; the promise to the outside is 10 s. */
const STOP_MS = 8_000;
/** Jobs delivered at once: batches in flight, and messages in each. */
const DELIVERY = { concurrency: 4, batch: 64 };

runProgram(async (stopping) => {
  const environment = readEnvironment(process.env);
  const { home, bind, hostname, portBase } = environment;
  const log = localLog(environment.log);
  const store = await openLocalStore({ home, log });
  const { clock, random } = store;
  const tls = await openTlsStore({ dir: join(home, 'tls'), names: [hostname, 'localhost', '127.0.0.1'], log });
  const compactor = new Compactor({ accounts: () => mail.accounts, clock, log });
  const mail = await createMail(store, {
    hostname,
    writer: 'person',
    exclusive: true,
    defaultRoutes: [{ kind: 'mx' }],
    onLongTail: (account) => compactor.ask(account),
  });
  const { directory } = mail;
  const send = mail.send({
    dns: createDns(environment.resolver === undefined ? {} : { server: environment.resolver }),
    relay: createSmtpClient(),
    config: { mxPort: environment.mxPort },
  });
  const empty = (await directory.domains.list().next()).done === true;
  const demo = environment.demo && empty ? await makeDemo(directory, random) : [];
  const limits = new ConnectionLimits({ total: await directory.setting('connections.total') });
  const listeners = await listenAll({
    protocols: {
      ...smtpProtocols(mail, store, { hostname, bind, limits: () => ({ size: 40 << 20, recipients: 1000 }) }),
      ...accessProtocols(mail, store, { hostname, bind }),
    },
    bind,
    portBase,
    limits,
    tls,
    proxy: environment.proxy,
    log,
  });
  const ending = new AbortController();
  const working = Promise.all([
    work(store.queues.deliver, mail.deliver, { clock, log, signal: ending.signal, ...DELIVERY }),
    work(store.queues.send, send, { clock, log, signal: ending.signal, batch: 16, visibility: 1_200 }),
  ]);
  const chores = startChores({ mail, store });

  for (const { address, password } of demo) console.log(`Account ${address} has the password ${password}`);
  for (const { listener } of listeners) console.log(`${listener.name} listens on ${listener.host}:${listener.port}`);
  console.log('Postern is ready');

  await stopping;
  await Promise.all(listeners.map(({ listener }) => listener.close(STOP_MS)));
  ending.abort();
  await chores.stop();
  await compactor.stop();
  await working;
  tls.close();
  await store.close();
});
