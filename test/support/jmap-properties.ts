/** For each type of objects: what each property of an object of the fixture says, and what none of them takes. */
import { expect } from 'vitest';
import { bookType } from '../../mail/jmap/contacts/book.ts';
import { EMAIL_PROPERTIES } from '../../mail/jmap/email/properties.ts';
import { identityType } from '../../mail/jmap/identity/identity.ts';
import { MAILBOX_PROPERTIES } from '../../mail/jmap/mailbox/object.ts';
import { threadType } from '../../mail/jmap/methods/thread.ts';
import { DEFAULTS } from '../../mail/jmap/preferences/defaults.ts';
import { preferencesType } from '../../mail/jmap/preferences/preferences.ts';
import { PRINCIPAL_PROPERTIES } from '../../mail/jmap/principals/people.ts';
import { quotaType } from '../../mail/jmap/quota/quota.ts';
import { scriptType } from '../../mail/jmap/sieve/script.ts';
import { submissionType } from '../../mail/jmap/submission/submission.ts';
import { vacationType } from '../../mail/jmap/vacation/vacation.ts';
import type { Json } from './jmap.ts';
import { type Fixture, MESSAGE } from './jmap-fixture.ts';

interface Objects {
  readonly all: readonly string[];
  readonly id: (fixture: Fixture) => string;
  /** More arguments of /get. */
  readonly extra?: Json;
  /** By property. */
  readonly values: (fixture: Fixture) => Json;
}

const from = (name: string | null, email: string) => [{ name, email }];
const part = (type: string) => expect.objectContaining({ type });

export const OBJECTS: Readonly<Record<string, Objects>> = {
  AddressBook: {
    all: bookType.properties,
    id: ({ book }) => book,
    values: () => ({
      ...{ name: 'Friends', description: null, sortOrder: 0, isDefault: true, isSubscribed: true, shareWith: null },
      myRights: { mayRead: true, mayWrite: true, mayShare: true, mayDelete: expect.any(Boolean) },
    }),
  },
  Email: {
    all: EMAIL_PROPERTIES,
    id: ({ email }) => email,
    extra: { fetchAllBodyValues: true },
    values: ({ blob, thread, inbox }) => ({
      blobId: blob,
      threadId: thread,
      mailboxIds: { [inbox]: true },
      keywords: { $flagged: true },
      size: MESSAGE.length,
      receivedAt: '2026-01-05T09:00:00Z',
      messageId: ['m1@example.com'],
      inReplyTo: ['m0@example.com'],
      references: ['m9@example.com', 'm0@example.com'],
      sender: from(null, 'sam@example.com'),
      from: from('Joe Bloggs', 'joe@example.com'),
      to: from(null, 'alice@example.test'),
      cc: from(null, 'cc@example.com'),
      bcc: from(null, 'bcc@example.com'),
      replyTo: from(null, 'replies@example.com'),
      subject: 'Dinner on Thursday?',
      sentAt: '2026-01-05T10:00:00+01:00',
      hasAttachment: true,
      preview: 'At eight.',
      bodyValues: { 2: { value: 'At eight.', isEncodingProblem: false, isTruncated: false } },
      textBody: [part('text/plain')],
      htmlBody: [part('text/plain')],
      attachments: [part('image/png')],
      headers: expect.arrayContaining([{ name: 'Subject', value: ' Dinner on Thursday?' }]),
      bodyStructure: part('multipart/mixed'),
      snoozed: null,
      awakenedAt: null,
    }),
  },
  EmailSubmission: {
    all: submissionType.properties,
    id: ({ submission }) => submission,
    values: ({ draft }) => ({
      identityId: 'default',
      emailId: draft,
      threadId: expect.any(String),
      envelope: {
        mailFrom: { email: 'alice@example.test', parameters: { HOLDFOR: '3600' } },
        rcptTo: [{ email: 'joe@example.com', parameters: null }],
      },
      sendAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      undoStatus: 'pending',
      deliveryStatus: null,
      dsnBlobIds: [],
      mdnBlobIds: [],
    }),
  },
  Identity: {
    all: identityType.properties,
    id: () => 'default',
    values: () => ({
      name: '',
      email: 'alice@example.test',
      replyTo: null,
      bcc: null,
      textSignature: '-- \nA.',
      htmlSignature: '',
      mayDelete: false,
    }),
  },
  Mailbox: {
    all: MAILBOX_PROPERTIES,
    id: ({ inbox }) => inbox,
    values: () => ({
      name: 'Inbox',
      parentId: null,
      role: 'inbox',
      sortOrder: expect.any(Number),
      totalEmails: 2,
      unreadEmails: 2,
      totalThreads: 2,
      unreadThreads: 2,
      myRights: {
        ...{ mayReadItems: true, mayAddItems: true, mayRemoveItems: true, maySetSeen: true, maySetKeywords: true },
        ...{ mayCreateChild: true, mayRename: false, mayDelete: false, maySubmit: true },
      },
      isSubscribed: true,
      shareWith: null,
    }),
  },
  Preferences: {
    all: preferencesType.properties,
    id: () => 'singleton',
    values: () => ({ ...DEFAULTS }),
  },
  Principal: {
    all: PRINCIPAL_PROPERTIES,
    id: () => 'alice',
    values: () => ({
      type: 'individual',
      name: 'alice@example.test',
      description: null,
      email: 'alice@example.test',
      timeZone: null,
      capabilities: {},
      accounts: { alice: expect.objectContaining({ isPersonal: true }) },
    }),
  },
  PushSubscription: {
    all: ['id', 'deviceClientId', 'verificationCode', 'expires', 'types'],
    id: ({ subscription }) => subscription,
    values: () => ({
      deviceClientId: 'd1',
      verificationCode: null,
      expires: expect.stringMatching(/Z$/),
      types: null,
    }),
  },
  Quota: {
    all: quotaType.properties,
    id: () => 'octets',
    values: () => ({
      resourceType: 'octets',
      used: expect.any(Number),
      hardLimit: 1_000_000,
      scope: 'account',
      name: 'Storage',
      types: ['Email'],
      warnLimit: 900_000,
      softLimit: null,
      description: expect.any(String),
    }),
  },
  SieveScript: {
    all: scriptType.properties,
    id: ({ script }) => script,
    values: ({ scriptBlob }) => ({ name: 'mine', blobId: scriptBlob, isActive: true }),
  },
  Thread: {
    all: threadType.properties,
    id: ({ thread }) => thread,
    values: ({ email }) => ({ emailIds: [email] }),
  },
  VacationResponse: {
    all: vacationType.properties,
    id: () => 'singleton',
    values: () => ({
      ...{ isEnabled: false, fromDate: null, toDate: null },
      ...{ subject: null, textBody: null, htmlBody: null },
    }),
  },
};

/** What is refused, by the property that it is given to: of a creation where `create` gives the rest of it, else of the fixture's object. */
export const WRONG: Readonly<
  Record<
    string,
    { readonly create?: (fixture: Fixture) => Json; readonly values: Readonly<Record<string, readonly Json[]>> }
  >
> = {
  AddressBook: {
    create: () => ({ name: 'Other' }),
    values: {
      id: ['x'],
      name: ['', 1],
      description: [1],
      sortOrder: [-1, 0.5, 2 ** 31],
      isDefault: [true],
      isSubscribed: [1],
      shareWith: [1],
      myRights: [{}],
    },
  },
  Email: {
    create: ({ drafts }) => ({ mailboxIds: { [drafts]: true } }),
    values: {
      id: ['e1'],
      blobId: ['m1'],
      threadId: ['t1'],
      mailboxIds: [{}, { nobody: true }, [], 1],
      keywords: [{ 'a b': true }, { $seen: 1 }, []],
      size: [1],
      receivedAt: ['yesterday', 1],
      messageId: [['a b'], 'a@b'],
      inReplyTo: [['<a@b>'], 1],
      references: [[1]],
      sender: [[{ email: 'a\r\n@b' }], 'a@b'],
      from: [[{ name: 1, email: 'a@b' }]],
      to: [{ email: 'a@b' }],
      cc: [[{ email: '<a@b>' }]],
      bcc: [[{}]],
      replyTo: [['a@b']],
      subject: ['a\r\nb', 1],
      sentAt: ['2026-01-05', 1],
      hasAttachment: [true],
      preview: ['x'],
      bodyValues: [1, { a: 'x' }],
      textBody: [[{ partId: 'x', type: 'text/plain' }], 'x'],
      htmlBody: [[{ partId: 'x', type: 'text/html' }], 1],
      attachments: [1, [{ type: 'x' }]],
      headers: [[{ name: 'A', value: 'b' }]],
      bodyStructure: [[], 1],
      snoozed: [1],
      awakenedAt: ['2026-01-05T10:00:00Z'],
    },
  },
  EmailSubmission: {
    values: {
      id: ['x'],
      identityId: ['x'],
      emailId: ['e1'],
      threadId: ['t1'],
      envelope: [null],
      sendAt: ['2026-01-05T10:00:00Z'],
      undoStatus: ['final', 1],
      deliveryStatus: [{}],
      dsnBlobIds: [['m1']],
      mdnBlobIds: [['m1']],
    },
  },
  Identity: {
    values: {
      id: ['x'],
      name: [1, 'a\nb'],
      email: ['bob@example.test', 1],
      replyTo: ['a@b', [{ email: 'a' }]],
      bcc: [1, [{ name: 1, email: 'a@b.test' }]],
      textSignature: [1],
      htmlSignature: [[]],
      mayDelete: [true],
    },
  },
  Mailbox: {
    create: () => ({ name: 'Other' }),
    values: {
      id: ['m1'],
      name: ['', 'a/b', 1, 'a\u0001'],
      parentId: ['nobody', 1],
      role: ['shoe', 'inbox', 1],
      sortOrder: [-1, 0.5, 2 ** 31, 'x'],
      totalEmails: [1],
      unreadEmails: [1],
      totalThreads: [1],
      unreadThreads: [1],
      myRights: [{ mayDelete: false }],
      isSubscribed: [1],
      shareWith: [1],
    },
  },
  Preferences: {
    values: {
      id: ['x'],
      locale: ['', 'de_DE', 1],
      theme: ['blue', 1],
      density: ['tall'],
      conversations: ['yes', 1],
      shortcuts: [1],
      markReadAfter: [-1, 61, 0.5, 'later'],
      undoSeconds: [-1, 61, '10'],
      composeFormat: ['rtf'],
      signatureUse: [true],
      defaultIdentity: ['', 'a\nb', 1],
      spelling: [1],
      dictionary: [[], { Postern: 1 }, { 'a\nb': true }, { ['x'.repeat(101)]: true }],
      templates: [[], { 'a b': { name: 'a', subject: '', html: '' } }, { a: { name: 'a' } }, { a: { name: '' } }],
      remoteImages: ['never'],
      trustedSenders: [['joe@example.com'], { 'joe@example.com': false }],
      notifyAbout: [true],
      notifyPreview: [1],
    },
  },
  PushSubscription: {
    values: {
      id: ['x'],
      deviceClientId: ['d2'],
      verificationCode: ['x', 1],
      expires: ['soon', 1],
      types: ['Email', [1]],
    },
  },
  SieveScript: {
    values: { id: ['x'], name: ['', 'a\u0000', 1], blobId: ['unobody', 'a b', 1], isActive: [false] },
  },
  VacationResponse: {
    values: {
      id: ['x'],
      isEnabled: ['yes', 1],
      fromDate: ['2026-01-05', 1],
      toDate: ['2026-01-05T10:00:00+01:00', 1],
      subject: ['a\nb', 1],
      textBody: [1, 'x'.repeat(16 * 1024 + 1)],
      htmlBody: [1, 'x'.repeat(32 * 1024 + 1)],
    },
  },
};
