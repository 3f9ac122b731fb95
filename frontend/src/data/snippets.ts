import { signal } from '@preact/signals';
import { call } from '../api/jmap.ts';
import type { Filter } from './query/filter.ts';

/** What of a message fits a search: HTML of which only `<mark>` and three entities are ever sent (RFC 8621 section 5). */
export interface Snippet {
  readonly emailId: string;
  readonly subject: string | null;
  readonly preview: string | null;
}

/** Of the search on the screen, by email. */
export const snippets = signal<ReadonlyMap<string, Snippet>>(new Map());

let shown: Filter | undefined;
let asked = new Set<string>();

/** Has what is marked in these messages shown, when it comes. It is decoration: where it does not come, the rows are as ever. */
export async function markIn(filter: Filter, ids: readonly string[]): Promise<void> {
  if (shown !== filter) forgetSnippets();
  shown = filter;
  const missing = ids.filter((id) => !asked.has(id));
  if (missing.length === 0) return;
  for (const id of missing) asked.add(id);
  try {
    const { list } = await call<{ list: readonly Snippet[] }>('SearchSnippet/get', { filter, emailIds: missing });
    if (shown === filter)
      snippets.value = new Map([...snippets.peek(), ...list.map((one) => [one.emailId, one] as const)]);
  } catch {
    for (const id of missing) asked.delete(id);
  }
}

export function forgetSnippets(): void {
  shown = undefined;
  asked = new Set();
  if (snippets.peek().size > 0) snippets.value = new Map();
}

export interface Piece {
  readonly text: string;
  readonly isMarked: boolean;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };

/** The pieces of a snippet as plain text: nothing of it ever becomes HTML. */
export function piecesOf(snippet: string): readonly Piece[] {
  return snippet
    .split(/(<mark>[\s\S]*?<\/mark>)/)
    .map((part) => {
      const isMarked = part.startsWith('<mark>') && part.endsWith('</mark>');
      const inner = isMarked ? part.slice(6, -7) : part;
      return { text: inner.replace(/&(lt|gt|amp|quot|#39);/g, (_, name: string) => ENTITIES[name]!), isMarked };
    })
    .filter(({ text }) => text !== '');
}
