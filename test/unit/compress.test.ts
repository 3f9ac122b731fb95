import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressed } from '../../mail/compress.ts';
import type { HttpRequest, HttpResponse } from '../../mail/http.ts';

const LONG = 'what is said again and again, '.repeat(100);

function asked(accepted?: string): HttpRequest {
  const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
  const body = (async function* () {})();
  return { method: 'POST', path: '/', query: new URLSearchParams(), headers, address: '192.0.2.1', body };
}

const answer = (body: HttpResponse['body']): HttpResponse => ({ status: 200, headers: { etag: 'x' }, body });

describe('a long answer', () => {
  it.each(['gzip', 'br, gzip', 'deflate, GZIP;q=0.5', 'x-gzip', 'gzip;q=1.0'])(
    'is compressed for %s',
    async (accepted) => {
      const { headers, body } = await compressed(asked(accepted), answer(LONG));
      expect(headers).toEqual({ etag: 'x', vary: 'accept-encoding', 'content-encoding': 'gzip' });
      expect((body as Uint8Array).length).toBeLessThan(LONG.length / 5);
      expect(gunzipSync(body as Uint8Array).toString()).toBe(LONG);
    },
  );

  it.each([undefined, '', 'br', 'identity', 'gzip;q=0', 'gzip; q=0.0', 'notgzip'])(
    'is not for %s',
    async (accepted) => {
      const { headers, body } = await compressed(asked(accepted), answer(LONG));
      expect([headers, body]).toEqual([{ etag: 'x', vary: 'accept-encoding' }, LONG]);
    },
  );
});

it('leaves alone what is short, and what are bytes or a stream', async () => {
  const stream = (async function* () {})();
  for (const body of ['short', new Uint8Array(5_000), stream]) {
    const given = answer(body);
    expect(await compressed(asked('gzip'), given)).toBe(given);
  }
});
