import type { AccountInfo } from '../directory/types.ts';
import { DIGESTS, LOOKUP_TYPES, MAX_DATA_SOURCES } from './blob/limits.ts';
import { MAX_MAILBOX_DEPTH, MAX_MAILBOX_NAME, maxAttachments } from './email/limits.ts';
import { SORT_OPTIONS } from './email/sort.ts';
import { MAX_IMAGE_URLS } from './images/limits.ts';
import { MAX_PREFERENCES } from './preferences/object.ts';
import { LIMITS } from './request.ts';
import { IMPLEMENTATION, SIEVE_CAPABILITY } from './sieve/limits.ts';
import { MAX_DELAYED_WAKING, MAX_SNOOZED } from './snooze/limits.ts';
import { EXTENSIONS, MAX_DELAYED_SEND } from './submission/limits.ts';
import { MAX_UNSUBSCRIBE } from './unsubscribe/limits.ts';

export const CORE = 'urn:ietf:params:jmap:core';
export const MAIL = 'urn:ietf:params:jmap:mail';
export const SUBMISSION = 'urn:ietf:params:jmap:submission';
export const VACATION = 'urn:ietf:params:jmap:vacationresponse';
export const BLOB = 'urn:ietf:params:jmap:blob';
export const SIEVE = 'urn:ietf:params:jmap:sieve';
export const MDN = 'urn:ietf:params:jmap:mdn';
export const QUOTA = 'urn:ietf:params:jmap:quota';
export const CONTACTS = 'urn:ietf:params:jmap:contacts';
export const PRINCIPALS = 'urn:ietf:params:jmap:principals';
/** Our own: docs/jmap.md. */
export const SNOOZE_URN = 'https://postern.example/jmap/snooze';
export const PREFERENCES_URN = 'https://postern.example/jmap/preferences';
export const IMAGES_URN = 'https://postern.example/jmap/images';
export const UNSUBSCRIBE_URN = 'https://postern.example/jmap/unsubscribe';
export const REFERENCES_URN = 'https://postern.example/jmap/references';
export const VAPID = 'urn:ietf:params:jmap:webpush-vapid';
export const WEBSOCKET = 'urn:ietf:params:jmap:websocket';

/** What differs from server to server. */
export interface Offer {
  /** Capabilities. @default all */
  readonly served?: ReadonlySet<string>;
  /** Bytes of one message. */
  readonly maxMessage: number;
  /** Of a server that pushes to devices. */
  readonly applicationServerKey?: string | undefined;
}

/**
 * What is announced, as data: a capability stands here only when its RFC is done whole. `server`: its value for the whole service
 * (RFC 8620 section 2), `at`: the same where it names an address below our origin; `account`: its value for an account, absent where
 * it is no capability of accounts.
 */
interface Capability {
  readonly urn: string;
  readonly server?: unknown;
  readonly at?: (origin: string, offer: Offer) => unknown;
  readonly account?: (user: AccountInfo, owner: AccountInfo, offer: Offer) => unknown;
}

export const CAPABILITIES: readonly Capability[] = [
  { urn: CORE, server: { ...LIMITS, collationAlgorithms: ['i;ascii-casemap', 'i;unicode-casemap'] } },
  // RFC 8887 section 3.
  { urn: WEBSOCKET, at: (origin) => ({ url: `${origin.replace(/^http/, 'ws')}/jmap/ws`, supportsPush: true }) },
  // RFC 9749 section 3.
  { urn: VAPID, at: (_, { applicationServerKey }) => ({ applicationServerKey }) },
  {
    urn: MAIL,
    server: {},
    // RFC 8621 section 1.3.1.
    account: (user, owner, { maxMessage }) => ({
      maxMailboxesPerEmail: null,
      maxMailboxDepth: MAX_MAILBOX_DEPTH,
      maxSizeMailboxName: MAX_MAILBOX_NAME,
      maxSizeAttachmentsPerEmail: maxAttachments(maxMessage),
      emailQuerySortOptions: SORT_OPTIONS,
      mayCreateTopLevelMailbox: owner.id === user.id,
    }),
  },
  {
    urn: BLOB,
    server: {},
    // RFC 9404 section 3.1.
    account: () => ({
      maxSizeBlobSet: LIMITS.maxSizeUpload,
      maxDataSources: MAX_DATA_SOURCES,
      supportedTypeNames: LOOKUP_TYPES,
      supportedDigestAlgorithms: [...DIGESTS.keys()],
    }),
  },
  {
    urn: SUBMISSION,
    server: {},
    // RFC 8621 section 1.3.2.
    account: () => ({ maxDelayedSend: MAX_DELAYED_SEND, submissionExtensions: EXTENSIONS }),
  },
  // RFC 8621 section 1.3.3.
  { urn: VACATION, server: {}, account: () => ({}) },
  // RFC 9007 section 1.3.
  { urn: MDN, server: {}, account: () => ({}) },
  // RFC 9661 section 1.2.1.
  { urn: SIEVE, server: IMPLEMENTATION, account: () => SIEVE_CAPABILITY },
  {
    urn: CONTACTS,
    server: {},
    // RFC 9610 section 1.4.1.
    account: (user, owner) => ({ maxAddressBooksPerCard: null, mayCreateAddressBook: owner.id === user.id }),
  },
  // RFC 9670 section 1.5.1.
  { urn: PRINCIPALS, server: {}, account: (user) => ({ currentUserPrincipalId: user.id }) },
  {
    urn: SNOOZE_URN,
    server: {},
    account: () => ({ maxSnoozed: MAX_SNOOZED, maxDelayedWaking: MAX_DELAYED_WAKING }),
  },
  { urn: PREFERENCES_URN, server: {}, account: () => ({ maxSizePreferences: MAX_PREFERENCES }) },
  { urn: REFERENCES_URN, server: {} },
  { urn: IMAGES_URN, server: {}, account: () => ({ maxUrlsInSign: MAX_IMAGE_URLS }) },
  { urn: UNSUBSCRIBE_URN, server: {}, account: () => ({ maxEmailsInUnsubscribe: MAX_UNSUBSCRIBE }) },
  // RFC 9425 section 2.1.
  { urn: QUOTA, server: {}, account: () => ({}) },
];

export const URNS: ReadonlySet<string> = new Set(CAPABILITIES.map(({ urn }) => urn));
