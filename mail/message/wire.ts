/**
 * IMAP's wire forms of strings (RFC 3501 9). All are latin1 strings, one char per byte.
 */

/**
 * A string: quoted where it is 7-bit text without line ends, otherwise a literal. A NUL cannot appear in either; it
 * becomes 0x80, so that lengths stay and nothing is mistaken for text.
 */
export function wireString(value: string): string {
  if (/^[ !#-[\]-~]*$/.test(value)) return `"${value}"`;
  const clean = value.includes('\0') ? value.replaceAll('\0', '\x80') : value;
  if (/[\r\n\x80-\xff]/.test(clean)) return `{${clean.length}}\r\n${clean}`;
  return `"${clean.replace(/["\\]/g, '\\$&')}"`;
}

/** A string, or NIL for null. */
export function wireNString(value: string | null): string {
  return value === null ? 'NIL' : wireString(value);
}

/** The position after the item (parenthesized list, quoted string, literal or atom) that begins at `at`; the text's length where it does not end. Not recursive. */
export function itemEnd(wire: string, at: number): number {
  let depth = 0;
  let i = at;
  do {
    const c = wire[i];
    if (c === '(') {
      depth++;
      i++;
    } else if (c === ')') {
      depth--;
      i++;
    } else if (c === ' ') i++;
    else i = scalarEnd(wire, i);
  } while (depth > 0 && i < wire.length);
  return i;
}

function scalarEnd(wire: string, at: number): number {
  if (wire[at] === '"') return quotedEnd(wire, at);
  if (wire[at] === '{') {
    const { start, length } = literalAt(wire, at);
    return Math.min(wire.length, start + length);
  }
  let i = at + 1;
  while (i < wire.length && !' ()'.includes(wire[i]!)) i++;
  return i;
}

function quotedEnd(wire: string, at: number): number {
  for (let i = at + 1; i < wire.length; i++) {
    if (wire[i] === '\\') i++;
    else if (wire[i] === '"') return i + 1;
  }
  return wire.length;
}

function literalAt(wire: string, at: number): { start: number; length: number } {
  const close = wire.indexOf('}', at);
  return { start: close + 3, length: Number(wire.slice(at + 1, close)) };
}

/** What a wire form holds: a list, a string, or null for NIL. Numbers and other atoms come as strings. */
export type WireValue = string | null | WireValue[];

/** Reads the item that begins at `at`, with quotes, escapes and literals undone. For wire forms that this project wrote: nesting is that of ENVELOPE. */
export function readItem(wire: string, at = 0): WireValue {
  const stack: WireValue[][] = [[]];
  let i = at;
  do {
    const c = wire[i];
    if (c === '(') {
      stack.push([]);
      i++;
    } else if (c === ')') {
      const list = stack.pop()!;
      stack.at(-1)!.push(list);
      i++;
    } else if (c === ' ') i++;
    else {
      const end = scalarEnd(wire, i);
      stack.at(-1)!.push(scalar(wire, i, end));
      i = end;
    }
  } while (stack.length > 1 && i < wire.length);
  return stack[0]![0] ?? null;
}

function scalar(wire: string, at: number, end: number): string | null {
  if (wire[at] === '"') return wire.slice(at + 1, end - 1).replace(/\\(["\\])/g, '$1');
  if (wire[at] === '{') return wire.slice(literalAt(wire, at).start, end);
  const atom = wire.slice(at, end);
  return atom === 'NIL' ? null : atom;
}
