import { cardOf, parseRows, writersOf } from './csv.ts';
import { readVcards } from './vcard/read.ts';

type Json = Record<string, unknown>;

/** Why something of a file does not become a card. */
export type ImportProblem =
  | { readonly kind: 'unended' | 'unbegun' | 'empty' | 'cells' | 'columns' }
  | { readonly kind: 'email'; readonly value: string };

/** A card of a file, or what is wrong there; `line` is where it begins, from 1. */
export type Imported =
  | { readonly line: number; readonly card: Readonly<Json> }
  | { readonly line: number; readonly wrong: ImportProblem };

/** What is in a file that somebody brings: vCards, or comma-separated values. `uid` gives one to a card that has none. */
export function readImport(text: string, uid: () => string): readonly Imported[] {
  return /^\s*BEGIN:VCARD\s*$/im.test(text) ? fromVcards(text, uid) : fromCsv(text, uid);
}

function fromVcards(text: string, uid: () => string): readonly Imported[] {
  const found: Imported[] = [];
  let begin: number | undefined;
  let lines: string[] = [];
  const stray = (line: number) => {
    const before = found.at(-1);
    // One line says it for all that follow it.
    if (before === undefined || !('wrong' in before) || before.wrong.kind !== 'unbegun') {
      found.push({ line, wrong: { kind: 'unbegun' } });
    }
  };
  text.split(/\r\n|\n|\r/).forEach((one, index) => {
    const line = index + 1;
    if (/^BEGIN:VCARD\s*$/i.test(one)) {
      if (begin !== undefined) found.push({ line: begin, wrong: { kind: 'unended' } });
      begin = line;
      lines = [one];
    } else if (begin === undefined) {
      if (one.trim() !== '') stray(line);
    } else {
      lines.push(one);
      if (!/^END:VCARD\s*$/i.test(one)) return;
      for (const card of readVcards(lines.join('\n'), uid)) found.push(judged(begin, card));
      begin = undefined;
    }
  });
  if (begin !== undefined) found.push({ line: begin, wrong: { kind: 'unended' } });
  return found;
}

function fromCsv(text: string, uid: () => string): readonly Imported[] {
  const [head, ...rows] = parseRows(text);
  if (head === undefined) return [];
  const writers = writersOf(head.cells);
  if (writers.every((writer) => writer === undefined)) return [{ line: head.line, wrong: { kind: 'columns' } }];
  return rows.map(({ line, cells }) => {
    if (cells.slice(writers.length).some((cell) => cell.trim() !== '')) return { line, wrong: { kind: 'cells' } };
    const card = cardOf(writers, cells);
    return card === undefined ? { line, wrong: { kind: 'empty' } } : judged(line, { ...card, uid: uid() });
  });
}

/** What nobody could find again, or write to, is better mended in the file. */
function judged(line: number, card: Readonly<Json>): Imported {
  const emails = Object.values((card.emails ?? {}) as Readonly<Record<string, { readonly address: string }>>);
  const bad = emails.find(({ address }) => !/^[^\s@<>(),;]+@[^\s@<>(),;]+$/.test(address));
  if (bad !== undefined) return { line, wrong: { kind: 'email', value: bad.address } };
  const says = ['name', 'nicknames', 'organizations', 'emails', 'phones', 'onlineServices', 'members'];
  const isEmpty = !says.some((property) => property in card) || isUnnamed(card);
  return isEmpty ? { line, wrong: { kind: 'empty' } } : { line, card };
}

/** A vCard must have a name, and writers of some have given it an empty one. */
function isUnnamed(card: Readonly<Json>): boolean {
  const { full, components } = (card.name ?? {}) as { full?: string; components?: unknown[] };
  const others = ['nicknames', 'organizations', 'emails', 'phones', 'onlineServices'].some((one) => one in card);
  return !others && (full ?? '').trim() === '' && (components?.length ?? 0) === 0;
}
