import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** One file's reference to another, or to a package. */
export interface Arrow {
  /** Path from the root of the repository. */
  readonly from: string;
  /** Path from the root of the repository, or the name of a package with what follows it. */
  readonly to: string;
  /** Gone at run time: `import type`, `export type`. */
  readonly typeOnly: boolean;
  /** Loaded by a call, when it is wanted. */
  readonly isLazy: boolean;
}

/** Static imports and exports, each from the start of a line to its source; then what is loaded by a call. */
const STATIC =
  /^[ \t]*(?:import|export)\b([ \t]+type\b(?![ \t]*(?:,|from\b)))?(?:[^'"`;=]*?\bfrom)?[ \t\n]*(['"])([^'"\n]+)\2/gm;
const CALLED =
  /(?<!\.)\b(?:import|require)\s*\(\s*(['"`])([^'"`\n]+)\1|\bnew URL\(\s*(['"])(\.[^'"\n]+)\3,\s*import\.meta\.url/g;

/** Every reference of a module to others, in no order. `from` is its path from the root. */
export function arrowsOf(from: string, source: string): readonly Arrow[] {
  const target = (name: string) => (name.startsWith('.') ? posix.join(posix.dirname(from), name) : name);
  const code = withoutComments(source);
  return [
    ...Array.from(code.matchAll(STATIC), ([, type, , name]) => ({
      from,
      to: target(name!),
      typeOnly: type !== undefined,
      isLazy: false,
    })),
    ...Array.from(code.matchAll(CALLED), ([, , name, , file]) => ({
      from,
      to: target((name ?? file)!),
      typeOnly: false,
      isLazy: true,
    })),
  ];
}

/** The source with its comments blanked; strings stay as they are. */
export function withoutComments(source: string): string {
  return source.replace(
    /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|\/\*[\s\S]*?\*\/|(?<![\\:/])\/\/[^\n]*/g,
    (_, text: string | undefined) => text ?? '',
  );
}

/** The TypeScript and JavaScript files below `folders`, by their paths from `root`. */
export function sourceFiles(root: string, folders: readonly string[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const folder of folders) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(ts|tsx|mjs)$/.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(posix.normalize(path.slice(root.length).replace(/^[/\\]+/, '')), readFileSync(path, 'utf8'));
    }
  }
  return files;
}
