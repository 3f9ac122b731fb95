import { isMessage, isText } from './media.ts';
import { type Parameter, type ParameterizedValue, parseParameterized } from './parameters.ts';
import type { Part } from './part.ts';
import { MESSAGE, MULTIPART } from './summary.ts';
import { itemEnd, wireNString, wireString } from './wire.ts';

/** Renders BODYSTRUCTURE with its extension data (RFC 3501 7.4.2, 9: `body`). The depth of the tree is bounded by the indexer. */
export function renderBodystructure(part: Part): string {
  const extension = `${renderDisposition(part.disposition)} ${renderLanguage(part.language)} ${wireNString(part.location)}`;
  if (part.kind === MULTIPART) {
    const children = part.children.map(renderBodystructure).join('');
    return `(${children} ${wireString(part.subtype)} ${renderParams(part.params)} ${extension})`;
  }
  let specific = '';
  if (part.kind === MESSAGE) specific = ` ${part.envelope} ${renderBodystructure(part.children[0]!)} ${part.lines}`;
  else if (isText(part.type)) specific = ` ${part.lines}`;
  const common = `${wireString(part.type)} ${wireString(part.subtype)} ${renderParams(part.params)} ${wireNString(part.id)} ${wireNString(part.description)} ${wireString(part.encoding)} ${part.bodyEnd - part.bodyStart}`;
  return `(${common}${specific} ${wireNString(part.md5)} ${extension})`;
}

function renderParams(params: readonly Parameter[]): string {
  if (params.length === 0) return 'NIL';
  return `(${params.map(([name, value]) => `${wireString(name)} ${wireString(value)}`).join(' ')})`;
}

function renderDisposition(disposition: ParameterizedValue | null): string {
  return disposition === null ? 'NIL' : `(${wireString(disposition.value)} ${renderParams(disposition.params)})`;
}

function renderLanguage(language: readonly string[]): string {
  return language.length === 0 ? 'NIL' : `(${language.map(wireString).join(' ')})`;
}

/** Content-Language's tags (RFC 3282), at most 20. */
export function parseLanguage(value: string): string[] {
  return parseParameterized(value)
    .value.split(',')
    .filter((tag) => tag !== '')
    .slice(0, 20);
}

/** BODY, the form without extension data, made from a BODYSTRUCTURE that `renderBodystructure` wrote. */
export function bodyFromBodystructure(wire: string): string {
  return copyBody(wire, 0).body;
}

function copyBody(wire: string, at: number): { body: string; end: number } {
  const end = itemEnd(wire, at);
  let i = at + 1;
  if (wire[i] === '(') {
    let children = '';
    while (wire[i] === '(') {
      const child = copyBody(wire, i);
      children += child.body;
      i = child.end;
    }
    return { body: `(${children}${wire.slice(i, itemEnd(wire, i + 1))})`, end };
  }
  const typeEnd = itemEnd(wire, i);
  const subtypeEnd = itemEnd(wire, typeEnd + 1);
  const type = wire.slice(i + 1, typeEnd - 1);
  const subtype = wire.slice(typeEnd + 2, subtypeEnd - 1);
  // Parameters, id, description, encoding and size follow.
  i = subtypeEnd;
  for (let n = 0; n < 5; n++) i = itemEnd(wire, i + 1);
  if (isText(type)) i = itemEnd(wire, i + 1);
  else if (isMessage(type, subtype)) {
    const envelopeEnd = itemEnd(wire, i + 1);
    const child = copyBody(wire, envelopeEnd + 1);
    const linesEnd = itemEnd(wire, child.end + 1);
    return { body: `${wire.slice(at, envelopeEnd)} ${child.body}${wire.slice(child.end, linesEnd)})`, end };
  }
  return { body: `${wire.slice(at, i)})`, end };
}
