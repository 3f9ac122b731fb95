import { preferences } from '../../data/preferences.ts';
import { trusted } from '../../ui/trusted.ts';
import type { Answered, Asked } from './spell-worker.ts';
import workerUrl from './spell-worker.ts?worker&url';

/** A word that the dictionary does not know, where it stands. */
export interface Unknown {
  readonly word: string;
  readonly node: Text | undefined;
  readonly start: number;
}

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, (words: readonly string[]) => void>();

/** Which of these are in no dictionary: neither in the one for English nor among the writer's own words. */
export function unknownOf(words: readonly string[]): Promise<readonly string[]> {
  return asked({ kind: 'check', words, own: Object.keys(preferences.peek().dictionary) });
}

export function suggestionsFor(word: string): Promise<readonly string[]> {
  return asked({ kind: 'suggest', word });
}

type Without<T> = T extends unknown ? Omit<T, 'id'> : never;

function asked(question: Without<Asked>): Promise<readonly string[]> {
  if (worker === undefined) {
    worker = new Worker(trusted.createScriptURL(workerUrl), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Answered>) => {
      waiting.get(data.id)?.(data.words);
      waiting.delete(data.id);
    };
  }
  const id = ++lastId;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    worker!.postMessage({ ...question, id });
  });
}

const WORD = /\p{L}[\p{L}\p{M}'’]*/gu;
/** Addresses and names of files are no words. */
const NO_WORDS = /\S*(@|:\/\/|\.\w)\S*|\S*\d\S*/gu;

export interface Word {
  readonly word: string;
  readonly start: number;
}

export function wordsOf(text: string): readonly Word[] {
  const bare = text.replace(NO_WORDS, (part) => ' '.repeat(part.length));
  return [...bare.matchAll(WORD)].map(({ 0: found, index }) => ({
    word: found.replace(/['’]+$/, '').replaceAll('’', "'"),
    start: index,
  }));
}

/** Texts that the writer wrote himself: not what he quotes, nor his signature. */
export function textsOf(root: HTMLElement): readonly Text[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) =>
    node instanceof Element
      ? node.matches('blockquote, .signature, pre, code')
        ? NodeFilter.FILTER_REJECT
        : NodeFilter.FILTER_SKIP
      : NodeFilter.FILTER_ACCEPT,
  );
  const texts: Text[] = [];
  while (walker.nextNode() !== null) texts.push(walker.currentNode as Text);
  return texts;
}
