import type { EnvelopeFields } from './envelope.ts';

/** How much of the headers is kept while a message is read; more is passed over, never refused. */
export interface FieldLimits {
  /** Bytes of one field. */
  field: number;
  /** Bytes of the kept fields of one header block. */
  block: number;
  /** Bytes of the kept fields of all header blocks of a message. */
  total: number;
}

const ADDRESSES = new Set(['from', 'sender', 'reply-to', 'to', 'cc', 'bcc']);
const KEPT = new Set([
  ...ADDRESSES,
  'date',
  'subject',
  'in-reply-to',
  'message-id',
  'references',
  'content-type',
  'content-transfer-encoding',
  'content-id',
  'content-description',
  'content-disposition',
  'content-language',
  'content-location',
  'content-md5',
]);
const LONGEST_NAME = Math.max(...Array.from(KEPT, (name) => name.length));

/** Collects the fields of one header block that the index needs, line by line, within limits. */
export class FieldCollector {
  readonly #limits: FieldLimits;
  #total = 0;
  #block = 0;
  #fields = new Map<string, string>();
  #name = '';
  #value = '';

  constructor(limits: FieldLimits) {
    this.#limits = limits;
  }

  /** Takes one line of the block, without its line end. A line that is neither a field nor a continuation is passed over. */
  line(line: string): void {
    const first = line.charCodeAt(0);
    if (first === 0x20 || first === 0x09) {
      if (this.#name !== '') this.#append(line);
      return;
    }
    this.#flush();
    const name = keptName(line);
    if (name === '') return;
    this.#name = name;
    this.#append(line.slice(line.indexOf(':') + 1));
  }

  #append(text: string): void {
    const room = Math.min(
      this.#limits.field - this.#value.length,
      this.#limits.block - this.#block,
      this.#limits.total - this.#total,
    );
    const kept = text.length > room ? text.slice(0, Math.max(0, room)) : text;
    this.#value += kept;
    this.#block += kept.length;
    this.#total += kept.length;
  }

  #flush(): void {
    if (this.#name === '') return;
    const value = this.#value.trim();
    const earlier = this.#fields.get(this.#name);
    if (earlier === undefined) this.#fields.set(this.#name, value);
    else if (ADDRESSES.has(this.#name)) this.#fields.set(this.#name, `${earlier}, ${value}`);
    this.#name = '';
    this.#value = '';
  }

  /** Ends the block: returns its fields and is ready for the next one. */
  take(): EnvelopeFields {
    this.#flush();
    const fields = this.#fields;
    this.#fields = new Map();
    this.#block = 0;
    return fields;
  }
}

/** The field's name in lower case where it is one of those kept, else ''. */
function keptName(line: string): string {
  // A little room for the white space that obsolete syntax allows before the colon (RFC 5322 4.5.8).
  const colon = line.slice(0, LONGEST_NAME + 8).indexOf(':');
  if (colon <= 0) return '';
  const name = line.slice(0, colon).trimEnd().toLowerCase();
  return KEPT.has(name) ? name : '';
}
