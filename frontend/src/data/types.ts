/** What of the JMAP objects (RFC 8621) the pages use. */

export interface Mailbox {
  readonly id: string;
  readonly name: string;
  readonly parentId: string | null;
  readonly role: string | null;
  readonly sortOrder: number;
  readonly totalEmails: number;
  readonly unreadEmails: number;
  readonly totalThreads: number;
  readonly unreadThreads: number;
  readonly isSubscribed: boolean;
  readonly myRights: Readonly<Record<string, boolean>>;
  /** Whom it is shared with, and what they may (RFC 9670 section 4), by principal; null: nobody, or it is not known. */
  readonly shareWith?: Readonly<Record<string, Readonly<Record<string, boolean>>>> | null;
}

export interface Address {
  readonly name: string | null;
  readonly email: string;
}

/** What a row of the list shows. */
export interface Email {
  readonly id: string;
  readonly blobId: string;
  readonly threadId: string;
  readonly mailboxIds: Readonly<Record<string, true>>;
  readonly keywords: Readonly<Record<string, true>>;
  readonly from: readonly Address[] | null;
  readonly to: readonly Address[] | null;
  readonly cc: readonly Address[] | null;
  readonly subject: string | null;
  readonly receivedAt: string;
  readonly size: number;
  readonly preview: string;
  readonly hasAttachment: boolean;
  /** Until when it is put off (docs/jmap.md). */
  readonly snoozed?: { readonly until: string } | null;
}

export interface BodyPart {
  readonly partId: string | null;
  readonly blobId: string | null;
  readonly size: number;
  readonly name: string | null;
  readonly type: string;
  readonly charset: string | null;
  readonly disposition: string | null;
  readonly cid: string | null;
}

/** What an opened message shows besides. */
export interface Message extends Email {
  readonly bcc: readonly Address[] | null;
  readonly replyTo: readonly Address[] | null;
  readonly sentAt: string | null;
  readonly messageId: readonly string[] | null;
  readonly inReplyTo: readonly string[] | null;
  readonly references: readonly string[] | null;
  readonly textBody: readonly BodyPart[];
  readonly htmlBody: readonly BodyPart[];
  readonly attachments: readonly BodyPart[];
  readonly bodyValues: Readonly<
    Record<string, { readonly value: string; readonly isTruncated: boolean; readonly isEncodingProblem?: boolean }>
  >;
  /** Who wants to hear that it was read (RFC 8098). */
  readonly 'header:Disposition-Notification-To:asAddresses'?: readonly Address[] | null;
  /** How to leave a list (RFC 2369). */
  readonly 'header:List-Unsubscribe:asURLs'?: readonly string[] | null;
  /** Whether that takes one click (RFC 8058). */
  readonly 'header:List-Unsubscribe-Post:asText'?: string | null;
}

export const ROW_PROPERTIES = [
  ...[
    'id',
    'blobId',
    'threadId',
    'mailboxIds',
    'keywords',
    'from',
    'to',
    'cc',
    'subject',
    'receivedAt',
    'size',
    'preview',
  ],
  'hasAttachment',
  'snoozed',
] as const;

export const MESSAGE_PROPERTIES = [
  ...ROW_PROPERTIES,
  ...[
    'bcc',
    'replyTo',
    'sentAt',
    'messageId',
    'inReplyTo',
    'references',
    'textBody',
    'htmlBody',
    'attachments',
    'bodyValues',
    'header:Disposition-Notification-To:asAddresses',
    'header:List-Unsubscribe:asURLs',
    'header:List-Unsubscribe-Post:asText',
  ],
] as const;
