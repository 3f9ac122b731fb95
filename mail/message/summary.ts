/**
 * What the account log and the snapshots keep of a message, so that everything a mail client lists, sorts, threads or
 * searches by header is answered without reading the message's blob. Plain JSON, compact, versioned: fields that would
 * be empty are absent.
 *
 * Byte strings in IMAP wire form are held as "latin1 strings": one char per byte, code 0-255. Write them to a socket
 * with `Buffer.from(s, 'latin1')`.
 */
export interface Summary {
  /** The format. A reader refuses a version that it does not know. */
  v: 1;
  /** ENVELOPE exactly as it goes on the IMAP wire, outer parentheses included (RFC 3501/9051 7.4.2 / 7.5.2). Latin1 string; may hold literals. */
  envelope: string;
  /** BODYSTRUCTURE exactly as it goes on the IMAP wire, extension data included. Latin1 string; may hold literals. `bodyFromBodystructure` makes BODY of it. */
  bodystructure: string;
  /** Where each part lies in the blob, in pre-order (a part, then its children). The first row is the message itself; its bodyEnd is the message's size. */
  parts: PartRow[];
  /** Bytes of the root header block, the empty line that ends it included (= parts[0].bodyStart): BODY[HEADER] is [0, headerEnd), BODY[TEXT] is [headerEnd, size). */
  headerEnd: number;
  /** Line ends (LF) in the body of the message, from headerEnd to the end. */
  lines: number;
  /** At most 200 code points of decoded readable text, whitespace collapsed (RFC 8970); '' where the message has none. */
  preview: string;
  /** True where a reader would see an attachment (a paper clip): JMAP's hasAttachment (RFC 8621 4.1.4). */
  attachments: boolean;
  /** Message-ID without the angle brackets and outer space, case kept. */
  messageId?: string;
  /** In-Reply-To's message ids, each in the form of `messageId`, at most 16. */
  inReplyTo?: string[];
  /** References' message ids, each in the form of `messageId`, in order; at most 64: the first and the last 63. */
  references?: string[];
  /** The subject, decoded (RFC 2047) and unfolded, at most 1,000 chars; absent where the header is missing or empty. */
  subject?: string;
  /** The Date header as epoch milliseconds; absent where it is missing or cannot be parsed. */
  sent?: number;
  /** The date written in the Date header, its time and zone disregarded, as days since 1970-01-01: what SENTON, SENTBEFORE and SENTSINCE compare (RFC 3501 6.4.4). Present exactly when `sent` is. */
  sentDay?: number;
}

/** A leaf: no structure inside is known to IMAP. */
export const LEAF = 0;
/** A multipart: its children follow. */
export const MULTIPART = 1;
/** A message/rfc822: its one child, the enclosed message (whose header starts where this body starts), follows. */
export const MESSAGE = 2;
export type PartKind = typeof LEAF | typeof MULTIPART | typeof MESSAGE;

/** Content-Transfer-Encoding, as far as BINARY (RFC 3516) must undo it. */
export const IDENTITY = 0;
export const BASE64 = 1;
export const QUOTED_PRINTABLE = 2;
/** An encoding that nobody can undo: BINARY answers NO [UNKNOWN-CTE]. */
export const UNKNOWN_ENCODING = 3;
export type EncodingCode = typeof IDENTITY | typeof BASE64 | typeof QUOTED_PRINTABLE | typeof UNKNOWN_ENCODING;

/**
 * One part: `[kind, headerStart, bodyStart, bodyEnd, encoding]`, and for a multipart the number of its children as a
 * sixth member. Offsets are bytes from the start of the message; `[headerStart, bodyStart)` is the part's MIME header
 * with its empty line, `[bodyStart, bodyEnd)` its body, still transfer-encoded, without the line end that belongs to
 * the boundary (RFC 2046 5.1.1).
 */
export type PartRow = [
  kind: PartKind,
  headerStart: number,
  bodyStart: number,
  bodyEnd: number,
  encoding: EncodingCode,
  children?: number,
];
