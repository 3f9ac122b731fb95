/** Changes modules while they are loaded, as a mutant says. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { type Edit, MUTANTS, type Mutant } from './mutants.ts';

const ROOT = new URL('../../', import.meta.url).href;

/** To be called before any module of the system is loaded in this thread. */
export function mutate(mutant: Mutant): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const edits = mutant.edits.filter(({ file }) => url === ROOT + file);
      if (edits.length === 0) return loaded;
      let source = Buffer.from(loaded.source as Uint8Array).toString('utf8');
      for (const edit of edits) source = edited(mutant, edit, source);
      return { ...loaded, source };
    },
  });
}

/** Throws where a mutant's text is not in its file exactly once: the file was changed, and the mutant must follow. */
export function checkMutants(mutants: readonly Mutant[] = MUTANTS): void {
  for (const mutant of mutants) {
    for (const edit of mutant.edits) edited(mutant, edit, readFileSync(new URL(edit.file, ROOT), 'utf8'));
  }
}

function edited(mutant: Mutant, { file, find, replace }: Edit, source: string): string {
  const count = source.split(find).length - 1;
  if (count !== 1) throw new Error(`The mutant ${mutant.name} finds its text ${count} times in ${file}: ${find}`);
  return source.replace(find, () => replace);
}
