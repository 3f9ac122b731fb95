import { fieldName } from './headers.ts';
import { type EncodingCode, IDENTITY, MESSAGE, MULTIPART, type Summary } from './summary.ts';

/** `<offset.length>` of BODY[...]: bytes. */
export interface SectionPartial {
  offset: number;
  length: number;
}

/** A section of a message as FETCH names it (RFC 3501 6.4.5, 9: `section-spec`). */
export interface SectionSpec {
  /** The part numbers, from 1; empty for the message. */
  path: number[];
  /** What of it; undefined for the whole message or the part's body. */
  text?: 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME';
  /** For HEADER.FIELDS and HEADER.FIELDS.NOT. */
  fields?: string[];
  partial?: SectionPartial;
}

/** Bytes of the blob that are the answer. */
export interface SectionRange {
  kind: 'range';
  start: number;
  /** Exclusive. */
  end: number;
  /** How the range is transfer-encoded, for BINARY; IDENTITY for headers, whole messages and containers. */
  encoding: EncodingCode;
}

/** Bytes of the blob that hold a header block, to be given to `filterHeaderFields`; `partial` then counts in its result. */
export interface SectionFields {
  kind: 'fields';
  start: number;
  end: number;
  names: string[];
  not: boolean;
  partial?: SectionPartial;
}

/** Numbers as they stand in a section: more digits than any message needs count as a part that does not exist. */
const NUMBER = /^[1-9]\d{0,8}$/;

/**
 * Parses what stands between the brackets of BODY[...] and, if present, the `<o.n>` after them:
 * `1.2.HEADER.FIELDS (Date From)`, `TEXT`, ``, `1.MIME`. Field names are atoms or quoted strings. Undefined where it
 * does not follow the grammar (RFC 3501 9: MIME needs a part, HEADER.FIELDS a list that is not empty).
 */
export function parseSection(text: string, partial?: SectionPartial): SectionSpec | undefined {
  const match =
    /^((?:[1-9]\d*)(?:\.[1-9]\d*)*)?(?:(^|\.)(HEADER|TEXT|MIME|HEADER\.FIELDS(?:\.NOT)?))?(?: \(([^()]*)\))?$/i.exec(
      text,
    );
  if (match === null) return undefined;
  const [, numbers, , name, list] = match;
  const part = name?.toUpperCase() as SectionSpec['text'];
  const wantsList = part === 'HEADER.FIELDS' || part === 'HEADER.FIELDS.NOT';
  if (wantsList !== (list !== undefined) || (part === 'MIME' && numbers === undefined)) return undefined;
  const spec: SectionSpec = {
    path: numbers === undefined ? [] : numbers.split('.').map((n) => (NUMBER.test(n) ? Number(n) : Infinity)),
  };
  if (part !== undefined) spec.text = part;
  if (list !== undefined) {
    const names = Array.from(
      list.matchAll(/"((?:[^"\\]|\\.)*)"|[^\s"]+/g),
      ([whole, quoted]) => quoted?.replace(/\\(.)/g, '$1') ?? whole,
    );
    if (names.length === 0) return undefined;
    spec.fields = names;
  }
  if (partial !== undefined) spec.partial = partial;
  return spec;
}

/**
 * Finds a section in a message by its summary alone. Undefined where the message has no such part, or where HEADER or
 * TEXT is asked of a part that is no message (RFC 3501 6.4.5): FETCH then shows NIL. A partial beyond the end gives an
 * empty range.
 */
export function resolveSection(summary: Summary, spec: SectionSpec): SectionRange | SectionFields | undefined {
  const { parts } = summary;
  const at = findPart(summary, spec.path);
  if (at === undefined) return undefined;
  const [kind, headerStart, bodyStart, bodyEnd, encoding] = parts[at]!;
  if (spec.text === undefined) {
    if (spec.path.length === 0) return range(headerStart, bodyEnd, IDENTITY, spec.partial);
    return range(bodyStart, bodyEnd, kind === MULTIPART ? IDENTITY : encoding, spec.partial);
  }
  if (spec.text === 'MIME') return range(headerStart, bodyStart, IDENTITY, spec.partial);
  // With numbers before it, HEADER and TEXT mean those of the enclosed message.
  if (spec.path.length > 0 && kind !== MESSAGE) return undefined;
  const message = parts[spec.path.length === 0 ? 0 : at + 1]!;
  if (spec.text === 'TEXT') return range(message[2], message[3], IDENTITY, spec.partial);
  if (spec.text === 'HEADER') return range(message[1], message[2], IDENTITY, spec.partial);
  return {
    kind: 'fields',
    start: message[1],
    end: message[2],
    names: spec.fields ?? [],
    not: spec.text === 'HEADER.FIELDS.NOT',
    ...(spec.partial === undefined ? {} : { partial: spec.partial }),
  };
}

function range(from: number, to: number, encoding: EncodingCode, partial: SectionPartial | undefined): SectionRange {
  if (partial === undefined) return { kind: 'range', start: from, end: to, encoding };
  const start = Math.min(to, from + partial.offset);
  return { kind: 'range', start, end: Math.min(to, start + partial.length), encoding };
}

/**
 * The row of a part by its numbers (RFC 3501 6.4.5): a multipart's parts count from 1; a message that is no multipart
 * has the one part 1, its body; the numbers below a message/rfc822 are those of the message it encloses.
 */
function findPart({ parts }: Summary, path: readonly number[]): number | undefined {
  let at = 0;
  for (let depth = 0; depth < path.length; depth++) {
    const number = path[depth]!;
    // Before the first number the message itself is meant, as below a message/rfc822 the enclosed one.
    if (depth > 0) {
      const kind = parts[at]![0];
      if (kind === MESSAGE) at++;
      else if (kind !== MULTIPART) return undefined;
    }
    if (parts[at]![0] === MULTIPART) {
      const child = childRow(parts, at, number);
      if (child === undefined) return undefined;
      at = child;
    } else if (number !== 1) return undefined;
  }
  return at;
}

function childRow(parts: Summary['parts'], at: number, number: number): number | undefined {
  if (number > (parts[at]![5] ?? 0)) return undefined;
  let child = at + 1;
  for (let n = 1; n < number; n++) child = nextSibling(parts, child);
  return child;
}

/** The row after a part and all that it holds. */
function nextSibling(parts: Summary['parts'], at: number): number {
  let row = at;
  for (let open = 1; open > 0; row++) {
    const [kind, , , , , children = 0] = parts[row]!;
    open += (kind === MESSAGE ? 1 : children) - 1;
  }
  return row;
}

/**
 * The fields of a header block whose names are in the list (or, with `not`, are not in it), byte for byte, folded lines
 * included, and the empty line at the end where the block has one (RFC 3501 6.4.5). Names are compared without regard
 * to case. Linear.
 */
export function filterHeaderFields(header: Uint8Array, names: readonly string[], not: boolean): Uint8Array {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  const kept: Uint8Array[] = [];
  // A block that begins with a continuation: of a field without a name.
  let keeping = not;
  for (let start = 0; start < bytes.length; ) {
    const lf = bytes.indexOf(0x0a, start);
    const end = lf < 0 ? bytes.length : lf + 1;
    const first = bytes[start];
    const empty = first === 0x0a || (first === 0x0d && bytes[start + 1] === 0x0a);
    if (empty) keeping = true;
    else if (first !== 0x20 && first !== 0x09) {
      keeping = wanted.has(fieldName(bytes.toString('latin1', start, Math.min(end, start + 1_024)))) !== not;
    }
    if (keeping) kept.push(bytes.subarray(start, end));
    if (empty) break;
    start = end;
  }
  return Buffer.concat(kept);
}
