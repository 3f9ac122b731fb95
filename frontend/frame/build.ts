import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const HERE = import.meta.dirname;
const EMPTY = '<script></script>';

/** Makes `frame/dist/frame.html`: one file with one script, which the frame's policy (frontend/policy.ts) names by its hash. */
export async function buildFrame(): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, 'frame.ts')],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2023',
    write: false,
    legalComments: 'none',
  });
  const script = outputFiles[0]!.text;
  // With either of these in it, the script would not end where it ends (HTML, 4.12.1.3).
  if (/<\/?script/i.test(script)) throw new Error('The script of the frame holds a tag of a script.');
  const page = await readFile(join(HERE, 'frame.html'), 'utf8');
  if (!page.includes(EMPTY)) throw new Error('frame.html has no place for its script.');
  await mkdir(join(HERE, 'dist'), { recursive: true });
  await writeFile(
    join(HERE, 'dist', 'frame.html'),
    page.replace(EMPTY, () => `<script>${script}</script>`),
  );
}
