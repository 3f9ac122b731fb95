import { trusted } from '../../api/trusted.ts';
import { guessLanguage } from '../../data/language.ts';
import { remembered } from '../../data/layout.ts';
import { preferences } from '../../data/preferences.ts';
import { locale, t } from '../../i18n/index.ts';
import type { SpellingLanguage } from './dictionaries.ts';
import type { Answered, Asked } from './spell-worker.ts';
import workerUrl from './spell-worker.ts?worker&url';

/** A word that the dictionary does not know, where it stands. */
export interface Unknown {
  readonly word: string;
  readonly node: Text | undefined;
  readonly start: number;
}

/** What was chosen last, in this browser. */
const chosen = remembered<SpellingLanguage | undefined>('spelling', undefined);

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, (words: readonly string[] | undefined) => void>();

/** The language that a text is most likely to be checked in: its own, where that is clear; else the one of last time, or of the page. */
export function languageOf(text: string): SpellingLanguage {
  const last = chosen.peek();
  const guessed = guessLanguage(text);
  if (guessed === 'es' || guessed === 'fr') return guessed;
  if (guessed === undefined && last !== undefined) return last;
  if (guessed === undefined && (locale.peek() === 'es' || locale.peek() === 'fr')) return locale.peek() as 'es' | 'fr';
  if (last === 'en' || last === 'en-GB') return last;
  return /^en-(GB|AU|IE|IN|NZ|ZA)/.test(navigator.language) ? 'en-GB' : 'en';
}

export function rememberLanguage(language: SpellingLanguage): void {
  chosen.value = language;
}

/** Which of these are neither in the dictionary nor among the writer's own words. Throws where the dictionary did not come. */
export function unknownOf(words: readonly string[], language: SpellingLanguage): Promise<readonly string[]> {
  return asked({ kind: 'check', language, words, own: Object.keys(preferences.peek().dictionary) });
}

export function suggestionsFor(word: string, language: SpellingLanguage): Promise<readonly string[]> {
  return asked({ kind: 'suggest', language, word });
}

type Without<T> = T extends unknown ? Omit<T, 'id'> : never;

async function asked(question: Without<Asked>): Promise<readonly string[]> {
  if (worker === undefined) {
    worker = new Worker(trusted.createScriptURL(workerUrl), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Answered>) => {
      waiting.get(data.id)?.(data.words);
      waiting.delete(data.id);
    };
    // Its file did not come: everybody hears of it, and the next question begins anew.
    worker.onerror = () => {
      worker = undefined;
      for (const answer of waiting.values()) answer(undefined);
      waiting.clear();
    };
  }
  const id = ++lastId;
  const words = await new Promise<readonly string[] | undefined>((resolve) => {
    waiting.set(id, resolve);
    worker!.postMessage({ ...question, id });
  });
  if (words === undefined) throw new Error(t('compose.spellingFailed'));
  return words;
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
