import { parseLanguage } from './bodystructure.ts';
import { Boundaries, type BoundaryMatch, MAX_BOUNDARY } from './boundaries.ts';
import { type EnvelopeFields, renderEnvelope } from './envelope.ts';
import { FieldCollector, type FieldLimits } from './fields.ts';
import {
  defaultMedia,
  isAttachment,
  isMessage,
  isMultipart,
  opaqueMedia,
  parseDisposition,
  parseMedia,
  parseToken,
} from './media.ts';
import { type Parameter, rawParameter } from './parameters.ts';
import type { Part } from './part.ts';
import { LEAF, MESSAGE, MULTIPART } from './summary.ts';

/** A position between two lines of the message. */
export interface LinePosition {
  offset: number;
  /** LFs before it. */
  lines: number;
}

/** A part that has begun and not ended. */
interface Open {
  part: Part;
  /** The boundary of its children, while one may still come. */
  boundary: string | undefined;
  /** LFs before its body. */
  linesBefore: number;
}

/**
 * The tree of parts while it grows: told where header lines, header ends and boundary lines lie, it knows what they
 * mean. Never recursive; depth and number of parts are bounded, and what exceeds them is one opaque leaf.
 */
export class PartTree {
  readonly #maxParts: number;
  readonly #maxDepth: number;
  readonly #collector: FieldCollector;
  readonly #stack: Open[] = [];
  #boundaries = new Boundaries();
  #inHeader = true;
  readonly root: Part = newPart(0);
  rootFields: EnvelopeFields = new Map();
  partCount = 1;

  constructor(limits: FieldLimits & { parts: number; depth: number }) {
    this.#maxParts = limits.parts;
    this.#maxDepth = limits.depth;
    this.#collector = new FieldCollector(limits);
    this.#stack.push({ part: this.root, boundary: undefined, linesBefore: 0 });
  }

  /** Whether the next line belongs to a header block. */
  get inHeader(): boolean {
    return this.#inHeader;
  }

  /** Whether a line can be a boundary at all. */
  get awaitsBoundary(): boolean {
    return this.#boundaries.size > 0;
  }

  /** The innermost part that is open. */
  get current(): Part {
    return this.#top.part;
  }

  /** Whether the innermost part lies in no enclosed message. */
  get inOwnMessage(): boolean {
    return !this.#stack.some(({ part }) => part.kind === MESSAGE);
  }

  get #top(): Open {
    return this.#stack.at(-1)!;
  }

  /** What a line (without its line end) means as a boundary; undefined where it is none. */
  match(line: string): BoundaryMatch | undefined {
    return this.#boundaries.match(line);
  }

  /** Takes a line of the header block: neither empty nor a boundary. */
  headerLine(line: string): void {
    this.#collector.line(line);
  }

  /** Ends the header block of the innermost part; its body begins at `body`. */
  endHeader(body: LinePosition): void {
    const open = this.#top;
    const { part } = open;
    const parent = this.#stack.at(-2)?.part;
    const fields = this.#collector.take();
    this.#inHeader = false;
    part.bodyStart = body.offset;
    open.linesBefore = body.lines;
    describe(part, fields, parent);
    if (parent === undefined) this.rootFields = fields;
    else if (parent.kind === MESSAGE) parent.envelope = renderEnvelope(fields);
    if (isMultipart(part.type)) this.#openMultipart(open);
    else if (isMessage(part.type, part.subtype)) this.#openMessage(part, body.offset);
  }

  #openMultipart(open: Open): void {
    const boundary = boundaryOf(open.part.params);
    if (this.#stack.length >= this.#maxDepth) {
      makeOpaque(open.part);
      return;
    }
    open.part.kind = MULTIPART;
    // RFC 2046 5.1.1 makes the boundary a must: without one there is nothing to divide the body by, and it has no parts.
    if (boundary === undefined) return;
    open.boundary = boundary;
    this.#boundaries.add(boundary, this.#stack.length - 1);
  }

  #openMessage(part: Part, bodyStart: number): void {
    if (this.#stack.length >= this.#maxDepth || this.partCount >= this.#maxParts - 1) {
      makeOpaque(part);
      return;
    }
    part.kind = MESSAGE;
    this.#openChild(part, bodyStart);
  }

  #openChild(parent: Part, headerStart: number): void {
    const part = newPart(headerStart);
    parent.children.push(part);
    this.partCount++;
    this.#stack.push({ part, boundary: undefined, linesBefore: 0 });
    this.#inHeader = true;
  }

  /**
   * Takes a boundary line.
   * @param line where it begins
   * @param lineBreak bytes of the line end before it (1 or 2), which belong to the boundary (RFC 2046 5.1.1)
   * @param after where the line after it begins
   */
  boundary(match: BoundaryMatch, line: LinePosition, lineBreak: number, after: LinePosition): void {
    while (this.#inHeader) {
      // A header without its empty line: the line end before the boundary is the boundary's here too.
      const empty = this.current.headerStart >= line.offset;
      this.endHeader(empty ? line : { offset: line.offset - lineBreak, lines: line.lines - 1 });
    }
    while (this.#stack.length - 1 > match.owner) this.#close(line, lineBreak);
    const owner = this.#top;
    if (match.closing) {
      this.#boundaries.remove(owner.boundary!);
      owner.boundary = undefined;
    } else if (this.partCount < this.#maxParts - 1) this.#openChild(owner.part, after.offset);
    else this.#openRest(owner.part, after);
  }

  #close(line: LinePosition, lineBreak: number): void {
    const { part, boundary, linesBefore } = this.#stack.pop()!;
    if (boundary !== undefined) this.#boundaries.remove(boundary);
    // Nothing to cut from an empty body, nor where the last child is empty and ends only here.
    const whole = part.bodyStart >= line.offset || part.children.at(-1)?.bodyEnd === line.offset;
    part.bodyEnd = whole ? line.offset : line.offset - lineBreak;
    part.lines = (whole ? line.lines : line.lines - 1) - linesBefore;
    fill(part);
  }

  /** The part that is one too many takes all that follows. */
  #openRest(parent: Part, body: LinePosition): void {
    this.#boundaries = new Boundaries();
    this.#openChild(parent, body.offset);
    this.#inHeader = false;
    this.#top.linesBefore = body.lines;
    this.#top.part.bodyStart = body.offset;
    makeOpaque(this.#top.part);
  }

  /** Ends the message. */
  finish(end: LinePosition): void {
    while (this.#inHeader) this.endHeader(end);
    for (const { part, linesBefore } of this.#stack) {
      part.bodyEnd = end.offset;
      part.lines = end.lines - linesBefore;
      fill(part);
    }
  }
}

function newPart(headerStart: number): Part {
  return {
    kind: LEAF,
    ...defaultMedia(false),
    id: null,
    description: null,
    encoding: '7bit',
    md5: null,
    disposition: null,
    language: [],
    location: null,
    headerStart,
    bodyStart: headerStart,
    bodyEnd: headerStart,
    lines: 0,
    children: [],
    envelope: null,
  };
}

/** IMAP's grammar has no multipart without parts (RFC 3501 9: `1*body`): one that has none gets an empty one. */
function fill(part: Part): void {
  if (part.kind === MULTIPART && part.children.length === 0) part.children.push(newPart(part.bodyEnd));
}

function describe(part: Part, fields: EnvelopeFields, parent: Part | undefined): void {
  const inDigest = parent?.kind === MULTIPART && parent.subtype.toLowerCase() === 'digest';
  const value = fields.get('content-type');
  const media = (value === undefined ? undefined : parseMedia(value)) ?? defaultMedia(inDigest);
  part.type = media.type;
  part.subtype = media.subtype;
  part.params = media.params;
  part.id = fields.get('content-id') ?? null;
  part.description = fields.get('content-description') ?? null;
  part.encoding = parseToken(fields.get('content-transfer-encoding')) || '7bit';
  part.md5 = fields.get('content-md5') ?? null;
  part.disposition = parseDisposition(fields.get('content-disposition'));
  part.language = parseLanguage(fields.get('content-language') ?? '');
  part.location = fields.get('content-location') ?? null;
}

function makeOpaque(part: Part): void {
  Object.assign(part, opaqueMedia());
}

/** The boundary as lines show it; undefined where it is missing, empty or longer than MAX_BOUNDARY. It never ends in a space (RFC 2046 5.1.1). */
function boundaryOf(params: readonly Parameter[]): string | undefined {
  const boundary = rawParameter(params, 'boundary')?.trimEnd();
  return boundary === undefined || boundary === '' || boundary.length > MAX_BOUNDARY ? undefined : boundary;
}

/** Whether a part is text that a reader would see, of the given subtype, for the preview. */
export function isReadable(part: Part, subtype: string): boolean {
  const named = part.type.toLowerCase() === 'text' && part.subtype.toLowerCase() === subtype;
  return named && part.kind === LEAF && !isAttachment(part.disposition);
}
