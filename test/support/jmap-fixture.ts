/** An account with something of everything in it. */
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
  readonly book: string;
  readonly card: string;
  /** States, by type, before the last change of each type. */
  readonly before: Readonly<Record<string, string>>;
}

const TRACKED = ['Mailbox', 'Thread', 'Email', 'Identity', 'EmailSubmission', 'Quota', 'AddressBook', 'ContactCard'];

export async function fixture(): Promise<Fixture> {
  const account = async (id: string): Promise<AccountInfo> => ({
    ...{ id, address: `${id}@example.test`, tenant: 't1', enabled: true, imap: true, pop3: true },
    ...{ quota: 1_000_000, maxMessages: 1_000 },
  });
  const pushServices: PushServices = { post: async () => ({ status: 201 }) };
  const world = await jmapWorld({
    pushServices,
    oneClick: { post: async () => 202 },
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
  const [{ id: book }] = (await call('AddressBook/get')).list;
  await call('AddressBook/set', { update: { [book]: { name: 'Friends' } } });
  const cards = await call('ContactCard/set', {
    create: { c: { addressBookIds: { [book]: true }, name: { full: 'Joe Bloggs' } } },
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
    book,
    card: cards.created.c.id,
    before,
  };
}
