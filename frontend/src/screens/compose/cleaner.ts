import { linesOf } from './lines.ts';

/** What cleans HTML (clean.ts), once it is loaded: it is larger than all the rest of the window, and a new message begins without it. */
type Clean = typeof import('./clean.ts').clean;

let loaded: Clean | undefined;

export async function loadCleaner(): Promise<Clean> {
  loaded ??= (await import('./clean.ts')).clean;
  return loaded;
}

/** Cleans HTML for the editor. Undefined where that needs what is not loaded yet. */
export function cleaned(html: string): DocumentFragment | undefined {
  return linesOf(html) ?? loaded?.(html, true);
}

/** Does some work with HTML as soon as it can be cleaned: mostly at once. */
export function whenCleanable(html: string, work: () => void): void {
  if (loaded !== undefined || linesOf(html) !== undefined) work();
  else void loadCleaner().then(work);
}
