import { expect, it } from 'vitest';
import { behindFront, frontSecret } from '../../mail/front.ts';
import type { HttpRequest } from '../../mail/http.ts';

const SECRET = 's'.repeat(43);
let seen: HttpRequest | undefined;
const handle = behindFront(async (request) => {
  seen = request;
  return { status: 204, headers: {}, body: '' };
}, SECRET);

async function ask(headers: Record<string, string>, address = '192.0.2.1'): Promise<number> {
  seen = undefined;
  const query = new URLSearchParams();
  const body = (async function* () {})();
  return (await handle({ method: 'GET', path: '/x', query, headers, address, body })).status;
}

it.each([
  ['nothing', {}],
  ['a wrong secret', { 'x-postern-front': 't'.repeat(43) }],
  ['a part of the secret', { 'x-postern-front': SECRET.slice(1) }],
])('refuses who comes past the front with %s, whatever else he says', async (_, headers) => {
  expect(await ask({ ...headers, 'x-forwarded-for': '198.51.100.7' })).toBe(403);
  expect(seen).toBeUndefined();
});

it.each([
  ['the client', '198.51.100.7', '198.51.100.7'],
  ['the client and our gateway’s peer', '198.51.100.7, 192.0.2.1', '198.51.100.7'],
  ['what the client says too', '127.0.0.1, 10.0.0.1, 198.51.100.7', '198.51.100.7'],
  ['what the client says, and our gateway’s peer', '127.0.0.1, 198.51.100.7,192.0.2.1', '198.51.100.7'],
  ['an address of IPv6', '2001:db8::7', '2001:db8::7'],
  ['no address', 'unknown', '192.0.2.1'],
  ['nothing', '', '192.0.2.1'],
])('takes the client’s address from the front where its list is %s', async (_, list, address) => {
  expect(await ask({ 'x-postern-front': SECRET, 'x-forwarded-for': list })).toBe(204);
  expect(seen!.address).toBe(address);
});

it('takes the name that was asked from the front, and hands the secret to nobody', async () => {
  await ask({ 'x-postern-front': SECRET, host: 'abc.execute-api.example', 'x-forwarded-host': 'webmail.example.org' });
  expect(seen!.headers).toEqual({ host: 'webmail.example.org', 'x-forwarded-proto': 'https' });
});

it('takes no short secret', () => {
  expect(() => frontSecret('short')).toThrow('shorter than 32');
});
