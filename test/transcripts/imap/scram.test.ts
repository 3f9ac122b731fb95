import { expect, test } from 'vitest';
import { imapWorld, LOOPBACK } from '../../support/imap.ts';
import type { PipeClient } from '../../support/pipe.ts';
import { ScramClient } from '../../support/scram.ts';
import { transcript } from '../../support/transcript.ts';

const TLS = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  exporter: (_: string, length: number) => Buffer.alloc(length, 7),
};

async function challenge(client: PipeClient): Promise<string> {
  return (await client.expect(/^\+ \S+$/)).slice(2);
}

test('SCRAM-SHA-256 with and without an initial response', async () => {
  for (const initial of [true, false]) {
    const { client } = (await imapWorld()).connect();
    const scram = new ScramClient();
    await transcript(
      client,
      initial
        ? `S~ AUTH=SCRAM-SHA-256 \nC: a AUTHENTICATE SCRAM-SHA-256 ${scram.first()}`
        : `S~ ^\\* OK\nC: a AUTHENTICATE SCRAM-SHA-256\nS: + \nC: ${scram.first()}`,
    );
    client.send(`${scram.final(await challenge(client))}\r\n`);
    expect(scram.trusts(await challenge(client))).toBe(true);
    await transcript(client, 'C: \nS~ ^a OK \\[CAPABILITY .*\\] Logged in$\nC: b SELECT INBOX\nS* ^b OK');
    client.destroy();
  }
});

test('SCRAM-SHA-256-PLUS is offered under TLS 1.3, and binds to it', async () => {
  for (const right of [true, false]) {
    const { client } = (await imapWorld()).connect({ ...LOOPBACK, tls: TLS });
    const scram = new ScramClient({ header: 'p=tls-exporter,,', binding: Buffer.alloc(32, right ? 7 : 8) });
    await transcript(
      client,
      `S~ AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-256 \nC: a AUTHENTICATE SCRAM-SHA-256-PLUS ${scram.first()}`,
    );
    client.send(`${scram.final(await challenge(client))}\r\n`);
    if (right) await transcript(client, 'S~ ^\\+ \nC: \nS~ ^a OK');
    else await transcript(client, 'S~ ^a NO \\[AUTHENTICATIONFAILED\\]');
    client.destroy();
  }
});

test('SCRAM: wrong passwords, nonsense, and giving up', async () => {
  const world = await imapWorld();
  const { client } = world.connect();
  await transcript(
    client,
    `S~ ^\\* OK
    C: a AUTHENTICATE SCRAM-SHA-256 ${btoa('hello')}
    S~ ^a BAD Expected the first message of a SCRAM client
    C: b AUTHENTICATE SCRAM-SHA-256 ====
    S: b BAD Expected base64
    C: c AUTHENTICATE SCRAM-SHA-256-PLUS ${new ScramClient().first()}
    S: c NO [CANNOT] The mechanisms here are SCRAM-SHA-256, PLAIN, OAUTHBEARER, XOAUTH2
    C: d AUTHENTICATE SCRAM-SHA-256 ${new ScramClient().first()}
    S~ ^\\+ \\S
    C: *
    S: d BAD Authentication given up, as you wished
    C: e AUTHENTICATE SCRAM-SHA-256 ${new ScramClient().first()}
    S~ ^\\+ \\S
    C: ${btoa('c=biws,r=x,p=AAAA')}
    S~ ^e BAD Expected the nonce
  `,
  );
  for (const name of ['alice@example.test', 'nobody@example.test']) {
    const scram = new ScramClient({ name, password: 'wrong' });
    client.send(`f AUTHENTICATE SCRAM-SHA-256 ${scram.first()}\r\n`);
    client.send(`${scram.final(await challenge(client))}\r\n`);
    await client.expect('f NO [AUTHENTICATIONFAILED] The name or the password is wrong.');
  }
  await transcript(client, 'C: g LOGIN alice secret\nS~ ^g OK\nC: h AUTHENTICATE SCRAM-SHA-256\nS~ ^h BAD');
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('SCRAM is not taken in cleartext from elsewhere', async () => {
  const far = (await imapWorld()).connect({ peer: { address: '198.51.100.9', localAddress: '192.0.2.1' } }).client;
  await transcript(
    far,
    `S~ LOGINDISABLED
    C: a AUTHENTICATE SCRAM-SHA-256 ${new ScramClient().first()}
    S: a NO [PRIVACYREQUIRED] Start TLS before you log in`,
  );
  far.destroy();
});
