import type { EnvelopeFields } from './envelope.ts';
import type { Parameter, ParameterizedValue } from './parameters.ts';
import type { PartKind } from './summary.ts';

/** One MIME part, or the message itself. Strings are raw latin1 as the header has them, unfolded; null where the header has no such field. Offsets are bytes from the start of the outermost message. */
export interface Part {
  kind: PartKind;
  /** The media type as written, defaults filled in (RFC 2045 5.2, RFC 2046 5.1.5). */
  type: string;
  subtype: string;
  params: Parameter[];
  id: string | null;
  description: string | null;
  /** Content-Transfer-Encoding as written; "7bit" where the header has none. */
  encoding: string;
  md5: string | null;
  disposition: ParameterizedValue | null;
  language: string[];
  location: string | null;
  headerStart: number;
  bodyStart: number;
  /** Exclusive; without the line end that belongs to the boundary after it (RFC 2046 5.1.1). */
  bodyEnd: number;
  /** LFs in the body. */
  lines: number;
  /** A multipart's parts; for a message/rfc822 the enclosed message alone. */
  children: Part[];
  /** For a message/rfc822: the enclosed message's ENVELOPE in wire form. */
  envelope: string | null;
}

/** The beginning of a text part, kept while indexing for the preview. */
export interface CapturedText {
  part: Part;
  /** Still transfer-encoded. */
  bytes: Uint8Array;
}

/** What one pass over a message finds. */
export interface MessageIndex {
  /** The message as a part: offsets of the whole, and the tree. */
  root: Part;
  /** Kept fields of the root header. */
  fields: EnvelopeFields;
  /** The message's size in bytes. */
  size: number;
  /** Parts in the tree, the root included. */
  partCount: number;
  /** The first readable text/plain and text/html part that is no attachment. */
  plain: CapturedText | undefined;
  html: CapturedText | undefined;
}
