import { blobCopy } from '../blob/blob-copy.ts';
import { blobGet } from '../blob/blob-get.ts';
import { blobLookup } from '../blob/blob-lookup.ts';
import { blobUpload } from '../blob/blob-upload.ts';
import { bookSet, bookType } from '../contacts/book.ts';
import { cardType } from '../contacts/card.ts';
import { cardCopy } from '../contacts/copy.ts';
import { cardQuery, cardQueryChanges } from '../contacts/query.ts';
import { emailCopy } from '../email/copy.ts';
import { emailType } from '../email/email.ts';
import { emailImport } from '../email/import.ts';
import { emailParse } from '../email/parse.ts';
import { emailQuery } from '../email/query.ts';
import { emailQueryChanges } from '../email/query-changes.ts';
import { emailSettable } from '../email/set.ts';
import { searchSnippets } from '../email/snippet.ts';
import { emailChanges } from '../email/tracked.ts';
import { identityType } from '../identity/identity.ts';
import { remoteImageSign } from '../images/sign.ts';
import { mailboxType } from '../mailbox/mailbox.ts';
import { mailboxQuery, mailboxQueryChanges } from '../mailbox/query.ts';
import { mdnParse } from '../mdn/parse.ts';
import { mdnSend } from '../mdn/send.ts';
import type { Method } from '../method.ts';
import { preferencesType } from '../preferences/preferences.ts';
import { notificationQuery, notificationQueryChanges, notificationType } from '../principals/notification.ts';
import {
  principalChanges,
  principalGet,
  principalQuery,
  principalQueryChanges,
  principalSet,
} from '../principals/principal.ts';
import { quotaQuery, quotaQueryChanges } from '../quota/query.ts';
import { quotaChanges, quotaType } from '../quota/quota.ts';
import { scriptQuery } from '../sieve/query.ts';
import { scriptType } from '../sieve/script.ts';
import { scriptSet } from '../sieve/set.ts';
import { scriptValidate } from '../sieve/validate.ts';
import { changing } from '../standard/changes.ts';
import { getting } from '../standard/get.ts';
import { setting } from '../standard/set.ts';
import { submissionQuery, submissionQueryChanges } from '../submission/query.ts';
import { submissionSet } from '../submission/set.ts';
import { submissionType } from '../submission/submission.ts';
import { listUnsubscribe } from '../unsubscribe/unsubscribe.ts';
import { vacationType } from '../vacation/vacation.ts';
import { echo } from './echo.ts';
import { pushSubscriptionGet, pushSubscriptionSet } from './push-subscription.ts';
import { threadType } from './thread.ts';

/** Every method there is, by name. */
export const METHODS: ReadonlyMap<string, Method> = new Map([
  ['AddressBook/changes', changing(bookType)],
  ['AddressBook/get', getting(bookType)],
  ['AddressBook/set', bookSet],
  ['Blob/copy', blobCopy],
  ['Blob/get', blobGet],
  ['Blob/lookup', blobLookup],
  ['Blob/upload', blobUpload],
  ['ContactCard/changes', changing(cardType)],
  ['ContactCard/copy', cardCopy],
  ['ContactCard/get', getting(cardType)],
  ['ContactCard/query', cardQuery],
  ['ContactCard/queryChanges', cardQueryChanges],
  ['ContactCard/set', setting(cardType)],
  ['Core/echo', echo],
  ['Email/changes', changing(emailChanges)],
  ['Email/copy', emailCopy],
  ['Email/get', getting(emailType)],
  ['Email/import', emailImport],
  ['Email/parse', emailParse],
  ['Email/query', emailQuery],
  ['Email/queryChanges', emailQueryChanges],
  ['Email/set', setting(emailSettable)],
  ['EmailSubmission/changes', changing(submissionType)],
  ['EmailSubmission/get', getting(submissionType)],
  ['EmailSubmission/query', submissionQuery],
  ['EmailSubmission/queryChanges', submissionQueryChanges],
  ['EmailSubmission/set', submissionSet],
  ['Identity/changes', changing(identityType)],
  ['Identity/get', getting(identityType)],
  ['Identity/set', setting(identityType)],
  ['List/unsubscribe', listUnsubscribe],
  ['MDN/parse', mdnParse],
  ['MDN/send', mdnSend],
  ['Mailbox/changes', changing(mailboxType)],
  ['Mailbox/get', getting(mailboxType)],
  ['Mailbox/query', mailboxQuery],
  ['Mailbox/queryChanges', mailboxQueryChanges],
  ['Mailbox/set', setting(mailboxType)],
  ['Preferences/get', getting(preferencesType)],
  ['Preferences/set', setting(preferencesType)],
  ['Principal/changes', principalChanges],
  ['Principal/get', principalGet],
  ['Principal/query', principalQuery],
  ['Principal/queryChanges', principalQueryChanges],
  ['Principal/set', principalSet],
  ['PushSubscription/get', pushSubscriptionGet],
  ['PushSubscription/set', pushSubscriptionSet],
  ['Quota/changes', quotaChanges],
  ['Quota/get', getting(quotaType)],
  ['Quota/query', quotaQuery],
  ['Quota/queryChanges', quotaQueryChanges],
  ['RemoteImage/sign', remoteImageSign],
  ['SearchSnippet/get', searchSnippets],
  ['ShareNotification/changes', changing(notificationType)],
  ['ShareNotification/get', getting(notificationType)],
  ['ShareNotification/query', notificationQuery],
  ['ShareNotification/queryChanges', notificationQueryChanges],
  ['ShareNotification/set', setting(notificationType)],
  ['SieveScript/get', getting(scriptType)],
  ['SieveScript/query', scriptQuery],
  ['SieveScript/set', scriptSet],
  ['SieveScript/validate', scriptValidate],
  ['Thread/changes', changing(threadType)],
  ['Thread/get', getting(threadType)],
  ['VacationResponse/get', getting(vacationType)],
  ['VacationResponse/set', setting(vacationType)],
]);
