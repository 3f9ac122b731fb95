import { expect, test } from 'vitest';
import { CORE, MAIL } from '../../../mail/jmap/capabilities.ts';
import { bodyText, type Json, jmapWorld } from '../../support/jmap.ts';

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

test('the examples of RFC 8620 sections 3.3.1 and 3.6.2: each call answers by itself, in order, by its id', async () => {
  const { request } = await jmapWorld();
  const calls = [
    ['method1', { arg1: 'arg1data', arg2: 'arg2data' }, 'c1'],
    ['Core/echo', { arg1: 'arg1data' }, 'c2'],
    ['method3', {}, 'c3'],
  ] as const;
  const unknown = { type: 'unknownMethod', description: expect.any(String) };
  expect(await request(calls)).toEqual([
    ['error', unknown, 'c1'],
    ['Core/echo', { arg1: 'arg1data' }, 'c2'],
    ['error', unknown, 'c3'],
  ]);
});

test('the examples of RFC 8620 section 3.7: what one call answers is another’s argument', async () => {
  const { request, file, call } = await jmapWorld();
  const sinceState = (await call('Email/get', { ids: [] })).state;
  const first = await file('Message-ID: <a@b.test>\r\nFrom: a@b.test\r\nSubject: One\r\n\r\nHi\r\n');
  const second = await file('Message-ID: <c@b.test>\r\nIn-Reply-To: <a@b.test>\r\nSubject: Two\r\n\r\nHi\r\n');
  const accountId = 'alice';
  const from = (resultOf: string, name: string, path: string) => ({ resultOf, name, path });
  const [[, changes], [, { list }]] = (await request([
    ['Email/changes', { accountId, sinceState }, 't0'],
    ['Email/get', { accountId, '#ids': from('t0', 'Email/changes', '/created'), properties: ['subject'] }, 't1'],
  ])) as [[string, { created: string[] }, string], [string, { list: { subject: string }[] }, string]];
  expect(changes.created.sort()).toEqual([first, second].sort());
  expect(list.map(({ subject }) => subject).sort()).toEqual(['One', 'Two']);
  // The conversations of the newest, with all that is in them.
  const answers = await request([
    ['Email/query', { accountId, filter: { subject: 'Two' }, limit: 10 }, '0'],
    ['Email/get', { accountId, '#ids': from('0', 'Email/query', '/ids'), properties: ['threadId'] }, '1'],
    ['Thread/get', { accountId, '#ids': from('1', 'Email/get', '/list/*/threadId') }, '2'],
    ['Email/get', { accountId, '#ids': from('2', 'Thread/get', '/list/*/emailIds'), properties: ['subject'] }, '3'],
    ['Email/get', { accountId, '#ids': from('1', 'Thread/get', '/list') }, '4'],
    ['Email/get', { accountId, ids: [], '#ids': from('0', 'Email/query', '/ids') }, '5'],
  ]);
  expect(answers[3]![1].list.map(({ subject }: { subject: string }) => subject)).toEqual(['One', 'Two']);
  expect(answers[4]!.slice(0, 2)).toMatchObject(['error', { type: 'invalidResultReference' }]);
  expect(answers[5]!.slice(0, 2)).toMatchObject(['error', { type: 'invalidArguments' }]);
});

test('the inbox by its role and what is in it take one request (docs/jmap.md); without the capability the filter is wrong', async () => {
  const { call, request, file } = await jmapWorld();
  await file('Subject: one\r\n\r\nText\r\n');
  const accountId = 'alice';
  const calls = [
    ['Mailbox/query', { accountId, filter: { role: 'inbox' } }, 'i'],
    [
      'Email/query',
      { accountId, filter: { '#inMailbox': { resultOf: 'i', name: 'Mailbox/query', path: '/ids/0' } } },
      'q',
    ],
  ] as const;
  const [[, { ids }], [method, answer]] = (await request(calls)) as unknown as [[string, Json], [string, Json]];
  expect([method, answer.ids]).toEqual(['Email/query', [expect.any(String)]]);
  expect(answer).toEqual(await call('Email/query', { filter: { inMailbox: ids[0] } }));
  const without = await request(calls, { using: [CORE, MAIL] });
  expect(without[1]).toEqual(['error', { type: 'unsupportedFilter', description: expect.any(String) }, 'q']);
});
