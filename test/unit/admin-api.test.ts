import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inboundJob } from '../../mail/inbound/job.ts';
import { type AdminWorld, adminWorld, serveAdmin, TOKEN } from './admin-support.ts';

let world: AdminWorld;
let server: Awaited<ReturnType<typeof serveAdmin>>;

beforeEach(async () => {
  world = adminWorld();
  server = await serveAdmin(world);
  await world.directory.domains.add('example.test');
});
afterEach(() => server.close(1_000));

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: text === '' ? undefined : JSON.parse(text),
  };
}

describe('the admin API', () => {
  it('lets nobody in without the token', async () => {
    for (const authorization of ['', 'Bearer', 'Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
      const answer = await call('GET', '/domains', undefined, { authorization });
      expect(answer).toMatchObject({ status: 401, type: 'application/problem+json', body: { status: 401 } });
    }
    expect((await call('GET', '/domains')).status).toBe(200);
  });

  it('describes itself, every route with schemas that resolve', async () => {
    const { status, body } = await call('GET', '/openapi.json', undefined, { authorization: '' });
    expect(status).toBe(200);
    expect(Object.keys(body.paths)).toContain('/admin/v1/accounts/{address}/password');
    expect(body.paths['/admin/v1/accounts'].post).toMatchObject({
      requestBody: { content: { 'application/json': { schema: { required: ['address'] } } } },
      responses: { 201: {}, default: {} },
    });
    const ids = Object.values(body.paths).flatMap((path) =>
      Object.values(path as object).map((each) => each.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says plainly what is wrong with a request', async () => {
    expect(await call('GET', '/nothing')).toMatchObject({ status: 404, body: { code: 'nonexistent' } });
    expect(await call('PATCH', '/domains')).toMatchObject({ status: 405 });
    expect(await call('POST', '/domains', '{')).toMatchObject({
      status: 400,
      body: { detail: 'The body is not JSON.' },
    });
    expect(await call('POST', '/domains', { domain: 'x.test', extra: 1 })).toMatchObject({ status: 400 });
    expect(await call('POST', '/domains', { domain: 'not a domain' })).toMatchObject({ status: 400 });
    expect(await call('POST', '/domains', { domain: 'EXAMPLE.test' })).toMatchObject({ status: 409 });
    expect(await call('GET', '/accounts/%ff')).toMatchObject({ status: 400 });
    expect(await call('GET', '/domains?limit=0')).toMatchObject({ status: 400 });
    expect(await call('POST', '/domains', 'x'.repeat(1_100_000))).toMatchObject({ status: 413 });
    expect((await fetch(`${server.url}/`)).status).toBe(404);
  });

  it('files no more than the quota allows', async () => {
    const body = 'Subject: x\r\n\r\nsome text\r\n';
    const batch = `{"size":${body.length}}\n${body}`;
    const headers = { 'content-type': 'application/vnd.postern.messages' };
    await call('POST', '/accounts', { address: 'alice@example.test', quota: body.length * 2 });
    const file = (messages: string) => call('POST', '/accounts/alice@example.test/messages', messages, headers);
    expect((await file(batch)).status).toBe(201);
    expect(await file(batch + batch)).toMatchObject({ status: 507, body: { code: 'overquota' } });
    expect((await file(batch)).status).toBe(201);
    expect((await file(batch)).status).toBe(507);
    expect((await call('GET', '/accounts/alice@example.test')).body).toMatchObject({ messages: 2 });
  });

  it('makes, lists by pages, changes and removes accounts', async () => {
    const made = await call('POST', '/accounts', { address: 'alice@example.test' });
    expect(made).toMatchObject({ status: 201, body: { address: 'alice@example.test' } });
    expect(made.body.password).toMatch(/^([a-z2-7]{6}-){4}[a-z2-7]{2}$/);
    await world.directory.authenticate('alice@example.test', made.body.password, {
      service: 'imap',
      address: '127.0.0.1',
    });
    await call('POST', '/domains', { domain: 'a.test' });
    for (const address of ['bob@example.test', 'x@a.test', 'y@a.test']) {
      expect(await call('POST', '/accounts', { address, password: 'long enough' })).not.toHaveProperty('body.password');
    }
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const { body } = await call('GET', `/accounts?limit=1${after}`);
      seen.push(...body.items.map((each: { address: string }) => each.address));
      if (body.next === undefined) break;
      after = `&after=${encodeURIComponent(body.next)}`;
    }
    expect(seen).toEqual(['x@a.test', 'y@a.test', 'alice@example.test', 'bob@example.test']);
    expect((await call('GET', '/accounts?domain=a.test')).body.items).toHaveLength(2);
    expect(
      await call('PATCH', '/accounts/bob@example.test', { pop3: 'off', quota: '1G', enabled: false }),
    ).toMatchObject({
      body: { pop3: false, quota: 1024 ** 3, enabled: false },
    });
    expect(await call('GET', '/accounts/bob%40example.test')).toMatchObject({ body: { messages: 0, bytes: 0 } });
    expect((await call('DELETE', '/accounts/bob@example.test')).status).toBe(204);
    expect((await call('GET', '/accounts/bob@example.test')).status).toBe(404);
  });

  it('keeps aliases and settings', async () => {
    await call('POST', '/aliases', { address: '@example.test', targets: ['x@elsewhere.example'] });
    await call('POST', '/aliases', { address: 'a@example.test', targets: ['x@elsewhere.example'] });
    expect((await call('GET', '/aliases?limit=1')).body).toMatchObject({
      items: [{ address: '@example.test' }],
      next: '@example.test',
    });
    expect((await call('GET', '/aliases?limit=1&after=%40example.test')).body.items[0].address).toBe('a@example.test');
    expect((await call('DELETE', '/aliases/%40example.test')).status).toBe(204);
    expect(await call('PUT', '/settings/accounts.pop3?domain=example.test', { value: 'off' })).toMatchObject({
      body: { value: false, from: 'domain' },
    });
    expect(await call('DELETE', '/settings/accounts.pop3?domain=example.test')).toMatchObject({
      body: { from: 'default' },
    });
    expect((await call('GET', '/settings')).body.items.length).toBeGreaterThan(5);
  });

  it('shows and steers the queue, and traces by every id', async () => {
    await world.enqueue('x@elsewhere.example');
    const { body } = await call('GET', '/queue');
    const [entry] = body.items;
    expect(entry).toMatchObject({ from: 'alice@example.test', recipients: [{ address: 'x@elsewhere.example' }] });
    expect(entry.writer).toBeUndefined();
    expect((await call('POST', `/queue/${entry.id}/hold`)).status).toBe(204);
    expect((await call('GET', `/queue/${entry.id}`)).body.state).toBe('held');
    expect((await call('GET', '/status')).body).toMatchObject({ version: '0.1.0', queue: { held: 1 } });
    for (const query of [
      `id=${entry.id}`,
      `id=${entry.job}`,
      'id=%3Cone@example.test%3E',
      'to=X@elsewhere.example',
      'since=1',
    ]) {
      expect((await call('GET', `/trace?${query}`)).body.queue).toHaveLength(1);
    }
    for (const query of ['id=two@example.test', 'from=bob@example.test', 'since=9999999999999']) {
      expect((await call('GET', `/trace?${query}`)).body).toEqual({ messages: [], sent: [], queue: [] });
    }
    expect((await call('GET', '/trace')).status).toBe(400);
    expect((await call('DELETE', `/queue/${entry.id}`)).status).toBe(204);
    expect(await call('POST', `/queue/${entry.id}/retry`)).toMatchObject({ status: 404 });
    await world.enqueue('y@elsewhere.example');
    expect((await call('DELETE', '/queue')).body).toEqual({ removed: 1 });
  });

  it('traces what came in', async () => {
    const now = world.clock.now();
    const filed = {
      id: 'abcdefgh',
      messageId: 'in@elsewhere.example',
      from: 'x@elsewhere.example',
      received: now,
      filed: now,
    };
    const one = { ...filed, recipients: ['bob@example.test'], via: 'mx', size: 9, accounts: ['a1'], relay: [] };
    await world.traces.record([one]);
    for (const query of ['id=abcdefgh', 'id=%3Cin@elsewhere.example%3E', 'to=bob@example.test']) {
      expect((await call('GET', `/trace?${query}`)).body).toEqual({ messages: [one], sent: [], queue: [] });
    }
    expect((await call('GET', '/trace?to=alice@example.test')).body).toEqual({ messages: [], sent: [], queue: [] });
  });

  it('traces what was sent, by the ids of what came in too', async () => {
    const now = world.clock.now();
    const filed = { id: 'abcdefgh', messageId: 'in@example.test', from: 'a@example.test', received: now, filed: now };
    const relay = ['x@elsewhere.example'];
    await world.traces.record([{ ...filed, recipients: relay, via: 'submission', size: 9, accounts: [], relay }]);
    await world.enqueue('x@elsewhere.example');
    const [entry] = (await world.deps.queue.list({})).entries;
    const said = { code: 250, enhanced: '2.0.0', text: 'taken', remote: 'mx[192.0.2.1]', at: now };
    const outcome = { recipient: 'x@elsewhere.example', kind: 'delivered' as const, verdict: said };
    await world.attempts.record({ ...entry!, job: 'abcdefgh', attempts: 1 }, [outcome]);
    const sent = {
      entry: entry!.id,
      job: 'abcdefgh',
      from: 'alice@example.test',
      attempt: 1,
      at: now,
      outcomes: [
        {
          recipient: 'x@elsewhere.example',
          kind: 'delivered',
          code: 250,
          status: '2.0.0',
          text: 'taken',
          remote: 'mx[192.0.2.1]',
        },
      ],
    };
    for (const query of ['id=abcdefgh', 'id=%3Cin@example.test%3E', `id=${entry!.id}`, 'to=x@elsewhere.example']) {
      expect((await call('GET', `/trace?${query}`)).body.sent).toEqual([sent]);
    }
    expect((await call('GET', '/trace?from=bob@example.test')).body.sent).toEqual([]);
  });

  it('sends: header addresses are the default, Bcc goes, what is missing is added', async () => {
    const bob = await world.directory.accounts.add('bob@example.test', 'long enough');
    const send = (query: string, message: string) =>
      call('POST', `/send${query}`, message, { 'content-type': 'message/rfc822' });
    const message =
      'From: Alice <alice@example.test>\nTo: bob@example.test\nBcc: x@elsewhere.example\nSubject: hi\n\nyes\n';
    const sent = await send('', message);
    expect(sent).toMatchObject({ status: 202 });
    const [received] = await world.ports.queues.deliver.receive({ max: 1, visibility: 30, waitSeconds: 0 });
    const job = inboundJob.parse(JSON.parse(received!.body));
    expect(job).toMatchObject({
      id: sent.body.id,
      from: 'alice@example.test',
      deliveries: [{ account: bob.id, recipient: 'bob@example.test' }],
      relay: ['x@elsewhere.example'],
      via: 'local',
    });
    const bytes = Buffer.from(await world.ports.blobs.get(job.blob)).toString();
    expect(bytes).toMatch(
      /^Received: by mail\.example\.test .*\r\n\t.*\r\nDate: .*\r\nMessage-ID: <.*>\r\nFrom: Alice/,
    );
    expect(bytes).toMatch(/Subject: hi\r\n\r\nyes\r\n$/);
    expect(bytes).not.toMatch(/bcc|[^\r]\n/i);
    expect(await send('?to=nobody@example.test', message)).toMatchObject({ status: 404 });
    expect(await send('?from=a@example.test', 'Subject: x\r\n\r\n')).toMatchObject({ status: 400 });
    expect(await send('?to=bob@example.test', 'Date: x\r\n\r\nno sender')).toMatchObject({ status: 202 });
  });

  it('files a batch whole or not at all, and gives messages back as they are', async () => {
    await world.directory.accounts.add('bob@example.test', 'long enough');
    const one = 'Date: Thu, 1 Jan 2015 00:00:00 +0000\r\nSubject: 1\r\n\r\none\r\n';
    const batch = `{"size":${one.length},"flags":["\\\\Seen","$Work"]}\n${one}{"size":4,"date":1000}\nx\n\ny`;
    const post = (body: string) => call('POST', '/accounts/bob@example.test/messages?mailbox=Old/2015', body);
    expect(await post(batch)).toMatchObject({ status: 201, body: { uids: '1:2', count: 2 } });
    for (const bad of ['x', '{"size":9}\nshort', '{"size":1,"flags":["a b"]}\nx', '{"size":-1}\n']) {
      expect(await post(`${batch}${bad}`)).toMatchObject({ status: 400 });
    }
    const { items } = (await call('GET', '/accounts/bob@example.test/mailboxes')).body;
    const old = items.find((each: { name: string }) => each.name === 'Old/2015');
    expect(old).toMatchObject({ messages: 2, unseen: 1 });
    const base = `/accounts/bob@example.test/mailboxes/${old.id}/messages`;
    const page = (await call('GET', `${base}?limit=1`)).body;
    expect(page).toEqual({
      items: [{ uid: 1, size: one.length, date: Date.UTC(2015, 0, 1), flags: ['\\Seen', '$Work'] }],
      next: '1',
    });
    expect((await call('GET', `${base}?after=1`)).body).toEqual({
      items: [{ uid: 2, size: 6, date: 1000, flags: [] }],
    });
    const raw = await fetch(`${server.url}/admin/v1${base}/1`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(raw.headers.get('content-type')).toBe('message/rfc822');
    expect(await raw.text()).toBe(one);
    expect((await call('GET', `${base}/9`)).status).toBe(404);
  });
});
