import { expect, test } from 'vitest';
import { bodyText, jmapWorld } from '../../support/jmap.ts';

test('a request is answered, by the account that signs in alone', async () => {
  const { request, http } = await jmapWorld();
  // RFC 8620 section 4.1.
  const echo = { hello: true, high: 5 };
  expect(await request([['Core/echo', echo, 'b3ff']])).toEqual([['Core/echo', echo, 'b3ff']]);
  expect((await http('/jmap/api', { body: '{}', user: null })).status).toBe(401);
  expect((await http('/jmap/api', { body: '{}', user: 'mallory' })).status).toBe(401);
});

test('what is no request is refused with a problem that says why (RFC 8620 section 3.6.1)', async () => {
  const { http } = await jmapWorld();
  const headers = { 'content-type': 'application/json' };
  const refused = async (body: string) => {
    const response = await http('/jmap/api', { body, headers });
    expect(response.status).toBe(400);
    return JSON.parse(await bodyText(response)).type;
  };
  expect(await refused('{')).toBe('urn:ietf:params:jmap:error:notJSON');
  expect(await refused('{}')).toBe('urn:ietf:params:jmap:error:notRequest');
  const unknown = JSON.stringify({ using: ['https://example.com/apis/foobar'], methodCalls: [] });
  expect(await refused(unknown)).toBe('urn:ietf:params:jmap:error:unknownCapability');
});
