/** vCards as lines of text (RFC 6350 section 3, RFC 2426): unfolded, with parameters, and values not yet taken apart. */

export interface Line {
  /** Lower case; '' where there is none. */
  readonly group: string;
  /** Upper case. */
  readonly name: string;
  /** By name in upper case; values as they were written, without quotes. */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  readonly value: string;
}

/** Limits on what is read, so that no input costs more than its size. */
const MAX_LINES = 10_000;
const MAX_LINE = 20 * 1024 * 1024;

/** The vCards in a text, each as its lines without BEGIN, END and VERSION; what is no line is passed over. */
export function readLines(text: string): readonly { readonly version: string; readonly lines: readonly Line[] }[] {
  const cards: { version: string; lines: Line[] }[] = [];
  let card: { version: string; lines: Line[] } | undefined;
  for (const raw of unfolded(text)) {
    const line = parseLine(raw);
    if (line === undefined) continue;
    const isCard = line.value.trim().toUpperCase() === 'VCARD';
    if (line.name === 'BEGIN' && isCard) card = { version: '', lines: [] };
    else if (line.name === 'END' && isCard) {
      if (card !== undefined) cards.push(card);
      card = undefined;
    } else if (card !== undefined && line.name === 'VERSION') card.version = line.value.trim();
    else if (card !== undefined && card.lines.length < MAX_LINES) card.lines.push(line);
  }
  return cards;
}

function* unfolded(text: string): Generator<string> {
  let line: string[] = [];
  let isQuoted = false;
  for (const part of text.split(/\r\n|\n|\r/)) {
    const last = line.at(-1);
    if (last !== undefined && /^[ \t]/.test(part)) line.push(part.slice(1));
    // vCard 2.1 as old telephones write it: a line of quoted-printable goes on behind a `=`.
    else if (last !== undefined && isQuoted && last.endsWith('=')) line[line.length - 1] = last.slice(0, -1) + part;
    else {
      if (line.length > 0) yield line.join('').slice(0, MAX_LINE);
      line = part === '' ? [] : [part];
      isQuoted = /^[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE[;:]/i.test(part);
    }
  }
  if (line.length > 0) yield line.join('').slice(0, MAX_LINE);
}

function parseLine(text: string): Line | undefined {
  const colon = valueStart(text);
  if (colon < 0) return undefined;
  const [head = '', ...rest] = split(text.slice(0, colon), ';', '"');
  const [, group = '', name] = /^(?:([A-Za-z0-9-]+)\.)?([A-Za-z0-9-]+)$/.exec(head.trim()) ?? [];
  if (name === undefined) return undefined;
  const parameters = new Map<string, string[]>();
  for (const one of rest) {
    const equals = one.indexOf('=');
    // vCard 2.1 has types without a name.
    const [key, value] =
      equals < 0 ? ['TYPE', one] : [one.slice(0, equals).trim().toUpperCase(), one.slice(equals + 1)];
    const values = split(value, ',', '"').map((each) => unquoted(each.trim()));
    parameters.set(key, [...(parameters.get(key) ?? []), ...values]);
  }
  return { group: group.toLowerCase(), name: name.toUpperCase(), parameters, value: text.slice(colon + 1) };
}

/** The first colon outside quotes. */
function valueStart(text: string): number {
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') isQuoted = !isQuoted;
    else if (text[i] === ':' && !isQuoted) return i;
  }
  return -1;
}

/** RFC 6868. */
function unquoted(value: string): string {
  const plain = value.startsWith('"') && value.endsWith('"') && value.length > 1 ? value.slice(1, -1) : value;
  return plain.replace(/\^(['n^])/g, (_, code) => ({ "'": '"', n: '\n', '^': '^' })[code as string]!);
}

/** Cut at a separator, but not where it stands behind a backslash, or within quotes where these are given. */
export function split(text: string, separator: string, quote?: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === quote) isQuoted = !isQuoted;
    else if (text[i] === '\\' && quote === undefined) i++;
    else if (text[i] === separator && !isQuoted) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** A text value without its backslashes (RFC 6350 section 3.4). */
export function plainText(text: string): string {
  return text.replace(/\\([nN,;\\:])/g, (_, code: string) => (code.toLowerCase() === 'n' ? '\n' : code));
}

export function escaped(text: string): string {
  return text.replace(/[\\,;]/g, (character) => `\\${character}`).replace(/\r\n|\r|\n/g, '\\n');
}

/** A line of a vCard, folded at 75 octets (RFC 6350 section 3.2). */
export function writeLine(name: string, parameters: readonly (readonly [string, string])[], value: string): string {
  const given = parameters.map(([key, one]) => `;${key}=${quoted(one)}`).join('');
  return fold(`${name}${given}:${value}`);
}

/** RFC 6868. */
function quoted(value: string): string {
  const plain = value
    .replace(/\^/g, '^^')
    .replace(/\r\n|\r|\n/g, '^n')
    .replace(/"/g, "^'");
  return /^[A-Za-z0-9_/+.@-]*$/.test(plain) ? plain : `"${plain.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')}"`;
}

const UTF8 = new TextEncoder();

function fold(line: string): string {
  const parts: string[] = [];
  let part = '';
  let size = 0;
  for (const character of line) {
    const bytes = UTF8.encode(character).length;
    if (size + bytes > (parts.length === 0 ? 75 : 74)) {
      parts.push(part);
      part = '';
      size = 0;
    }
    part += character;
    size += bytes;
  }
  parts.push(part);
  return `${parts.join('\r\n ')}\r\n`;
}
