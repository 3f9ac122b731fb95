import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { BLOB } from '../../../mail/jmap/capabilities.ts';
import { bodyText, jmapWorld, lines } from '../../support/jmap.ts';

const FOX = 'The quick brown fox jumped over the lazy dog.';

describe('Blob/upload (RFC 9404 section 4.1)', () => {
  test('the examples', async () => {
    const { call, request } = await jmapWorld();
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQMAAAAl21bKAAAAA1BMVEX/AAAZ4gk3AAAAAXRSTlN/gFy0ywAAAApJREFUeJxjYgAAAAYAAzY3fKgAAAAASUVORK5CYII=',
      'base64',
    );
    const simple = await call('Blob/upload', {
      create: { 1: { data: [{ 'data:asBase64': png.toString('base64') }], type: 'image/png' } },
    });
    expect(simple).toEqual({
      accountId: 'alice',
      created: { 1: { id: expect.stringMatching(/^u/), type: 'image/png', size: png.length } },
      notCreated: null,
    });
    const [, , got] = await request([
      ['Blob/upload', { accountId: 'alice', create: { b4: { data: [{ 'data:asText': FOX }] } } }, 'S4'],
      [
        'Blob/upload',
        {
          accountId: 'alice',
          create: {
            cat: {
              data: [
                { 'data:asText': 'How' },
                { blobId: '#b4', length: 7, offset: 3 },
                { 'data:asText': 'was t' },
                { blobId: '#b4', length: 1, offset: 1 },
                { 'data:asBase64': 'YXQ/' },
              ],
            },
          },
        },
        'CAT',
      ],
      ['Blob/get', { accountId: 'alice', properties: ['data:asText', 'size'], ids: ['#cat'] }, 'G4'],
    ]);
    expect(got![1].list).toEqual([{ id: expect.any(String), 'data:asText': 'How quick was that?', size: 19 }]);
  });

  test('refuses one blob and makes the others', async () => {
    const { call } = await jmapWorld();
    const { created, notCreated } = await call('Blob/upload', {
      create: {
        good: { data: [{ 'data:asText': 'ü' }] },
        empty: { data: [] },
        base64: { data: [{ 'data:asBase64': 'YX' }] },
        both: { data: [{ 'data:asText': 'a', 'data:asBase64': 'YQ==' }] },
        type: { data: [], type: 'png' },
        none: { data: [{ blobId: 'uaaaaaaaaaaaaaaaaaaaa' }] },
        range: { data: [{ blobId: '#good', offset: 1, length: 2 }] },
        many: { data: Array.from({ length: 65 }, () => ({ 'data:asText': '' })) },
        extra: { data: [], name: 'x' },
      },
    });
    expect(Object.keys(created)).toEqual(['good', 'empty']);
    expect(created.good.size).toBe(2);
    expect(Object.entries<{ type: string }>(notCreated).map(([name, { type }]) => [name, type])).toEqual([
      ['base64', 'invalidProperties'],
      ['both', 'invalidProperties'],
      ['type', 'invalidProperties'],
      ['none', 'blobNotFound'],
      ['range', 'invalidProperties'],
      ['many', 'tooLarge'],
      ['extra', 'invalidProperties'],
    ]);
  });
});

test('what is announced (RFC 9404 section 3.1)', async () => {
  const { http } = await jmapWorld();
  const session = JSON.parse(await bodyText(await http('/.well-known/jmap')));
  expect(session.capabilities[BLOB]).toEqual({});
  expect(session.accounts.alice.accountCapabilities[BLOB]).toEqual({
    maxSizeBlobSet: 50 * 1024 * 1024,
    maxDataSources: 64,
    supportedTypeNames: ['Mailbox', 'Thread', 'Email', 'SieveScript'],
    supportedDigestAlgorithms: ['sha-256', 'sha-512', 'sha'],
  });
});

describe('Blob/get (RFC 9404 section 4.2)', () => {
  test('the examples', async () => {
    const { request, call } = await jmapWorld();
    const { created } = await call('Blob/upload', { create: { fox: { data: [{ 'data:asText': FOX }] } } });
    const ids = [created.fox.id, 'not-a-blob'];
    const digest = (algorithm: string, from: number, to: number) =>
      createHash(algorithm).update(FOX.slice(from, to)).digest('base64');
    const answers = await request([
      ['Blob/get', { accountId: 'alice', ids, properties: ['data:asText', 'digest:sha', 'size'] }, 'R1'],
      [
        'Blob/get',
        {
          accountId: 'alice',
          ids,
          properties: ['data:asText', 'digest:sha', 'digest:sha-256', 'size'],
          offset: 4,
          length: 9,
        },
        'R2',
      ],
      ['Blob/get', { accountId: 'alice', ids: [ids[0]] }, 'R3'],
    ]);
    const [whole, part, sha] = answers.map(([, answer]) => answer);
    expect(whole).toEqual({
      accountId: 'alice',
      list: [{ id: ids[0], 'data:asText': FOX, 'digest:sha': 'wIVPufsDxBzOOALLDSIFKebu+U4=', size: 45 }],
      notFound: ['not-a-blob'],
    });
    expect(part).toMatchObject({
      list: [
        {
          id: ids[0],
          'data:asText': 'quick bro',
          'digest:sha': 'QiRAPtfyX8K6tm1iOAtZ87Xj3Ww=',
          'digest:sha-256': digest('sha256', 4, 13),
          size: 45,
        },
      ],
    });
    expect(sha).toMatchObject({ list: [{ id: ids[0], 'data:asText': FOX, size: 45 }] });
  });

  test('of bytes that are no text, and of ranges behind the end', async () => {
    const { call } = await jmapWorld();
    const { created } = await call('Blob/upload', { create: { b: { data: [{ 'data:asBase64': '/wBB' }] } } });
    const get = async (more: object) => (await call('Blob/get', { ids: [created.b.id], ...more })).list[0];
    const { id } = created.b;
    expect(await get({})).toEqual({ id, size: 3, 'data:asBase64': '/wBB', isEncodingProblem: true });
    expect(await get({ properties: ['data:asText'] })).toEqual({ id, 'data:asText': null, isEncodingProblem: true });
    expect(await get({ properties: ['data:asBase64'], offset: 2, length: 5 })).toEqual({
      id,
      'data:asBase64': 'QQ==',
      isTruncated: true,
    });
    expect(await get({ properties: ['data'], offset: 9 })).toEqual({ id, 'data:asText': '', isTruncated: true });
    expect(await get({ properties: ['data'], offset: 2 })).toEqual({ id, 'data:asText': 'A' });
  });

  test('refuses what it does not know', async () => {
    const { failing } = await jmapWorld();
    for (const more of [{ properties: ['digest:md4'] }, { properties: ['name'] }, { offset: -1 }, { id: 'x' }]) {
      expect((await failing('Blob/get', { ids: [], ...more })).type).toBe('invalidArguments');
    }
  });
});

test('Blob/lookup finds what has a blob in it (RFC 9404 section 4.3)', async () => {
  const { call, failing, file, mailbox } = await jmapWorld();
  const email = await file(lines('Subject: x', '', 'Hello'), { mailboxes: ['INBOX', 'Archive'] });
  const { created } = await call('Blob/upload', { create: { b: { data: [] } } });
  const { list } = await call('Email/get', { ids: [email], properties: ['blobId', 'threadId', 'textBody'] });
  const { blobId, threadId, textBody } = list[0];
  const matchedIds = { Mailbox: [mailbox('INBOX'), mailbox('Archive')], Thread: [threadId], Email: [email] };
  const ids = [blobId, textBody[0].blobId, created.b.id, 'not-a-blob'];
  expect(await call('Blob/lookup', { typeNames: ['Mailbox', 'Thread', 'Email'], ids })).toEqual({
    accountId: 'alice',
    list: [
      { id: blobId, matchedIds },
      { id: textBody[0].blobId, matchedIds },
      { id: created.b.id, matchedIds: { Mailbox: [], Thread: [], Email: [] } },
    ],
    notFound: ['not-a-blob'],
  });
  expect((await failing('Blob/lookup', { typeNames: ['CalendarEvent'], ids: [] })).type).toBe('unknownDataType');
});

test('Blob/copy (RFC 8620 section 6.3)', async () => {
  const { call, failing } = await jmapWorld();
  const { created } = await call('Blob/upload', { create: { b: { data: [{ 'data:asText': 'x' }] } } });
  const blobIds = [created.b.id, 'u123', '__proto__'];
  const { notCopied, ...answer } = await call('Blob/copy', { fromAccountId: 'alice', blobIds });
  expect(answer).toEqual({ fromAccountId: 'alice', accountId: 'alice', copied: { [created.b.id]: created.b.id } });
  expect(Object.keys(notCopied)).toEqual(['u123', '__proto__']);
  expect(notCopied.u123).toEqual({ type: 'notFound', description: expect.any(String) });
  expect((await failing('Blob/copy', { fromAccountId: 'bob', blobIds })).type).toBe('fromAccountNotFound');
  expect((await failing('Blob/copy', { fromAccountId: 'alice', accountId: 'bob', blobIds })).type).toBe(
    'accountNotFound',
  );
});
