import { describe, test } from 'vitest';
import { localRandom } from '../../adapters/local/index.ts';
import { createDirectory } from '../../mail/directory/directory.ts';
import { createPop3Server } from '../../mail/pop3/server.ts';
import { imapWorld, LOOPBACK } from '../support/imap.ts';
import { silentLog } from '../support/memory.ts';
import { pipe } from '../support/pipe.ts';
import { ScramClient } from '../support/scram.ts';
import { transcript } from '../support/transcript.ts';

const PASSWORD = 'correct horse battery';

/** A directory with alice, a POP3 server on it, and the clock that lets cached settings grow old. */
async function world() {
  const { ports, clock, alice } = await imapWorld();
  const directory = createDirectory({
    records: ports.records,
    clock,
    random: localRandom,
    log: silentLog,
    createMailboxes: async () => undefined,
    defaultRoutes: [{ kind: 'mx' }],
  });
  await directory.domains.add('example.test');
  await directory.accounts.add('alice@example.test', PASSWORD);
  const server = createPop3Server({
    directory,
    accounts: { open: async () => alice, openFresh: async () => alice },
    blobs: ports.blobs,
    clock,
    log: silentLog,
    hostname: 'mail.example.test',
    startTls: false,
  });
  const connect = () => {
    const { server: wire, client } = pipe(LOOPBACK);
    void server.handle(wire);
    return client;
  };
  return { directory, connect };
}

const TRY = `S~ ^\\+OK\nC: USER alice@example.test\nC: PASS ${PASSWORD}\nS~ ^\\+OK`;
const LETS_IN = `${TRY}\nS: +OK 0 messages (0 octets)`;
const REFUSES = `${TRY}\nS: -ERR [SYS/PERM] POP3 is switched off for this account. Ask your administrator.`;

describe('POP3, switched off and on for one account, a domain, and the server, while the server runs', () => {
  const scopes = [
    ['an account', { account: 'alice@example.test' }],
    ['a domain', { domain: 'example.test' }],
    ['the server', {}],
  ] as const;

  test.each(scopes)('%s', async (_, scope) => {
    const { directory, connect } = await world();
    await transcript(connect(), LETS_IN);
    await directory.settings.set('accounts.pop3', 'off', scope);
    await transcript(connect(), REFUSES);
    await directory.settings.set('accounts.pop3', 'on', scope);
    await transcript(connect(), LETS_IN);
  });

  test('off for the server, on for one account (NC-6)', async () => {
    const { directory, connect } = await world();
    await directory.settings.set('accounts.pop3', 'off');
    await transcript(connect(), REFUSES);
    await directory.settings.set('accounts.pop3', 'on', { account: 'alice@example.test' });
    await transcript(connect(), LETS_IN);
  });

  test('a wrong password learns nothing of it, and SCRAM is held to it too', async () => {
    const { directory, connect } = await world();
    await directory.settings.set('accounts.pop3', 'off');
    await transcript(connect(), `S~ OK\nC: USER alice@example.test\nC: PASS wrong\nS~ OK\nS~ ^-ERR \\[AUTH\\]`);
    const client = connect();
    const scram = new ScramClient({ password: PASSWORD });
    await transcript(client, `S~ OK\nC: AUTH SCRAM-SHA-256 ${scram.first()}`);
    client.send(`${scram.final((await client.expect(/^\+ /)).slice(2))}\r\n`);
    await client.expect(/^-ERR \[SYS\/PERM\] POP3 is switched off/);
  });
});
