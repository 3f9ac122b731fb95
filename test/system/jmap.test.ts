/** JMAP of the whole program: a message comes by SMTP, is pushed, is read; over HTTPS and WebSocket; and stopping waits for nobody. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Json } from '../support/jmap.ts';
import { type System, startSystem } from '../support/system.ts';

// By a name that the compiler does not see: the types are sources that this project's rules forbid.
const { default: JamClient } = await import('jmap-jam' as string);

const ALICE = 'alice@example.test';
const BOB = 'bob@example.test';
const USING = ['core', 'mail', 'submission'].map((name) => `urn:ietf:params:jmap:${name}`);

let system: System;
let ca: Buffer;
let headers: { readonly authorization: string };
let session: Json;

beforeAll(async () => {
  system = await startSystem();
  ca = await readFile(join(system.home, 'tls', 'cert.pem'));
  headers = { authorization: `Basic ${Buffer.from(`${ALICE}:${system.passwords.get(ALICE)}`).toString('base64')}` };
  const at = /^JMAP is at (https:\S+)$/m.exec(system.stdout())![1]!;
  session = JSON.parse(await https(at));
});
afterAll(() => system?.remove());

/** fetch() knows no certificates but those of the machine. */
async function https(url: string, body?: unknown): Promise<string> {
  const asked = request(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ca,
  });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  expect(response.statusCode).toBe(200);
  return text;
}

async function call(methodCalls: Json): Promise<Json> {
  const { methodResponses } = JSON.parse(await https(session.apiUrl, { using: USING, methodCalls }));
  return methodResponses;
}

/** Another client, jmap-jam, for whoever has a password. */
function jam(address: string): Json {
  const sessionUrl = `http://localhost:${system.port('http')}/.well-known/jmap`;
  const client = new JamClient({ sessionUrl, bearerToken: '' });
  // It knows bearer tokens only.
  client.authHeader = `Basic ${Buffer.from(`${address}:${system.passwords.get(address)}`).toString('base64')}`;
  client.session = JamClient.loadSession(sessionUrl, client.authHeader);
  return client;
}

it('tells where everything is, below the address that the client came to', () => {
  const origin = `https://localhost:${system.base + 443}`;
  expect(session.username).toBe(ALICE);
  for (const name of ['apiUrl', 'downloadUrl', 'uploadUrl', 'eventSourceUrl']) {
    expect(session[name].slice(0, origin.length)).toBe(origin);
  }
  expect(session.capabilities['urn:ietf:params:jmap:websocket'].url).toBe(`${origin.replace('https', 'wss')}/jmap/ws`);
  expect(system.stdout()).toContain(`JMAP is at http://localhost:${system.base + 80}/.well-known/jmap\n`);
});

it('sends what is written, at once and later', async () => {
  const accountId = session.primaryAccounts['urn:ietf:params:jmap:submission'];
  const [[, { list: mailboxes }]] = await call([['Mailbox/get', { accountId }, '0']]);
  const idOf = (wanted: string) => mailboxes.find(({ role }: Json) => role === wanted).id;
  const draft = (subject: string) => ({
    mailboxIds: { [idOf('drafts')]: true },
    from: [{ email: ALICE }],
    to: [{ email: ALICE }],
    subject,
  });
  const envelope = {
    mailFrom: { email: ALICE, parameters: { HOLDFOR: '1' } },
    rcptTo: [{ email: ALICE }],
  };
  const arrived = async () => {
    const filter = { inMailbox: idOf('inbox') };
    const ids = { resultOf: '0', name: 'Email/query', path: '/ids' };
    const [, [, { list }]] = await call([
      ['Email/query', { accountId, filter }, '0'],
      ['Email/get', { accountId, '#ids': ids, properties: ['subject'] }, '1'],
    ]);
    return list.map(({ subject }: Json) => subject).sort();
  };
  const [, [, { created }]] = await call([
    ['Email/set', { accountId, create: { now: draft('Now'), later: draft('Later') } }, '0'],
    [
      'EmailSubmission/set',
      {
        accountId,
        create: {
          now: { identityId: 'default', emailId: '#now' },
          later: { identityId: 'default', emailId: '#later', envelope },
        },
        onSuccessDestroyEmail: ['#now', '#later'],
      },
      '1',
    ],
  ]);
  expect([created.now.undoStatus, created.later.undoStatus]).toEqual(['final', 'pending']);
  await vi.waitFor(async () => expect(await arrived()).toEqual(['Later', 'Now']), { timeout: 25_000, interval: 1_000 });
  const ids = Object.values(created).map((one) => (one as Json).id);
  const [[, { list }]] = await call([['EmailSubmission/get', { accountId, ids, properties: ['undoStatus'] }, '0']]);
  expect(list.map(({ undoStatus }: Json) => undoStatus)).toEqual(['final', 'final']);
  await call([
    ['Email/query', { accountId }, '0'],
    ['Email/set', { accountId, '#destroy': { resultOf: '0', name: 'Email/query', path: '/ids' } }, '1'],
  ]);
});

it('answers for who is away, keeps his scripts, and says that a message was read, for another client', async () => {
  const [alice, bob] = [jam(ALICE), jam(BOB)];
  const [mine, his] = [
    await alice.getPrimaryAccount('urn:ietf:params:jmap:mail'),
    await bob.getPrimaryAccount('urn:ietf:params:jmap:mail'),
  ];
  const subjects = async (client: Json, accountId: string, search: string): Promise<Json[]> => {
    const [{ ids }] = await client.api.Email.query({ accountId, filter: { subject: search } });
    const [{ list }] = await client.api.Email.get({ accountId, ids, properties: ['subject', 'mailboxIds', 'headers'] });
    return list;
  };
  const update = { singleton: { isEnabled: true, subject: 'Away', textBody: 'Back on Monday.' } };
  const vacation = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:vacationresponse'];
  await alice.api.VacationResponse.set({ accountId: mine, update }, { using: vacation });

  const [{ list }] = await bob.api.Mailbox.get({ accountId: his, properties: ['role'] });
  const drafts = list.find(({ role }: Json) => role === 'drafts').id;
  const draft = {
    mailboxIds: { [drafts]: true },
    from: [{ email: BOB }],
    to: [{ email: ALICE }],
    subject: 'Are you there?',
    'header:Disposition-Notification-To:asAddresses': [{ email: BOB }],
  };
  const [{ created }] = await bob.api.Email.set({ accountId: his, create: { d: draft } });
  await bob.api.EmailSubmission.set({
    accountId: his,
    create: { s: { identityId: 'default', emailId: created.d.id } },
  });
  await vi.waitFor(async () => expect(await subjects(bob, his, 'Away')).toHaveLength(1), {
    timeout: 20_000,
    interval: 500,
  });
  const [answer] = await subjects(bob, his, 'Away');
  expect(answer.headers.find(({ name }: Json) => name === 'Auto-Submitted').value).toBe(' auto-replied');
  await alice.api.VacationResponse.set(
    { accountId: mine, update: { singleton: { isEnabled: false } } },
    { using: vacation },
  );

  const [asking] = await subjects(alice, mine, 'Are you there?');
  const disposition = { actionMode: 'manual-action', sendingMode: 'mdn-sent-manually', type: 'displayed' };
  const mdn = [...USING, 'urn:ietf:params:jmap:mdn'];
  const onSuccessUpdateEmail = { '#k': { 'keywords/$mdnsent': true } };
  const send = { k: { forEmailId: asking.id, subject: 'Seen', disposition } };
  const body = {
    using: mdn,
    methodCalls: [['MDN/send', { accountId: mine, identityId: 'default', send, onSuccessUpdateEmail }, '0']],
  };
  const [[, sent]] = JSON.parse(await https(session.apiUrl, body)).methodResponses;
  expect(sent.sent.k.finalRecipient).toBe(`rfc822; ${ALICE}`);
  await vi.waitFor(async () => expect(await subjects(bob, his, 'Seen')).toHaveLength(1), {
    timeout: 20_000,
    interval: 500,
  });
  const [{ list: submissions }] = await bob.api.EmailSubmission.get({ accountId: his });
  expect(submissions).toMatchObject([
    { mdnBlobIds: [expect.any(String)], deliveryStatus: { [ALICE]: { displayed: 'yes' } } },
  ]);

  const sieve = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:blob', 'urn:ietf:params:jmap:sieve'];
  const create = { s: { data: [{ 'data:asText': 'require "fileinto"; fileinto "Archive";' }] } };
  const set = { accountId: mine, create: { a: { name: 'mine', blobId: '#s' } }, onSuccessActivateScript: '#a' };
  const scripts = {
    using: sieve,
    methodCalls: [
      ['Blob/upload', { accountId: mine, create }, '0'],
      ['SieveScript/set', set, '1'],
    ],
  };
  const [, [, made]] = JSON.parse(await https(session.apiUrl, scripts)).methodResponses;
  expect(made.created.a).toMatchObject({ isActive: true });

  for (const [client, accountId] of [
    [alice, mine],
    [bob, his],
  ]) {
    const [{ ids }] = await client.api.Email.query({ accountId });
    await client.api.Email.set({ accountId, destroy: ids });
  }
}, 60_000);

it('pushes a message that comes, gives it, and ends at once with a push open', async () => {
  const accountId = session.primaryAccounts['urn:ietf:params:jmap:mail'];
  const socket = new WebSocket(session.capabilities['urn:ietf:params:jmap:websocket'].url, 'jmap', { headers, ca });
  await once(socket, 'open');
  socket.send(JSON.stringify({ '@type': 'WebSocketPushEnable', dataTypes: ['EmailDelivery'] }));
  const { eventSourceUrl } = JSON.parse(
    await (await fetch(`http://localhost:${system.port('http')}/.well-known/jmap`, { headers })).text(),
  );
  const url = eventSourceUrl.replace('{types}', '*').replace('{closeafter}', 'no').replace('{ping}', '0');
  const stream = (await fetch(url, { headers })).body!.pipeThrough(new TextDecoderStream()).getReader();
  await stream.read();

  const pushed = Promise.all([once(socket, 'message'), stream.read()]);
  const smtp = createTransport({ host: '127.0.0.1', port: system.port('smtp'), ignoreTLS: true });
  await smtp.sendMail({ from: 'a@example.com', to: ALICE, subject: 'Dinner', text: 'At eight.' });
  const [[message], event] = await pushed;
  expect(Object.keys(JSON.parse(String(message)).changed[accountId])).toEqual(['EmailDelivery']);
  expect(event.value).toContain('EmailDelivery');

  const ids = { resultOf: '0', name: 'Email/query', path: '/ids' };
  const properties = ['subject', 'preview', 'blobId'];
  const [, [, { list }]] = await call([
    ['Email/query', { accountId }, '0'],
    ['Email/get', { accountId, '#ids': ids, properties }, '1'],
  ]);
  expect(list).toMatchObject([{ subject: 'Dinner', preview: 'At eight.' }]);
  const download = session.downloadUrl.replace('{accountId}', accountId).replace('{blobId}', list[0].blobId);
  expect(await https(download.replace('{name}', 'm.eml').replace('{type}', 'text/plain'))).toContain('At eight.');

  const closed = once(socket, 'close');
  const { code, ms } = await system.stop();
  expect([code, (await closed)[0], (await stream.read()).done]).toEqual([0, 1001, true]);
  expect(ms).toBeLessThan(5_000);
});
