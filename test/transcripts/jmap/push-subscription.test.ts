/** PushSubscription (RFC 8620 section 7.2), with a push service that notes what it is given. */
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { VAPID } from '../../../mail/jmap/capabilities.ts';
import { stateString } from '../../../mail/jmap/method.ts';
import type { PushServices } from '../../../mail/ports/index.ts';
import { bodyText, type JmapWorld, type Json, jmapWorld, lines, NOBODY } from '../../support/jmap.ts';

const URL = 'https://example.com/push/?device=X8980fc&client=12c6d086';
const MESSAGE = lines('From: a@example.com', 'Subject: News', '', 'Text');
const HOUR_MS = 3_600_000;

type Answer = { readonly status: number; readonly retryAfter?: number };

/** Every post waits until it is answered. */
class Services implements PushServices {
  readonly posts: { readonly url: string; readonly headers: Json; readonly body: Uint8Array }[] = [];
  /** What the next posts are answered with; then 201. */
  readonly answers: (Answer | Error)[] = [];
  #wake: () => void = () => undefined;

  async post(url: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<Answer> {
    this.posts.push({ url, headers, body });
    this.#wake();
    const answer = this.answers.shift() ?? { status: 201 };
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async next(): Promise<(typeof this.posts)[0]> {
    while (this.posts.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.posts.shift()!;
  }

  async message(): Promise<Json> {
    return JSON.parse(Buffer.from((await this.next()).body).toString('utf8'));
  }
}

async function world(): Promise<JmapWorld & { readonly services: Services }> {
  const services = new Services();
  return { ...(await jmapWorld({ pushServices: services })), services };
}

/** These methods take no account. */
async function ask({ request }: JmapWorld, name: string, args: Json, user = 'alice'): Promise<Json> {
  const [[answered, answer]] = (await request([[name, args]], {}, user)) as [[string, Json, string]];
  return answered === 'error' ? { error: answer } : answer;
}

async function subscribe(own: JmapWorld & { readonly services: Services }, more: Json = {}): Promise<string> {
  const create = { a: { deviceClientId: 'a889-ffea-910', url: URL, types: null, ...more } };
  const { created } = await ask(own, 'PushSubscription/set', { create });
  const { verificationCode } = await own.services.message();
  const { id } = created.a;
  const { updated } = await ask(own, 'PushSubscription/set', { update: { [id]: { verificationCode } } });
  expect(updated).toEqual({ [id]: null });
  return id;
}

async function quiet(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

// RFC 8620 section 7.2.3.
test('a subscription is created, verified by what was pushed, and then pushed to', async () => {
  const own = await world();
  const { services } = own;
  const set = (args: Json) => ask(own, 'PushSubscription/set', args);
  const create = { '4f29': { deviceClientId: 'a889-ffea-910', url: URL, types: ['Mailbox', 'Email'] } };
  const { created, notCreated, ...rest } = await set({ create });
  expect([notCreated, rest]).toEqual([null, { updated: null, destroyed: null, notUpdated: null, notDestroyed: null }]);
  const { id, expires } = created['4f29'];
  expect(Date.parse(expires) - own.clock.now()).toBeGreaterThan(48 * HOUR_MS);
  const { url, headers, body } = await services.next();
  const usual = { ttl: '86400', urgency: 'normal', 'content-type': 'application/json' };
  expect([url, headers]).toEqual([URL, { ...usual, authorization: expect.stringMatching(/^vapid /) }]);
  const { verificationCode, ...verification } = JSON.parse(Buffer.from(body).toString());
  expect(verification).toEqual({ '@type': 'PushVerification', pushSubscriptionId: id });

  // Nothing is pushed before.
  await own.file(MESSAGE);
  await quiet();
  expect(services.posts).toEqual([]);
  const { notUpdated } = await set({ update: { [id]: { verificationCode: 'guessed' } } });
  expect(notUpdated[id]).toMatchObject({ type: 'invalidProperties', properties: ['verificationCode'] });
  const shown = { id, deviceClientId: 'a889-ffea-910', expires, types: ['Mailbox', 'Email'] };
  const get = () => ask(own, 'PushSubscription/get', { ids: null });
  expect(await get()).toEqual({ list: [{ ...shown, verificationCode: null }], notFound: [] });

  expect((await set({ update: { [id]: { verificationCode } } })).updated).toEqual({ [id]: null });
  expect(await get()).toEqual({ list: [{ ...shown, verificationCode }], notFound: [] });
  await own.file(MESSAGE);
  const { state } = own.alice;
  expect(await services.message()).toEqual({
    '@type': 'StateChange',
    changed: { alice: { Mailbox: stateString(state, 'Mailbox'), Email: stateString(state, 'Email') } },
  });

  // What changes within a second is told together.
  await own.file(MESSAGE);
  await own.file(MESSAGE);
  await quiet();
  expect(services.posts).toEqual([]);
  await own.clock.skip(1_000);
  expect((await services.message()).changed.alice.Email).toBe(stateString(own.alice.state, 'Email'));

  expect((await set({ destroy: [id] })).destroyed).toEqual([id]);
  await own.clock.skip(1_000);
  await own.file(MESSAGE);
  await quiet();
  expect(services.posts).toEqual([]);
  expect(await get()).toEqual({ list: [], notFound: [] });
});

test('what is pushed can be read with the keys only (RFC 8291)', async () => {
  const own = await world();
  const device = createECDH('prime256v1');
  const p256dh = device.generateKeys('base64url');
  const auth = Buffer.alloc(16, 7);
  const create = { a: { deviceClientId: 'd', url: URL, keys: { p256dh, auth: auth.toString('base64url') } } };
  await ask(own, 'PushSubscription/set', { create });
  const { headers, body } = await own.services.next();
  expect(headers['content-encoding']).toBe('aes128gcm');
  const [salt, sender, sealed] = [body.subarray(0, 16), body.subarray(21, 86), body.subarray(86)];
  const hkdf = (secret: Uint8Array, with_: Uint8Array, info: string | Uint8Array, length: number) =>
    Buffer.from(hkdfSync('sha256', secret, with_, info, length));
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), Buffer.from(p256dh, 'base64url'), sender]);
  const ikm = hkdf(device.computeSecret(sender), auth, info, 32);
  const key = hkdf(ikm, salt, 'Content-Encoding: aes128gcm\0', 16);
  const decipher = createDecipheriv('aes-128-gcm', key, hkdf(ikm, salt, 'Content-Encoding: nonce\0', 12));
  decipher.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  expect(plain.at(-1)).toBe(2);
  expect(JSON.parse(plain.subarray(0, -1).toString())['@type']).toBe('PushVerification');
});

test('a service that does not answer is asked again later, for the newest state', async () => {
  const own = await world();
  const { services, clock } = own;
  await subscribe(own, { types: ['Email'] });
  services.answers.push(new Error('no answer'), { status: 429, retryAfter: 600 });
  await own.file(MESSAGE);
  await services.next();
  await own.file(MESSAGE);
  await clock.skip(29_000);
  expect(services.posts).toEqual([]);
  await clock.skip(1_000);
  await services.next();
  await clock.skip(599_000);
  expect(services.posts).toEqual([]);
  await clock.skip(1_000);
  expect((await services.message()).changed.alice).toEqual({ Email: stateString(own.alice.state, 'Email') });
  await clock.skip(HOUR_MS);
  expect(services.posts).toEqual([]);
});

test('a verification is tried again too', async () => {
  const own = await world();
  own.services.answers.push({ status: 503 });
  await ask(own, 'PushSubscription/set', { create: { a: { deviceClientId: 'd', url: URL } } });
  const first = await own.services.message();
  await own.clock.skip(30_000);
  expect(await own.services.message()).toEqual(first);
});

test.each([404, 410])('a service that answers %i has forgotten the device, and so do we', async (status) => {
  const own = await world();
  await subscribe(own);
  own.services.answers.push({ status });
  await own.file(MESSAGE);
  await own.services.next();
  await quiet();
  expect((await ask(own, 'PushSubscription/get', {})).list).toEqual([]);
});

test('a subscription ends at its time, and may be prolonged before', async () => {
  const own = await world();
  const soon = new Date(own.clock.now() + HOUR_MS).toISOString().replace(/\.\d+/, '');
  const id = await subscribe(own, { expires: soon });
  const { updated } = await ask(own, 'PushSubscription/set', { update: { [id]: { expires: null } } });
  expect(Date.parse(updated[id].expires) - own.clock.now()).toBeGreaterThan(48 * HOUR_MS);
  await ask(own, 'PushSubscription/set', { update: { [id]: { expires: soon } } });
  await own.clock.skip(HOUR_MS);
  await quiet();
  await own.file(MESSAGE);
  await quiet();
  expect(own.services.posts).toEqual([]);
  expect((await ask(own, 'PushSubscription/get', {})).list).toEqual([]);
});

test('a server that starts goes on with the subscriptions that there are; one that stops pushes no more', async () => {
  const own = await world();
  await subscribe(own);
  own.jmap.stop();
  await own.file(MESSAGE);
  await quiet();
  expect(own.services.posts).toEqual([]);
  const { createJmap } = await import('../../../mail/jmap/http.ts');
  const again = createJmap({
    ...own,
    ...own.ports,
    random: { bytes: (length) => new Uint8Array(length), number: () => 0 },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    hostname: 'mail.example.test',
    pushServices: own.services,
    directory: NOBODY,
  });
  await quiet();
  await own.file(MESSAGE);
  expect((await own.services.message())['@type']).toBe('StateChange');
  again.stop();
});

test('a user sees his own subscriptions only, and never where they lead', async () => {
  const own = await world();
  const id = await subscribe(own);
  expect(await ask(own, 'PushSubscription/get', { ids: [id] }, 'bob')).toEqual({ list: [], notFound: [id] });
  const foreign = await ask(own, 'PushSubscription/set', { update: { [id]: {} }, destroy: [id] }, 'bob');
  expect([foreign.notUpdated[id].type, foreign.notDestroyed[id].type]).toEqual(['notFound', 'notFound']);
  for (const property of ['url', 'keys']) {
    const { error } = await ask(own, 'PushSubscription/get', { ids: [id], properties: ['id', property] });
    expect(error.type).toBe('forbidden');
  }
  expect((await ask(own, 'PushSubscription/get', { properties: ['types'] })).list).toEqual([{ id, types: null }]);
  expect((await ask(own, 'PushSubscription/get', { properties: ['colour'] })).error.type).toBe('invalidArguments');
  expect((await ask(own, 'PushSubscription/get', { accountId: 'alice' })).error.type).toBe('invalidArguments');
});

test.each([
  [{ url: 'http://example.com/' }, ['url']],
  [{ url: 'file:///etc/passwd' }, ['url']],
  [{ deviceClientId: '' }, ['deviceClientId']],
  [{ keys: { p256dh: 'AA', auth: 'AA' } }, ['keys']],
  [{ verificationCode: 'x' }, ['verificationCode']],
  [{ expires: 'tomorrow' }, ['expires']],
  [{ expires: '2026-13-45T00:00:00Z' }, ['expires']],
  [{ types: 'Email' }, ['types']],
  [{ id: 'mine', colour: 'red' }, ['id', 'colour']],
])('%j is not created', async (wrong, properties) => {
  const own = await world();
  const create = { a: { deviceClientId: 'd', url: URL, ...wrong } };
  const { notCreated } = await ask(own, 'PushSubscription/set', { create });
  expect(notCreated.a).toMatchObject({ type: 'invalidProperties', properties, description: expect.any(String) });
  expect(own.services.posts).toEqual([]);
});

test('what was created is not led elsewhere, and is limited in number and rate', async () => {
  const own = await world();
  const id = await subscribe(own);
  const { notUpdated } = await ask(own, 'PushSubscription/set', {
    update: { [id]: { url: 'https://other.example/' } },
  });
  expect(notUpdated[id]).toMatchObject({ type: 'invalidProperties', properties: ['url'] });
  const create = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`n${i}`, { deviceClientId: `d${i}`, url: URL }]),
  );
  const many = await ask(own, 'PushSubscription/set', { create });
  expect(Object.keys(many.created)).toHaveLength(19);
  expect(many.notCreated.n19.type).toBe('overQuota');
  await ask(own, 'PushSubscription/set', { destroy: [id] });
  const more = await ask(own, 'PushSubscription/set', { create: { a: { deviceClientId: 'd', url: URL } } });
  expect(more.notCreated.a.type).toBe('rateLimit');
});

test('pushes say who sends them, to services that take none from nobody (RFC 8292, RFC 9749)', async () => {
  const own = await world();
  const session = JSON.parse(await bodyText(await own.http('/.well-known/jmap')));
  const { applicationServerKey } = session.capabilities[VAPID];
  expect(Buffer.from(applicationServerKey, 'base64url')).toHaveLength(65);
  const create = { a: { deviceClientId: 'a889-ffea-910', url: URL, types: null } };
  await ask(own, 'PushSubscription/set', { create });
  const { authorization } = (await own.services.next()).headers;
  const [, token, key] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(authorization)!;
  expect(key).toBe(applicationServerKey);
  const [head, claims, signature] = token!.split('.') as [string, string, string];
  const decoded = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString());
  expect(decoded(head)).toEqual({ typ: 'JWT', alg: 'ES256' });
  const { aud, exp, sub } = decoded(claims);
  expect([aud, sub]).toEqual(['https://example.com', 'mailto:postmaster@mail.example.test']);
  const hours = (exp * 1000 - own.clock.now()) / HOUR_MS;
  expect(hours).toBeGreaterThan(11);
  expect(hours).toBeLessThanOrEqual(24);
  const point = Buffer.from(key!, 'base64url');
  const [x, y] = [1, 33].map((from) => point.subarray(from, from + 32).toString('base64url')) as [string, string];
  const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  const checked = (text: string) =>
    verify(
      'sha256',
      Buffer.from(text),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
  expect([checked(`${head}.${claims}`), checked(`${head}.${claims}x`)]).toEqual([true, false]);
  // Another process of the store is the same sender.
  const other = await jmapWorld({ pushServices: own.services, records: own.ports.records });
  const again = JSON.parse(await bodyText(await other.http('/.well-known/jmap')));
  expect(again.capabilities[VAPID]).toEqual({ applicationServerKey });
  const silent = JSON.parse(await bodyText(await (await jmapWorld()).http('/.well-known/jmap')));
  expect(silent.capabilities).not.toHaveProperty([VAPID]);
  own.jmap.stop();
  other.jmap.stop();
});

test('a server that does not push to devices says so', async () => {
  const own = await jmapWorld();
  expect((await ask(own, 'PushSubscription/set', {})).error.type).toBe('forbidden');
  expect(await ask(own, 'PushSubscription/get', {})).toEqual({ list: [], notFound: [] });
});
