import { beforeEach, describe, expect, it } from 'vitest';
import type { HttpRequest, HttpResponse } from '../../mail/http.ts';
import { createIdempotency, type Idempotency } from '../../mail/rest/idempotency.ts';
import { type AdminWorld, adminWorld, serveAdmin, TOKEN } from './admin-support.ts';

let world: AdminWorld;
beforeEach(() => {
  world = adminWorld();
});

const KEY = '8e03978e-40d5-43dd-bc93-6894a57f9324';

describe('Idempotency-Key over HTTP', () => {
  it('makes an account once, with one password, and refuses the key for anything else', async () => {
    const server = await serveAdmin(world);
    await world.directory.domains.add('example.test');
    const post = async (address: string, key = KEY, token = TOKEN) => {
      const answer = await fetch(`${server.url}/admin/v1/accounts`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ address }),
      });
      return {
        status: answer.status,
        replayed: answer.headers.get('idempotency-replayed'),
        body: (await answer.json()) as Record<string, string>,
      };
    };
    const first = await post('alice@example.test');
    expect(first).toMatchObject({ status: 201, replayed: null });
    expect(await post('alice@example.test')).toEqual({ ...first, replayed: 'true' });
    expect(await post('bob@example.test')).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(await post('bob@example.test', KEY, `${TOKEN}x`)).toMatchObject({ status: 401 });
    expect(await post('bob@example.test', 'short')).toMatchObject({ status: 400 });
    // A refusal is not kept: the same key may try again.
    const other = `${KEY}2`;
    expect(await post('carol@nowhere.test', other)).toMatchObject({ status: 404 });
    await world.directory.domains.add('nowhere.test');
    expect(await post('carol@nowhere.test', other)).toMatchObject({ status: 201 });
    // What is kept can be read by nobody who has not the key.
    let stored = '';
    const { get } = world.ports.records;
    world.ports.records.get = async (pk, sk) => {
      const item = await get.call(world.ports.records, pk, sk);
      if (pk.startsWith('idempotency/') && item !== undefined) stored += Buffer.from(item.body).toString();
      return item;
    };
    await post('alice@example.test');
    expect(stored).toContain('"sealed"');
    expect(stored).not.toContain(first.body.password);
    await server.close(1_000);
  });
});

describe('Idempotency-Key', () => {
  let idempotency: Idempotency;
  let done: number;
  beforeEach(() => {
    idempotency = createIdempotency({ ...world.ports, clock: world.clock, random: world.deps.random });
    done = 0;
  });

  const request = (body = 'x', headers: Record<string, string> = { 'idempotency-key': KEY }): HttpRequest => ({
    method: 'POST',
    path: '/admin/v1/send',
    query: new URLSearchParams(),
    headers,
    address: '127.0.0.1',
    body: (async function* () {
      yield Buffer.from(body);
    })(),
  });
  const work = async (given: HttpRequest): Promise<HttpResponse> => {
    done++;
    const chunks: Uint8Array[] = [];
    for await (const chunk of given.body) chunks.push(chunk);
    return { status: 202, headers: { 'content-type': 'text/plain' }, body: `${Buffer.concat(chunks)} ${done}` };
  };

  it('says so while the first is being done, and when nobody knows how it ended', async () => {
    let finish = () => {};
    const slow = idempotency.around('a', request(), async (given) => {
      await new Promise<void>((resolve) => (finish = resolve));
      return work(given);
    });
    await expect.poll(() => idempotency.around('a', request(), work).then(({ status }) => status)).toBe(409);
    finish();
    expect((await slow).body).toBe('x 1');
    expect(await idempotency.around('a', request(), work)).toMatchObject({ status: 202, body: 'x 1' });

    const crashed = idempotency.around('b', request(), () => Promise.reject(new Error('the process ended')));
    await expect(crashed).rejects.toThrow('the process ended');
    expect((await idempotency.around('b', request(), work)).body).toContain('not done yet');
    await world.clock.advance(900_000);
    expect((await idempotency.around('b', request(), work)).body).toContain('Nobody knows');
    expect(done).toBe(1);
  });

  it('keeps the keys of callers apart, for a day, and is nothing without a key', async () => {
    await idempotency.around('a', request(), work);
    expect((await idempotency.around('b', request(), work)).body).toBe('x 2');
    expect((await idempotency.around('a', request('x', {}), work)).body).toBe('x 3');
    await world.clock.advance(86_400_000);
    expect((await idempotency.around('a', request('y'), work)).body).toBe('y 4');
  });

  it('says that it was done where the answer was too long to keep', async () => {
    const long = async () => ({ status: 200, headers: {}, body: 'x'.repeat(300_000) });
    await idempotency.around('a', request(), long);
    expect(await idempotency.around('a', request(), long)).toMatchObject({
      status: 409,
      body: expect.stringContaining('too long'),
    });
  });
});
