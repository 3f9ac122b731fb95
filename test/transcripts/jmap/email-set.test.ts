import { beforeEach, describe, expect, test } from 'vitest';
import { UidSet } from '../../../mail/account/uidset.ts';
import { MAIL } from '../../../mail/jmap/capabilities.ts';
import { bodyBytes, bodyText, type JmapWorld, type Json, jmapWorld, lines } from '../../support/jmap.ts';
import { signedIn } from '../../support/signed-in.ts';

let world: JmapWorld;
let inbox: string;
let drafts: string;
let trash: string;

beforeEach(async () => {
  world = await jmapWorld();
  inbox = world.mailbox('INBOX');
  drafts = world.mailbox('Drafts');
  trash = world.mailbox('Trash');
});

async function create(properties: Record<string, unknown>): Promise<Json> {
  const answer = await world.call('Email/set', { create: { k: { mailboxIds: { [drafts]: true }, ...properties } } });
  return answer.created.k ?? answer.notCreated.k;
}

async function get(id: string, properties?: readonly string[], more = {}): Promise<Json> {
  const { list } = await world.call('Email/get', { ids: [id], properties, ...more });
  return list[0];
}

async function source(id: string): Promise<string> {
  const { blobId } = await get(id, ['blobId']);
  const [, answer] = (
    await world.request([['Blob/get', { accountId: 'alice', ids: [blobId], properties: ['data:asText'] }]])
  )[0]!;
  return answer.list[0]['data:asText'];
}

async function upload(data: string, type: string): Promise<string> {
  const { created } = await world.call('Blob/upload', { create: { b: { data: [{ 'data:asText': data }], type } } });
  return created.b.id;
}

describe('creating an email (RFC 8621 section 4.6)', () => {
  test('a draft, as the example has it', async () => {
    const made = await create({
      keywords: { $seen: true, $draft: true },
      from: [{ name: 'Joe Bloggs', email: 'joe@example.com' }],
      subject: 'World domination',
      receivedAt: '2018-07-10T01:03:11Z',
      sentAt: '2018-07-10T11:03:11+10:00',
      bodyStructure: {
        type: 'multipart/alternative',
        subParts: [
          { partId: 'bd48', type: 'text/plain' },
          { partId: 'bd49', type: 'text/html' },
        ],
      },
      bodyValues: {
        bd48: { value: 'I have the most brilliant plan.  Let me tell you all about it.', isTruncated: false },
        bd49: { value: '<!DOCTYPE html><html><body><p>I have the most brilliant plan.</p></body></html>' },
      },
    });
    expect(Object.keys(made).sort()).toEqual(['blobId', 'id', 'size', 'threadId']);
    const email = await get(made.id, undefined, { fetchTextBodyValues: true });
    expect(email).toMatchObject({
      id: made.id,
      blobId: made.blobId,
      threadId: made.threadId,
      size: made.size,
      mailboxIds: { [drafts]: true },
      keywords: { $seen: true, $draft: true },
      from: [{ name: 'Joe Bloggs', email: 'joe@example.com' }],
      subject: 'World domination',
      receivedAt: '2018-07-10T01:03:11Z',
      sentAt: '2018-07-10T11:03:11+10:00',
      hasAttachment: false,
      messageId: [expect.stringMatching(/^[a-z2-7]{24}@mail\.example\.test$/)],
    });
    expect(email.textBody).toMatchObject([{ type: 'text/plain' }]);
    expect(email.htmlBody).toMatchObject([{ type: 'text/html' }]);
    const text = Object.values<Json>(email.bodyValues)[0];
    expect(text.value).toBe('I have the most brilliant plan.  Let me tell you all about it.');
    expect(await source(made.id)).toMatch(/^From: Joe Bloggs <joe@example\.com>\r\nSubject: World domination\r\n/);
  });

  test('every form of a header field comes back as it was given', async () => {
    const long = 'Ein sehr langer Betreff mit Umlauten: äöüß und noch viel mehr Wörtern, damit er gefaltet werden muss';
    const given = {
      'header:Subject:asText': long,
      'header:X-Raw': ' as it  stands,\r\n folded',
      'header:X-Many:asText:all': ['one', 'two'],
      'header:X-Dates:asDate': '2020-02-29T23:59:58-05:30',
      'header:List-Post:asURLs': ['mailto:list@example.com', 'https://example.com/post'],
      'header:To:asGroupedAddresses': [
        {
          name: 'Team, A',
          addresses: [
            { name: 'Zoë "Z" Ó', email: 'zoe@example.com' },
            { name: null, email: 'b@example.com' },
          ],
        },
        { name: null, addresses: [{ name: 'last (really)', email: 'c@example.com' }] },
      ],
      cc: [{ name: 'A name that is in need of encoding: ünïcödé, and rather long too', email: 'd@example.com' }],
      bcc: [{ name: null, email: 'secret@example.com' }],
      replyTo: [{ name: 'Re: ply', email: 'r@example.com' }],
      sender: [{ name: null, email: 's@example.com' }],
      messageId: ['one@example.com'],
      inReplyTo: ['two@example.com', 'three@example.com'],
      references: Array.from({ length: 12 }, (_, i) => `reference-number-${i}@example.com`),
    };
    const { id } = await create(given);
    expect(await get(id, Object.keys(given))).toEqual({ id, ...given });
    const text = await source(id);
    for (const line of text.split('\r\n')) expect(line.length).toBeLessThan(100);
    expect(text.match(/^Message-ID:/gim)).toHaveLength(1);
    expect(text).toMatch(/^Date: /m);
  });

  test('text, HTML with its picture, and attachments', async () => {
    const picture = await upload('not really a picture', 'image/png');
    const file = await upload('a,b\r\n1,2\r\n', 'text/csv');
    const mail = await upload(lines('Subject: inner', '', 'inner'), 'message/rfc822');
    const { id } = await create({
      textBody: [{ partId: 't' }],
      htmlBody: [{ partId: 'h', type: 'text/html' }],
      attachments: [
        { blobId: picture, type: 'image/png', cid: 'pic@example.com', disposition: 'inline' },
        { blobId: file, type: 'text/csv', charset: 'us-ascii', name: 'Zahlen für 2026.csv', language: ['de'] },
        { blobId: mail, type: 'message/rfc822', 'header:Content-Description:asText': 'the mail' },
      ],
      bodyValues: { t: { value: 'Grüße\nFrom here\n' }, h: { value: '<img src="cid:pic@example.com">' } },
    });
    const email = await get(id, ['bodyStructure', 'bodyValues', 'hasAttachment'], {
      bodyProperties: ['type', 'subParts', 'name', 'disposition', 'cid', 'charset', 'language', 'blobId', 'size'],
      fetchAllBodyValues: true,
    });
    expect(email.hasAttachment).toBe(true);
    const [alternative, csv, rfc822] = email.bodyStructure.subParts;
    expect(email.bodyStructure.type).toBe('multipart/mixed');
    expect(alternative.type).toBe('multipart/alternative');
    expect(alternative.subParts[0]).toMatchObject({ type: 'text/plain', charset: 'utf-8' });
    expect(alternative.subParts[1]).toMatchObject({
      type: 'multipart/related',
      subParts: [{ type: 'text/html' }, { type: 'image/png', cid: 'pic@example.com', disposition: 'inline', size: 20 }],
    });
    expect(csv).toMatchObject({
      type: 'text/csv',
      name: 'Zahlen für 2026.csv',
      disposition: 'attachment',
      language: ['de'],
      charset: 'us-ascii',
      size: 10,
    });
    expect(rfc822).toMatchObject({ type: 'message/rfc822' });
    const values = Object.values<Json>(email.bodyValues).map(({ value }) => value);
    expect(values).toContain('Grüße\nFrom here\n');
    expect(await source(id)).toMatch(/Content-Description: the mail\r\n/);
  });

  test('a body that nothing can be mistaken for', async () => {
    const value = ['--=_x', '.', 'From me', ' trailing ', '', 'x'.repeat(2000), '日本語'.repeat(40), '\tend'].join(
      '\n',
    );
    for (const one of [value, '日本語\n'.repeat(50), 'plain', '', '=20=\n', 'a\nFrom b\n']) {
      const { id } = await create({ textBody: [{ partId: '1' }], bodyValues: { 1: { value: one } } });
      const { bodyValues } = await get(id, ['bodyValues', 'textBody'], { fetchAllBodyValues: true });
      expect(Object.values<Json>(bodyValues)[0].value).toBe(one);
      for (const line of (await source(id)).split('\r\n')) {
        expect(line.length).toBeLessThan(79);
        expect(line).not.toMatch(/^From /);
      }
    }
  });

  test('the time is written as RFC 5322 section 3.3 has it', async () => {
    for (const [sentAt, written] of [
      ['2020-02-03T04:05:06Z', 'Mon, 3 Feb 2020 04:05:06 +0000'],
      ['2020-01-01T00:30:00+02:00', 'Wed, 1 Jan 2020 00:30:00 +0200'],
    ] as const) {
      const { id } = await create({ sentAt });
      expect(await source(id)).toContain(`Date: ${written}\r\n`);
      expect((await get(id, ['sentAt'])).sentAt).toBe(sentAt);
    }
  });

  test('an email with nothing but its mailbox', async () => {
    const { id } = await create({});
    expect(await get(id, ['subject', 'from', 'textBody'])).toMatchObject({ subject: null, from: null });
  });

  const text = (more: Record<string, unknown> = {}) => ({
    textBody: [{ partId: '1', ...more }],
    bodyValues: { 1: { value: 'x' } },
  });

  test.each<[string, Record<string, unknown>, readonly string[]]>([
    ['headers', { headers: [] }, ['headers']],
    ['what the server sets', { size: 3, id: 'e1' }, ['size', 'id']],
    ['a field given twice', { subject: 'a', 'header:SUBJECT:asText': 'b' }, ['header:SUBJECT:asText']],
    ['a field of content', { 'header:Content-Language': ' en' }, ['header:Content-Language']],
    ['a form that the field may not have', { 'header:From:asDate': '2020-01-01T00:00:00Z' }, ['header:From:asDate']],
    ['a line end in a subject', { subject: 'a\r\nBcc: x@example.com' }, ['subject']],
    ['a line end in a raw value', { 'header:X-A': ' a\r\nBcc: x@example.com' }, ['header:X-A']],
    ['a line end in a name', { to: [{ name: 'a\n', email: 'x@example.com' }] }, ['to']],
    ['brackets in an address', { to: [{ email: 'x>, <y@example.com' }] }, ['to']],
    ['an address that is none', { from: 'joe@example.com' }, ['from']],
    ['a date that there is not', { sentAt: '2020-13-45T00:00:00Z' }, ['sentAt']],
    ['structure and text', { bodyStructure: { type: 'text/plain', partId: '1' }, ...text() }, ['textBody']],
    ['two texts', { textBody: [{ partId: '1' }, { partId: '1' }], bodyValues: { 1: { value: '' } } }, ['textBody']],
    ['a text that is HTML', text({ type: 'text/html' }), ['textBody/0/type']],
    ['a charset for a text', text({ charset: 'utf-8' }), ['textBody/0/charset']],
    ['a size for a text', text({ size: 3 }), ['textBody/0/size']],
    [
      'an encoding',
      text({ 'header:Content-Transfer-Encoding': ' 8bit' }),
      ['textBody/0/header:Content-Transfer-Encoding'],
    ],
    ['text and blob', text({ blobId: 'm1' }), ['textBody/0']],
    ['neither of them', { textBody: [{}] }, ['textBody/0']],
    ['a value that is not there', { textBody: [{ partId: '2' }], bodyValues: {} }, ['textBody/0/partId']],
    ['a value cut short', { ...text(), bodyValues: { 1: { value: 'x', isTruncated: true } } }, ['bodyValues/1']],
    ['a part within a leaf', { bodyStructure: { type: 'text/plain', subParts: [] } }, ['bodyStructure/subParts']],
    [
      'a field in part and email',
      { subject: 'a', bodyStructure: { partId: '1', 'header:Subject': ' b' }, bodyValues: { 1: { value: '' } } },
      ['bodyStructure'],
    ],
    ['a part of many levels', { bodyStructure: nested(30) }, [`bodyStructure${'/subParts/0'.repeat(20)}`]],
    ['no mailbox', { mailboxIds: {} }, ['mailboxIds']],
    ['a mailbox that is not there', { mailboxIds: { m0: true } }, ['mailboxIds']],
    ['a mailbox that is false', { mailboxIds: { m0: false } }, ['mailboxIds']],
    ['a keyword that is none', { keywords: { 'a b': true } }, ['keywords']],
    ['a keyword that is false', { keywords: { $seen: false } }, ['keywords']],
    ['a time that is none', { receivedAt: 'today' }, ['receivedAt']],
  ])('refuses %s', async (_what, properties, named) => {
    const before = world.alice.state.emails;
    expect(await create(properties)).toMatchObject({ type: 'invalidProperties', properties: named });
    expect(world.alice.state.emails).toBe(before);
  });

  test('names every blob that is not there', async () => {
    const attachments = ['m99', 'u'.padEnd(21, 'a'), 'raw/secret'].map((blobId) => ({ blobId }));
    const error = await create({ attachments });
    expect(error).toMatchObject({ type: 'blobNotFound', notFound: attachments.map(({ blobId }) => blobId) });
  });

  test('an attachment larger than what is held in memory, and a message that becomes too large', async () => {
    const bytes = Buffer.from(Array.from({ length: 700_001 }, (_, i) => (i * 31 + (i >> 8)) & 0xff));
    const response = await world.http('/jmap/upload/alice/', { body: bytes, headers: { 'content-type': 'image/png' } });
    const { blobId } = JSON.parse(await bodyText(response));
    const { id, size } = await create({ attachments: [{ blobId }] });
    expect(size).toBeGreaterThan(bytes.length * 1.33);
    const { attachments } = await get(id, ['attachments']);
    expect(attachments).toMatchObject([{ type: 'image/png', size: bytes.length, disposition: 'attachment' }]);
    const back = await world.http(`/jmap/download/alice/${attachments[0].blobId}/x?accept=image/png`);
    expect(Buffer.compare(await bodyBytes(back), bytes)).toBe(0);
    const large = Array.from({ length: 42 }, () => ({ blobId }));
    expect(await create({ attachments: large })).toMatchObject({ type: 'tooLarge' });
    const stored: unknown[] = [];
    for await (const info of world.ports.blobs.list('raw')) stored.push(info);
    expect(stored).toMatchObject([{ owners: 1, size }]);
  });

  test('its limits are announced (RFC 8621 section 1.3.1)', async () => {
    const session = JSON.parse(await bodyText(await world.http('/.well-known/jmap')));
    expect(session.capabilities['urn:ietf:params:jmap:mail']).toEqual({});
    expect(session.accounts.alice.accountCapabilities['urn:ietf:params:jmap:mail']).toMatchObject({
      maxMailboxesPerEmail: null,
      maxSizeMailboxName: 255,
      maxSizeAttachmentsPerEmail: 28 * 1024 * 1024,
      emailQuerySortOptions: expect.arrayContaining(['receivedAt', 'subject', 'hasKeyword']),
      mayCreateTopLevelMailbox: true,
    });
  });

  test('counts keywords, and quota', async () => {
    const keywords = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, true]));
    expect(await create({ keywords })).toMatchObject({ type: 'tooManyKeywords' });
    const poor = await jmapWorld({
      directory: {
        account: async () => undefined,
        authenticate: async () =>
          signedIn({
            id: 'alice',
            address: 'alice@example.test',
            tenant: 't1',
            enabled: true,
            imap: true,
            pop3: true,
            quota: 50,
          }),
      },
    });
    const answer = await poor.call('Email/set', { create: { k: { mailboxIds: { [poor.mailbox('Drafts')]: true } } } });
    expect(answer.notCreated.k.type).toBe('overQuota');
  });
});

function nested(levels: number): Record<string, unknown> {
  return levels === 0 ? { partId: '1' } : { type: 'multipart/mixed', subParts: [nested(levels - 1)] };
}

test('a message has as many bytes as the setting says, however it comes', async () => {
  const small = await jmapWorld({ maxMessage: async () => 1_000 });
  const session = JSON.parse(await bodyText(await small.http('/.well-known/jmap')));
  expect(session.accounts.alice.accountCapabilities[MAIL].maxSizeAttachmentsPerEmail).toBe(700);
  const mailboxIds = { [small.mailbox('INBOX')]: true };
  const text = { bodyValues: { b: { value: 'x'.repeat(1_000) } }, textBody: [{ partId: 'b' }] };
  const made = await small.call('Email/set', { create: { k: { mailboxIds, subject: 'large', ...text } } });
  expect(made.notCreated.k).toMatchObject({ type: 'tooLarge', description: 'A message has at most 1000 bytes' });
  const data = [{ 'data:asText': `Subject: large\r\n\r\n${'x'.repeat(1_000)}` }];
  const { created } = await small.call('Blob/upload', { create: { b: { data } } });
  const imported = await small.call('Email/import', { emails: { k: { blobId: created.b.id, mailboxIds } } });
  expect(imported.notCreated.k).toMatchObject({ type: 'tooLarge' });
});

describe('changing emails', () => {
  let id: string;

  beforeEach(async () => {
    id = await world.file(lines('Subject: a', '', 'x'), { mailboxes: ['INBOX', 'Archive'], flags: ['\\Seen', 'Work'] });
  });

  const update = async (patch: Record<string, unknown>) => {
    const { updated, notUpdated } = await world.call('Email/set', { update: { [id]: patch } });
    return updated[id] === null ? await get(id, ['mailboxIds', 'keywords']) : notUpdated[id];
  };

  test('keywords, whole and in part, on every placement (design: rule 7)', async () => {
    expect(await update({ 'keywords/$Flagged': true })).toMatchObject({
      keywords: { $seen: true, work: true, $flagged: true },
    });
    expect(await update({ 'keywords/$seen': null })).toMatchObject({ keywords: { work: true, $flagged: true } });
    for (const name of ['INBOX', 'Archive']) {
      expect(world.alice.state.rows(world.mailbox(name)).flags(0).list).toEqual(['\\Flagged', 'Work']);
    }
    expect(await update({ keywords: { $answered: true } })).toMatchObject({ keywords: { $answered: true } });
    expect(await update({ keywords: null })).toMatchObject({ keywords: {} });
  });

  test('mailboxes, whole and in part; the email stays what it is', async () => {
    expect(await update({ [`mailboxIds/${trash}`]: true, [`mailboxIds/${inbox}`]: null })).toMatchObject({
      mailboxIds: { [world.mailbox('Archive')]: true, [trash]: true },
      keywords: { $seen: true, work: true },
    });
    expect(await update({ mailboxIds: { [drafts]: true } })).toMatchObject({ mailboxIds: { [drafts]: true } });
    expect(world.alice.state.emails).toBe(1);
    expect(world.alice.state.mailboxes.get(drafts)!.messages).toBe(1);
    expect(world.alice.state.mailboxes.get(trash)!.messages).toBe(0);
  });

  test('what IMAP has marked as deleted is not to be seen (RFC 8621 section 4.1.1)', async () => {
    const archive = world.mailbox('Archive');
    const mark = (mode: 'add' | 'remove', ...mailboxes: readonly string[]) =>
      world.alice.write((draft) => {
        for (const one of mailboxes) draft.store(one, UidSet.range(1, 9), mode, ['\\Deleted']);
      });
    const query = async () => (await world.call('Email/query', { filter: { inMailbox: inbox } })).ids;
    const total = async () => (await world.call('Mailbox/get', { ids: [inbox] })).list[0].totalEmails;
    expect([await query(), await total()]).toEqual([[id], 1]);
    const { state } = await world.call('Email/get', { ids: [] });
    await mark('add', inbox);
    expect([await query(), await total()]).toEqual([[], 0]);
    expect(await get(id, ['mailboxIds', 'keywords'])).toMatchObject({ mailboxIds: { [archive]: true } });
    // It is put in there anew; the one that waits to be expunged stays so.
    expect(await update({ [`mailboxIds/${inbox}`]: true })).toMatchObject({
      mailboxIds: { [archive]: true, [inbox]: true },
    });
    expect([await query(), await total()]).toEqual([[id], 1]);
    await mark('add', inbox, archive);
    expect((await world.call('Email/get', { ids: null })).list).toEqual([]);
    expect((await world.call('Email/query', {})).ids).toEqual([]);
    expect(await world.call('Email/changes', { sinceState: state })).toMatchObject({ updated: [], destroyed: [id] });
    expect((await update({ 'keywords/a': true })).type).toBe('notFound');
    expect((await world.call('Email/set', { destroy: [id] })).notDestroyed[id].type).toBe('notFound');
    await mark('remove', archive);
    expect((await world.call('Email/query', {})).ids).toEqual([id]);
  });

  test('many alike are one operation each mailbox, all of them one entry', async () => {
    const ids = [id];
    for (let i = 0; i < 20; i++) ids.push(await world.file(lines(`Subject: ${i}`, '', 'x')));
    const { seq } = world.alice.state;
    const patch = { mailboxIds: { [trash]: true }, 'keywords/$seen': true };
    const answer = await world.call('Email/set', { update: Object.fromEntries(ids.map((one) => [one, patch])) });
    expect(Object.keys(answer.updated)).toEqual(ids);
    expect(world.alice.state.seq).toBe(seq + 1);
    expect(world.alice.state.mailboxes.get(trash)).toMatchObject({ messages: 21, unseen: 0 });
    const destroyed = await world.call('Email/set', { destroy: [...ids, 'e1', 'nonsense'] });
    expect(destroyed.destroyed).toEqual(ids);
    expect(Object.keys(destroyed.notDestroyed)).toEqual(['e1', 'nonsense']);
    expect(destroyed.notDestroyed.e1.type).toBe('notFound');
    expect(world.alice.state).toMatchObject({ seq: seq + 2, emails: 0 });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['another subject', { subject: 'b' }, 'invalidProperties'],
    ['another size', { size: 1 }, 'invalidProperties'],
    ['no mailbox', { mailboxIds: {} }, 'invalidProperties'],
    ['no mailboxes', { mailboxIds: null }, 'invalidProperties'],
    ['a mailbox that is not there', { 'mailboxIds/m0': true }, 'invalidProperties'],
    ['a keyword that is none', { 'keywords/a b': true }, 'invalidProperties'],
    ['a keyword within a keyword', { 'keywords/a/b': true }, 'invalidPatch'],
    ['a whole and a part', { keywords: {}, 'keywords/a': true }, 'invalidPatch'],
  ])('refuses %s', async (_what, patch, type) => {
    const before = world.alice.state.seq;
    expect((await update(patch)).type).toBe(type);
    expect(world.alice.state.seq).toBe(before);
  });

  test('takes what is as it is', async () => {
    const { threadId, size } = await get(id, ['threadId', 'size']);
    expect(await update({ id, threadId, size, 'keywords/$seen': true })).toMatchObject({
      keywords: { $seen: true, work: true },
    });
  });

  test('says what state it began and ended with, and refuses another', async () => {
    const { state } = await world.call('Email/get', { ids: [] });
    const args = { ifInState: state, update: { [id]: { 'keywords/a': true } } };
    const { oldState, newState } = await world.call('Email/set', args);
    expect(oldState).toBe(state);
    expect((await world.call('Email/get', { ids: [] })).state).toBe(newState);
    expect((await world.failing('Email/set', args)).type).toBe('stateMismatch');
    const changes = await world.call('Email/changes', { sinceState: oldState });
    expect(changes).toMatchObject({ created: [], updated: [id], destroyed: [], newState });
  });

  test('what others wrote in the same entry is not passed over', async () => {
    const other = await world.file(lines('Subject: b', '', 'x'), { mailboxes: ['Sent'] });
    const { state } = await world.call('Email/get', { ids: [] });
    const { alice } = world;
    const write = alice.write.bind(alice);
    const read = (sinceState: string) => world.call('Email/changes', { sinceState });
    const sent = world.mailbox('Sent');
    alice.write = async (decide) => {
      // While this is at work, the next two wait for each other.
      void write(() => {});
      const first = write(decide);
      await write((draft) => void draft.store(sent, UidSet.from([1]), 'add', ['\\Seen']));
      return first;
    };
    const { newState } = await world.call('Email/set', { update: { [id]: { 'keywords/a': true } } });
    expect(newState).toBe(state);
    expect(alice.state.seq).toBe(Number(state.split('-')[1]) + 1);
    expect([...(await read(newState)).updated].sort()).toEqual([id, other].sort());
  });

  test('an email that is made, changed and destroyed by its name in one request', async () => {
    const responses = await world.request([
      ['Mailbox/set', { accountId: 'alice', create: { box: { name: 'New' } } }],
      ['Email/set', { accountId: 'alice', create: { mail: { mailboxIds: { '#box': true }, subject: 'x' } } }],
      ['Email/set', { accountId: 'alice', update: { '#mail': { [`mailboxIds/${inbox}`]: true } } }],
      ['Email/get', { accountId: 'alice', ids: ['#mail'], properties: ['mailboxIds'] }],
      ['Email/set', { accountId: 'alice', destroy: ['#mail'] }],
    ]);
    const box = responses[0]![1].created.box.id;
    const mail = responses[1]![1].created.mail.id;
    expect(responses[2]![1].updated).toEqual({ '#mail': null });
    expect(responses[3]![1].list).toEqual([{ id: mail, mailboxIds: { [box]: true, [inbox]: true } }]);
    expect(responses[4]![1].destroyed).toEqual([mail]);
  });
});
