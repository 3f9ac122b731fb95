import { type Link, linkOf } from './links.ts';

/** Plain text of a message as what it is: lines, quotes, links. Never HTML. */

export interface Block {
  /** How often it is quoted: the signs before its lines (RFC 3676 section 4.5). */
  readonly depth: number;
  readonly lines: readonly string[];
}

/** Lines of one depth together. */
export function blocksOf(text: string): readonly Block[] {
  const blocks: { depth: number; lines: string[] }[] = [];
  for (const line of text.replace(/\r\n?/g, '\n').split('\n')) {
    const marks = /^(?:> ?)*/.exec(line)![0];
    const depth = marks.replaceAll(' ', '').length;
    const last = blocks.at(-1);
    const bare = depth === 0 ? line : line.slice(marks.length);
    if (last?.depth === depth) last.lines.push(bare);
    else blocks.push({ depth, lines: [bare] });
  }
  return blocks;
}

/** Where the quote at the end begins. As many blocks as there are where there is none, or where the message is nothing else. */
export function quoteAt(blocks: readonly Block[]): number {
  const isBlank = ({ depth, lines }: Block) => depth === 0 && lines.every((line) => line.trim() === '');
  let end = blocks.length;
  while (end > 0 && isBlank(blocks[end - 1]!)) end--;
  let start = end;
  while (start > 0 && (blocks[start - 1]!.depth > 0 || isBlank(blocks[start - 1]!))) start--;
  while (start < end && isBlank(blocks[start]!)) start++;
  if (start === end || blocks.slice(0, start).every(isBlank)) return blocks.length;
  return start;
}

export type Piece = string | Link;

const ADDRESS = /\b(?:https?:\/\/|mailto:)[^\s<>"'\u202a-\u202e\u2066-\u2069]+|[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}/gi;

/** A line with the links that stand in it. */
export function piecesOf(line: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: found, index } of line.matchAll(ADDRESS)) {
    const shown = trimmed(found);
    const link = linkOf(/^(https?|mailto):/i.test(shown) ? shown : `mailto:${shown}`);
    if (link === undefined) continue;
    if (index > from) pieces.push(line.slice(from, index));
    pieces.push({ ...link, text: shown });
    from = index + shown.length;
  }
  if (from < line.length) pieces.push(line.slice(from));
  return pieces;
}

/** Without what ends the sentence, or closes a bracket before it. */
function trimmed(found: string): string {
  const bare = found.replace(/[.,;:!?]+$/, '');
  const count = (sign: string) => bare.split(sign).length;
  return bare.endsWith(')') && count(')') > count('(') ? bare.slice(0, -1) : bare;
}
