/** For each method of JMAP what it does well, and what it refuses. */
import { expect } from 'vitest';
import type { Json } from './jmap.ts';
import { type Fixture, MESSAGE } from './jmap-fixture.ts';

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
  'AddressBook/changes': {
    good: ({ before, book }) => [{ sinceState: before.AddressBook }, { ...none, updated: [book] }],
    refused: () => nobody({ sinceState: 'x' }),
  },
  'AddressBook/get': {
    good: ({ book }) => [{ ids: [book, 'x'] }, { list: [{ id: book, name: 'Friends' }], notFound: ['x'] }],
    refused: () => [{ properties: ['shoe'] }, error('invalidArguments')],
  },
  'AddressBook/set': {
    good: () => [{ create: { a: { name: 'More' } } }, { created: { a: { isDefault: false } } }],
    refused: ({ book }) => [{ destroy: [book] }, { notDestroyed: { [book]: { type: 'addressBookHasContents' } } }],
  },
  'ContactCard/changes': {
    good: ({ before, card }) => [{ sinceState: before.ContactCard }, { ...none, created: [card] }],
    refused: () => nobody({ sinceState: 'x' }),
  },
  'ContactCard/copy': {
    good: () => [{ fromAccountId: 'alice', accountId: 'alice', create: {} }, error('invalidArguments')],
    refused: () => [{ fromAccountId: 'carol', create: {} }, error('fromAccountNotFound')],
  },
  'ContactCard/get': {
    good: ({ card }) => [{ ids: [card, 'x'] }, { list: [{ id: card, name: { full: 'Joe Bloggs' } }], notFound: ['x'] }],
    refused: () => [{ properties: ['a b'] }, error('invalidArguments')],
  },
  'ContactCard/query': {
    good: ({ card, book }) => [{ filter: { inAddressBook: book, text: 'Bloggs' } }, { ids: [card] }],
    refused: () => [{ filter: { shoe: 1 } }, error('unsupportedFilter')],
  },
  'ContactCard/queryChanges': {
    good: ({ before, card }) => [
      { sinceQueryState: before.ContactCard },
      { removed: [], added: [{ id: card, index: 0 }] },
    ],
    refused: noQueryChanges,
  },
  'ContactCard/set': {
    good: ({ card }) => [
      { update: { [card]: { 'name/full': 'Joe' } } },
      { updated: { [card]: { updated: expect.any(String) } } },
    ],
    refused: () => [
      { create: { a: { name: { full: 'Jane' } } } },
      { notCreated: { a: { type: 'invalidProperties' } } },
    ],
  },
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
  'List/unsubscribe': {
    // One that comes from no list; the others are in unsubscribe.test.ts.
    good: ({ email }) => [
      { emailIds: [email, 'e0'] },
      { unsubscribed: {}, notUnsubscribed: { [email]: { type: 'notOneClick' }, e0: { type: 'notFound' } } },
    ],
    refused: () => [{ emailIds: Array.from({ length: 11 }, () => 'e0') }, error('requestTooLarge')],
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
  'Preferences/get': {
    good: () => [{ ids: null }, { list: [{ id: 'singleton', theme: 'auto' }] }],
    refused: () => [{ properties: ['shoe'] }, error('invalidArguments')],
  },
  'Preferences/set': {
    good: () => [{ update: { singleton: { 'dictionary/Postern': true } } }, { updated: { singleton: null } }],
    refused: () => [{ destroy: ['singleton'] }, { notDestroyed: { singleton: { type: 'singleton' } } }],
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
