import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const HERE = import.meta.dirname;
const DIST = join(HERE, '..', 'dist');
/** Files above this are fetched when they are needed, and kept then: dictionaries. In bytes. */
const AHEAD = 150_000;

/** Makes `dist/sw.js`, which knows the names of all that was built before it. */
export async function buildWorker(): Promise<void> {
  const files: string[] = ['/manifest.webmanifest', '/icon.svg'];
  for (const name of (await readdir(join(DIST, 'assets'))).sort())
    if ((await stat(join(DIST, 'assets', name))).size <= AHEAD) files.push(`/assets/${name}`);
  const page = await readFile(join(DIST, 'index.html'));
  const version = createHash('sha256').update(files.join()).update(page).digest('hex').slice(0, 12);
  await build({
    entryPoints: [join(HERE, 'sw.ts')],
    outfile: join(DIST, 'sw.js'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2023',
    legalComments: 'none',
    define: { FILES: JSON.stringify(files), VERSION: JSON.stringify(version) },
  });
}
