/** An account with something of everything in it, and for each method of JMAP what it does well and what it refuses. */
import { expect } from 'vitest';
import type { AccountInfo } from '../../mail/directory/types.ts';
import type { PushServices } from '../../mail/ports/index.ts';
import { type JmapWorld, type Json, jmapWorld, lines } from './jmap.ts';
import { signedIn } from './signed-in.ts';

export const MESSAGE = lines(
  'Return-Path: <joe@example.com>',
  'Message-ID: <m1@example.com>',
  'In-Reply-To: <m0@example.com>',
  'References: <m9@example.com> <m0@example.com>',
  'Date: Mon, 5 Jan 2026 10:00:00 +0100',
  'From: Joe Bloggs <joe@example.com>',
  'Sender: sam@example.com',
  'Reply-To: replies@example.com',
  'To: alice@example.test',
  'Cc: cc@example.com',
  'Bcc: bcc@example.com',
  'Subject: Dinner on Thursday?',
  'List-Post: <mailto:partytime@lists.example.com>',
  'Disposition-Notification-To: joe@example.com',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Language: en, de',
  'Content-Location: http://example.com/a',
  '',
  'At eight.',
  '--b',
  'Content-Type: image/png; name=a.png',
  'Content-Disposition: attachment; filename=a.png',
  'Content-ID: <c1@example.com>',
  'Content-Transfer-Encoding: base64',
  '',
  'AAAA',
  '--b--',
);

const REPORT = lines(
  'Content-Type: multipart/report; report-type=disposition-notification; boundary=r',
  'Subject: Read',
  '',
  '--r',
  '',
  'Seen.',
  '--r',
  'Content-Type: message/disposition-notification',
  '',
  'Final-Recipient: rfc822; joe@example.com',
  'Original-Message-ID: <m1@example.com>',
  'Disposition: manual-action/MDN-sent-manually; displayed',
  '--r--',
);

export interface Fixture {
  readonly world: JmapWorld;
  readonly email: string;
  readonly thread: string;
  readonly blob: string;
  readonly inbox: string;
  readonly drafts: string;
  readonly draft: string;
  readonly report: string;
  readonly script: string;
  readonly scriptBlob: string;
  readonly submission: string;
  readonly subscription: string;
  /** States, by type, before the last change of each type. */
  readonly before: Readonly<Record<string, string>>;
}

const TRACKED = ['Mailbox', 'Thread', 'Email', 'Identity', 'EmailSubmission', 'Quota'];

export async function fixture(): Promise<Fixture> {
  const account = async (id: string): Promise<AccountInfo> => ({
    ...{ id, address: `${id}@example.test`, tenant: 't1', enabled: true, imap: true, pop3: true },
    ...{ quota: 1_000_000, maxMessages: 1_000 },
  });
  const pushServices: PushServices = { post: async () => ({ status: 201 }) };
  const world = await jmapWorld({
    pushServices,
    directory: { account, authenticate: async (login) => signedIn(await account(login.split('@')[0]!)) },
  });
  const { call } = world;
  const before: Record<string, string> = {};
  for (const type of TRACKED) before[type] = (await call(`${type}/get`, { ids: [] })).state;
  const email = await world.file(MESSAGE, { flags: ['\\Flagged'], date: Date.UTC(2026, 0, 5, 9) });
  const {
    list: [{ threadId, blobId }],
  } = await call('Email/get', { ids: [email], properties: ['threadId', 'blobId'] });
  const report = await world.file(REPORT);
  const from = [{ email: 'alice@example.test' }];
  const to = [{ email: 'joe@example.com' }];
  const made = await call('Email/set', {
    create: { d: { mailboxIds: { [world.mailbox('Drafts')]: true }, from, to, subject: 'Re: Dinner' } },
  });
  const draft = made.created.d.id;
  const upload = await call('Blob/upload', { create: { s: { data: [{ 'data:asText': 'keep;' }] } } });
  const scripts = await call('SieveScript/set', {
    create: { s: { name: 'mine', blobId: upload.created.s.id } },
    onSuccessActivateScript: '#s',
  });
  await call('Identity/set', { update: { default: { textSignature: '-- \nA.' } } });
  const envelope = {
    mailFrom: { email: 'alice@example.test', parameters: { HOLDFOR: '3600' } },
    rcptTo: [{ email: 'joe@example.com', parameters: null }],
  };
  const submitted = await call('EmailSubmission/set', {
    create: { s: { identityId: 'default', emailId: draft, envelope } },
  });
  const [[, subscribed]] = (await world.request([
    ['PushSubscription/set', { create: { p: { deviceClientId: 'd1', url: 'https://push.example.com/1' } } }],
  ])) as [[string, Json, string]];
  return {
    world,
    email,
    thread: threadId,
    blob: blobId,
    inbox: world.mailbox('INBOX'),
    drafts: world.mailbox('Drafts'),
    draft,
    report: (await call('Email/get', { ids: [report], properties: ['blobId'] })).list[0].blobId,
    script: scripts.created.s.id,
    scriptBlob: scripts.created.s.blobId,
    submission: submitted.created.s.id,
    subscription: subscribed.created.p.id,
    before,
  };
}

/** Arguments, and what they are answered with: of a refusal, the method's error or the answer that has the SetError. */
type Example = (fixture: Fixture) => readonly [args: Json, answer: Json];
export interface Row {
  readonly good: Example;
  readonly refused: Example;
}

const none = { created: [], updated: [], destroyed: [] };
const error = (type: string) => ({ type, description: expect.any(String) });
const nobody = (args: Json): readonly [Json, Json] => [args, error('cannotCalculateChanges')];
const noQueryChanges: Example = () => nobody({ sinceQueryState: '0-0' });
const disposition = { actionMode: 'manual-action', sendingMode: 'mdn-sent-manually', type: 'displayed' };

export const ROWS: Readonly<Record<string, Row>> = {
  'Core/echo': {
    good: () => [
      { hello: true, high: 5 },
      { hello: true, high: 5 },
    ],
    refused: () => [{ '#a': { resultOf: 'x', name: 'y', path: '/z' } }, error('invalidResultReference')],
  },
  'Blob/copy': {
    good: ({ blob }) => [
      { fromAccountId: 'alice', blobIds: [blob] },
      { copied: { [blob]: blob }, notCopied: null },
    ],
    refused: ({ blob }) => [{ fromAccountId: 'carol', blobIds: [blob] }, error('fromAccountNotFound')],
  },
  'Blob/get': {
    good: ({ scriptBlob: id }) => [
      { ids: [id], properties: ['data:asText', 'size', 'digest:sha-256'] },
      { list: [{ id, 'data:asText': 'keep;', size: 5, 'digest:sha-256': expect.any(String) }], notFound: [] },
    ],
    refused: () => [{ ids: ['unobody'] }, { list: [], notFound: ['unobody'] }],
  },
  'Blob/lookup': {
    good: ({ blob, email, thread, inbox }) => [
      { ids: [blob], typeNames: ['Email', 'Thread', 'Mailbox'] },
      { list: [{ id: blob, matchedIds: { Email: [email], Thread: [thread], Mailbox: [inbox] } }] },
    ],
    refused: ({ blob }) => [{ ids: [blob], typeNames: ['Shoe'] }, error('unknownDataType')],
  },
  'Blob/upload': {
    good: () => [
      { create: { a: { data: [{ 'data:asBase64': 'aGk=' }], type: 'text/plain' } } },
      { created: { a: { id: expect.any(String), type: 'text/plain', size: 2 } }, notCreated: null },
    ],
    refused: () => [
      { create: { a: { data: [{ blobId: 'unobody' }] } } },
      { notCreated: { a: { type: expect.stringMatching(/otFound|invalidProperties/) } } },
    ],
  },
  'Email/changes': {
    good: ({ before, email }) => [
      { sinceState: before.Email },
      { ...none, created: expect.arrayContaining([email]), hasMoreChanges: false },
    ],
    refused: () => nobody({ sinceState: 'x' }),
  },
  'Email/copy': {
    good: () => [{ fromAccountId: 'alice', accountId: 'alice', create: {} }, error('invalidArguments')],
    refused: () => [{ fromAccountId: 'carol', create: {} }, error('fromAccountNotFound')],
  },
  'Email/get': {
    good: ({ email }) => [
      { ids: [email, 'e0'], properties: ['subject'] },
      { list: [{ id: email }], notFound: ['e0'] },
    ],
    refused: () => [{ properties: ['shoe'] }, error('invalidArguments')],
  },
  'Email/import': {
    good: ({ blob, inbox }) => [
      { emails: { a: { blobId: blob, mailboxIds: { [inbox]: true }, keywords: { $seen: true } } } },
      { created: { a: { id: expect.any(String), blobId: expect.any(String), size: MESSAGE.length } } },
    ],
    refused: ({ inbox }) => [
      { emails: { a: { blobId: 'unobody', mailboxIds: { [inbox]: true } } } },
      { notCreated: { a: { type: 'invalidProperties', properties: ['blobId'] } } },
    ],
  },
  'Email/parse': {
    good: ({ blob }) => [
      { blobIds: [blob, 'unobody'], properties: ['subject'] },
      { parsed: { [blob]: { subject: 'Dinner on Thursday?' } }, notFound: ['unobody'] },
    ],
    refused: ({ blob }) => [{ blobIds: [blob], properties: ['shoe'] }, error('invalidArguments')],
  },
  'Email/query': {
    good: ({ email, inbox }) => [
      { filter: { inMailbox: inbox, text: 'Dinner' }, sort: [{ property: 'receivedAt' }], calculateTotal: true },
      { ids: [email], position: 0, total: 1, canCalculateChanges: true },
    ],
    refused: () => [{ sort: [{ property: 'shoe' }] }, error('unsupportedSort')],
  },
  'Email/queryChanges': {
    good: ({ before, email, inbox }) => [
      { sinceQueryState: before.Email, filter: { inMailbox: inbox } },
      { removed: [], added: expect.arrayContaining([expect.objectContaining({ id: email })]) },
    ],
    refused: noQueryChanges,
  },
  'Email/set': {
    good: ({ email }) => [{ update: { [email]: { 'keywords/$seen': true } } }, { updated: { [email]: null } }],
    refused: ({ email }) => [
      { update: { [email]: { mailboxIds: {} } }, destroy: ['e0'] },
      { notUpdated: { [email]: { type: 'invalidProperties' } }, notDestroyed: { e0: { type: 'notFound' } } },
    ],
  },
  'EmailSubmission/changes': {
    good: ({ before, submission }) => [{ sinceState: before.EmailSubmission }, { ...none, created: [submission] }],
    refused: () => nobody({ sinceState: 'x' }),
  },
  'EmailSubmission/get': {
    good: ({ submission }) => [{ ids: [submission] }, { list: [{ id: submission }] }],
    refused: () => [{ properties: ['shoe'] }, error('invalidArguments')],
  },
  'EmailSubmission/query': {
    good: ({ submission }) => [{ filter: { undoStatus: 'pending' } }, { ids: [submission], canCalculateChanges: true }],
    refused: () => [{ filter: { shoe: 1 } }, error('unsupportedFilter')],
  },
  'EmailSubmission/queryChanges': {
    good: ({ before, submission }) => [
      { sinceQueryState: before.EmailSubmission, filter: { undoStatus: 'pending' }, calculateTotal: true },
      { removed: [], added: [{ id: submission, index: 0 }], total: 1 },
    ],
    refused: noQueryChanges,
  },
  'EmailSubmission/set': {
    good: ({ submission }) => [
      { update: { [submission]: { undoStatus: 'canceled' } } },
      { updated: { [submission]: null } },
    ],
    refused: ({ email }) => [
      { create: { a: { identityId: 'nobody', emailId: email } } },
      { notCreated: { a: { type: 'invalidProperties', properties: ['identityId'] } } },
    ],
  },
  'Identity/changes': {
    good: ({ before }) => [{ sinceState: before.Identity }, { ...none, updated: ['default'] }],
    refused: () => nobody({ sinceState: 'x' }),
  },
  'Identity/get': {
    good: () => [{ ids: ['default', 'x'] }, { list: [{ id: 'default' }], notFound: ['x'] }],
    refused: () => [{ properties: ['shoe'] }, error('invalidArguments')],
  },
  'Identity/set': {
    good: () => [{ create: { a: { email: 'alice@example.test' } } }, { created: { a: { mayDelete: true } } }],
    refused: () => [{ create: { a: { email: 'bob@example.test' } } }, { notCreated: { a: { type: 'forbiddenFrom' } } }],
  },
  'MDN/parse': {
    good: ({ report, email, blob }) => [
      { blobIds: [report, blob] },
      { parsed: { [report]: { forEmailId: email, disposition } }, notParsable: [blob], notFound: null },
    ],
    refused: () => [{ blobIds: ['unobody'] }, { parsed: null, notParsable: null, notFound: ['unobody'] }],
  },
  'MDN/send': {
    good: ({ email }) => [
      {
        identityId: 'default',
        send: { a: { forEmailId: email, disposition } },
        onSuccessUpdateEmail: { '#a': { 'keywords/$mdnsent': true } },
      },
      { sent: { a: { originalMessageId: '<m1@example.com>' } }, notSent: null },
    ],
    refused: ({ draft }) => [
      {
        identityId: 'default',
        send: { a: { forEmailId: draft, disposition } },
        onSuccessUpdateEmail: { '#a': { 'keywords/$mdnsent': true } },
      },
      { sent: null, notSent: { a: { type: 'notFound' } } },
    ],
  },
  'Mailbox/changes': {
    good: ({ before, inbox }) => [{ sinceState: before.Mailbox }, { updated: expect.arrayContaining([inbox]) }],
    refused: () => nobody({ sinceState: 'x' }),
  },
  'Mailbox/get': {
    good: ({ inbox }) => [{ ids: [inbox, 'x'] }, { list: [{ id: inbox, role: 'inbox' }], notFound: ['x'] }],
    refused: () => [{ properties: ['shoe'] }, error('invalidArguments')],
  },
  'Mailbox/query': {
    good: ({ inbox }) => [{ filter: { role: 'inbox' } }, { ids: [inbox] }],
    refused: () => [{ filter: { shoe: 1 } }, error('unsupportedFilter')],
  },
  'Mailbox/queryChanges': { good: noQueryChanges, refused: noQueryChanges },
  'Mailbox/set': {
    good: () => [{ create: { a: { name: 'New' } } }, { created: { a: { id: expect.any(String), totalEmails: 0 } } }],
    refused: ({ inbox }) => [{ destroy: [inbox] }, { notDestroyed: { [inbox]: { type: 'mailboxHasEmail' } } }],
  },
  'Principal/changes': { good: () => nobody({ sinceState: 'x' }), refused: () => nobody({ sinceState: 'y' }) },
  'Principal/get': {
    good: () => [{ ids: ['alice', 'x'] }, { list: [{ id: 'alice', type: 'individual' }], notFound: ['x'] }],
    refused: () => [{ properties: ['shoe'] }, error('invalidArguments')],
  },
  'Principal/query': {
    good: () => [{ filter: { email: 'alice@example.test' } }, { ids: ['alice'] }],
    refused: () => [{ filter: { shoe: 1 } }, error('unsupportedFilter')],
  },
  'Principal/queryChanges': { good: noQueryChanges, refused: noQueryChanges },
  'Principal/set': {
    good: () => [{ update: { alice: { name: 'A.' } } }, { notUpdated: { alice: { type: 'forbidden' } } }],
    refused: () => [{ create: { a: {} } }, { notCreated: { a: { type: 'forbidden' } } }],
  },
  'PushSubscription/get': {
    good: ({ subscription }) => [{ ids: null }, { list: [{ id: subscription, deviceClientId: 'd1' }], notFound: [] }],
    refused: () => [{ properties: ['url'] }, error('forbidden')],
  },
  'PushSubscription/set': {
    good: ({ subscription }) => [{ destroy: [subscription] }, { destroyed: [subscription] }],
    refused: ({ subscription }) => [
      { update: { [subscription]: { verificationCode: 'x' } } },
      { notUpdated: { [subscription]: { type: 'invalidProperties', properties: ['verificationCode'] } } },
    ],
  },
  'Quota/changes': {
    good: ({ before }) => [{ sinceState: before.Quota }, { updated: ['octets', 'count'], updatedProperties: ['used'] }],
    refused: () => nobody({ sinceState: 'x' }),
  },
  'Quota/get': {
    good: () => [{ ids: ['octets', 'x'] }, { list: [{ id: 'octets', hardLimit: 1_000_000 }], notFound: ['x'] }],
    refused: () => [{ properties: ['shoe'] }, error('invalidArguments')],
  },
  'Quota/query': {
    good: () => [{ filter: { resourceType: 'count' } }, { ids: ['count'] }],
    refused: () => [{ filter: { shoe: 1 } }, error('unsupportedFilter')],
  },
  'Quota/queryChanges': { good: noQueryChanges, refused: noQueryChanges },
  'RemoteImage/sign': {
    good: () => [
      { urls: ['https://images.example/a.png', 'x'] },
      {
        signed: { 'https://images.example/a.png': '/images/v1/alice/signed' },
        notSigned: { x: { type: 'invalidUrl', description: expect.any(String) } },
      },
    ],
    refused: () => [{ urls: Array.from({ length: 501 }, () => 'http://x') }, error('requestTooLarge')],
  },
  'SearchSnippet/get': {
    good: ({ email }) => [
      { filter: { text: 'Dinner' }, emailIds: [email, 'e0'] },
      { list: [{ emailId: email, subject: '<mark>Dinner</mark> on Thursday?' }], notFound: ['e0'] },
    ],
    refused: ({ email }) => [{ filter: { shoe: 1 }, emailIds: [email] }, error('unsupportedFilter')],
  },
  'ShareNotification/changes': {
    good: () => nobody({ sinceState: 'x' }),
    refused: () => nobody({ sinceState: 'y' }),
  },
  'ShareNotification/get': {
    good: () => [{ ids: ['x'] }, { list: [], notFound: ['x'] }],
    refused: () => [{ properties: ['shoe'] }, error('invalidArguments')],
  },
  'ShareNotification/query': {
    good: () => [{}, { ids: [] }],
    refused: () => [{ filter: { shoe: 1 } }, error('unsupportedFilter')],
  },
  'ShareNotification/queryChanges': { good: noQueryChanges, refused: noQueryChanges },
  'ShareNotification/set': {
    good: () => [{ destroy: ['x'] }, { notDestroyed: { x: { type: 'notFound' } } }],
    refused: () => [{ create: { a: {} } }, { notCreated: { a: { type: 'forbidden' } } }],
  },
  'SieveScript/get': {
    good: ({ script }) => [{ ids: [script, 'x'] }, { list: [{ id: script, isActive: true }], notFound: ['x'] }],
    refused: () => [{ properties: ['shoe'] }, error('invalidArguments')],
  },
  'SieveScript/query': {
    good: ({ script }) => [{ filter: { isActive: true } }, { ids: [script] }],
    refused: () => [{ filter: { shoe: 1 } }, error('unsupportedFilter')],
  },
  'SieveScript/set': {
    good: ({ script }) => [{ update: { [script]: { name: 'x' } } }, { updated: { [script]: null } }],
    refused: ({ script }) => [{ destroy: [script] }, { notDestroyed: { [script]: { type: 'sieveIsActive' } } }],
  },
  'SieveScript/validate': {
    good: ({ scriptBlob }) => [{ blobId: scriptBlob }, { error: null }],
    refused: ({ blob }) => [
      { blobId: blob },
      { error: { type: 'invalidSieve', description: expect.stringMatching(/^line 1/) } },
    ],
  },
  'Thread/changes': {
    good: ({ before, thread }) => [{ sinceState: before.Thread }, { created: expect.arrayContaining([thread]) }],
    refused: () => nobody({ sinceState: 'x' }),
  },
  'Thread/get': {
    good: ({ thread, email }) => [
      { ids: [thread, 't0'] },
      { list: [{ id: thread, emailIds: [email] }], notFound: ['t0'] },
    ],
    refused: () => [{ properties: ['shoe'] }, error('invalidArguments')],
  },
  'VacationResponse/get': {
    good: () => [{}, { list: [{ id: 'singleton', isEnabled: false }] }],
    refused: () => [{ properties: ['shoe'] }, error('invalidArguments')],
  },
  'VacationResponse/set': {
    good: () => [{ update: { singleton: { isEnabled: true } } }, { updated: { singleton: null } }],
    refused: () => [{ destroy: ['singleton'] }, { notDestroyed: { singleton: { type: 'singleton' } } }],
  },
};
