import { isText } from '../../message/media.ts';
import { type Parameter, parameterText } from '../../message/parameters.ts';
import { MESSAGE, MULTIPART, type PartRow, type Summary } from '../../message/summary.ts';
import { readItem, type WireValue } from '../../message/wire.ts';
import { asText, cleanText } from './header-forms.ts';

/** One part of a message, as its summary knows it (RFC 8621 section 4.1.4: EmailBodyPart). */
export interface BodyPart {
  /** Its row of `summary.parts`. */
  readonly row: number;
  readonly place: PartRow;
  /** Lower case: `text/plain`. */
  readonly type: string;
  readonly charset: string | null;
  readonly name: string | null;
  /** Lower case. */
  readonly disposition: string | null;
  readonly cid: string | null;
  readonly language: readonly string[] | null;
  readonly location: string | null;
  /** The parts of a multipart; a message within is not taken apart. */
  readonly subParts: readonly BodyPart[] | null;
}

/** The tree of parts out of the summary alone. Its depth is bounded by the indexer. */
export function bodyStructure({ bodystructure, parts }: Summary): BodyPart {
  const read = (wire: WireValue, row: number): BodyPart => {
    const items = Array.isArray(wire) ? wire : [];
    const place = parts[row]!;
    if (place[0] !== MULTIPART) return leaf(items, row, place);
    const subParts: BodyPart[] = [];
    let next = row + 1;
    for (let i = 0; i < (place[5] ?? 0); i++) {
      subParts.push(read(items[i] ?? null, next));
      next = behind(parts, next);
    }
    const [subtype, params, disposition, language, location] = items.slice(subParts.length);
    return part(
      row,
      place,
      { type: 'multipart', subtype, params, id: null, disposition, language, location },
      subParts,
    );
  };
  return read(readItem(bodystructure), 0);
}

/** Every part that is no multipart, in the order of the message. */
export function leaves(root: BodyPart): BodyPart[] {
  return root.subParts === null ? [root] : root.subParts.flatMap(leaves);
}

export function isTextPart({ type }: BodyPart): boolean {
  return type.startsWith('text/');
}

/** `type subtype params id description encoding size`, then what the type adds, then `md5 disposition language location`. */
function leaf(items: readonly WireValue[], row: number, place: PartRow): BodyPart {
  const [type, subtype, params, id] = items;
  const added = place[0] === MESSAGE ? 3 : isText(String(type)) ? 1 : 0;
  const [disposition, language, location] = items.slice(8 + added);
  return part(row, place, { type, subtype, params, id, disposition, language, location }, null);
}

type Fields = Readonly<
  Record<'type' | 'subtype' | 'params' | 'id' | 'disposition' | 'language' | 'location', WireValue | undefined>
>;

function part(row: number, place: PartRow, fields: Fields, subParts: readonly BodyPart[] | null): BodyPart {
  const [disposition, dispositionParams] = Array.isArray(fields.disposition) ? fields.disposition : [];
  const params = parameters(fields.params);
  const name = parameterText(parameters(dispositionParams), 'filename') ?? parameterText(params, 'name');
  return {
    row,
    place,
    type: `${fields.type}/${fields.subtype}`.toLowerCase(),
    charset: parameterText(params, 'charset') ?? null,
    name: name === undefined ? null : cleanText(name),
    disposition: typeof disposition === 'string' ? disposition.toLowerCase() : null,
    cid: typeof fields.id === 'string' ? contentId(fields.id) : null,
    language: Array.isArray(fields.language) ? fields.language.map(String) : null,
    location: typeof fields.location === 'string' ? asText(fields.location.replace(/\s+/g, '')) : null,
    subParts,
  };
}

function parameters(wire: WireValue | undefined): Parameter[] {
  if (!Array.isArray(wire)) return [];
  return Array.from({ length: Math.floor(wire.length / 2) }, (_, i) => [
    String(wire[2 * i]),
    String(wire[2 * i + 1] ?? ''),
  ]);
}

/** Without comments, white space and angle brackets. */
function contentId(value: string): string {
  return asText((/<([^<>]*)>/.exec(value)?.[1] ?? value).replace(/\s+/g, ''));
}

/** The row behind a part and all that it holds. */
function behind(parts: readonly PartRow[], row: number): number {
  let at = row;
  for (let open = 1; open > 0; at++) {
    const [kind, , , , , children = 0] = parts[at]!;
    open += (kind === MESSAGE ? 1 : children) - 1;
  }
  return at;
}
