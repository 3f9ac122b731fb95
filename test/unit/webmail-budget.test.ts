/** What a browser has to fetch: measured on the build that is served. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/system.ts';

const DIST = join(ROOT, 'frontend', 'dist');
const KB = 1_000;
/** A key of the manifest, where the screen that the page opens with is a file of its own. */
const MAIL = 'src/screens/mail/mail.tsx';
const COMPOSE = 'src/screens/compose/windows.tsx';
const EDITOR = 'src/screens/compose/rich-text.tsx';

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

const manifest = readManifest();
/** What is fetched before the list has its data. */
const first = new Set([...namedByPage(), MAIL].flatMap((name) => [...filesOf(name)]));

describe('the first load', () => {
  it('is no more than 60 KB of scripts', () => {
    expect(weight(first, '.js')).toBeLessThanOrEqual(60 * KB);
  });

  it('is no more than 12 KB of styles', () => {
    expect(weight(first, '.css')).toBeLessThanOrEqual(12 * KB);
  });

  it('is no more than 6 requests before the one for data, with that for the session', () => {
    expect(['/', ...first, '/auth/v1/session/refresh'].length).toBeLessThanOrEqual(6);
  });
});

/**
 * Counted is all that is fetched to open a window and type into it, with formats: window and editor. What cleans HTML of others (an answer, a
 * paste), what sends, templates and spelling come later, while somebody writes.
 */
it('opens a window to write in, with its editor, with no more than 35 KB of scripts', () => {
  const files = [COMPOSE, EDITOR].flatMap((name) => [...filesOf(name)]).filter((file) => !first.has(file));
  expect(weight(new Set(files), '.js')).toBeGreaterThan(20 * KB);
  expect(weight(new Set(files), '.js')).toBeLessThanOrEqual(35 * KB);
});

it('has files in the build whose names change with what is in them, beside the few that are asked for by name', () => {
  const assets = readdirSync(join(DIST, 'assets'));
  expect(assets.filter((name) => !/-[\w-]{8}\.\w+$/.test(name))).toEqual([]);
});

it('refers to no other host', () => {
  const found = new Set<string>();
  for (const path of readdirSync(DIST, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|css|html|svg|json|webmanifest)$/.test(path)) continue;
    for (const [url] of readFileSync(join(DIST, path), 'utf8').matchAll(
      /\b(?:https?|wss?):\/\/[\w.-]+\.\w+[^\s"'`)<]*/g,
    ))
      if (!NAMES.some((name) => url.startsWith(name))) found.add(`${path}: ${url}`);
  }
  expect([...found]).toEqual([]);
});

/** Nobody fetches these: namespaces, pages and people that comments and errors of libraries name, and a base for what is no address. */
const NAMES = [
  'http://www.w3.org/',
  'https://github.com/preactjs/preact-iso#',
  'https://feross.org>',
  'https://postern.example/',
  'http://mozilla.org/MPL/',
  'https://grammalecte.net/',
];

/** The scripts and styles that the page loads, as keys of the manifest. */
function namedByPage(): readonly string[] {
  const html = readFileSync(join(DIST, 'index.html'), 'utf8');
  const files = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, file]) => file!);
  if (files.length === 0) throw new Error('The page loads nothing.');
  return files.map((file) => Object.keys(manifest).find((key) => manifest[key]!.file === file)!);
}

function readManifest(): Readonly<Record<string, Chunk>> {
  const path = join(DIST, '.vite', 'manifest.json');
  if (!existsSync(path)) throw new Error('The webmail is not built: run "npm run prepare" first.');
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** A chunk, and whatever is fetched with it. */
function filesOf(name: string, seen = new Set<string>()): ReadonlySet<string> {
  const chunk = manifest[name];
  if (chunk === undefined && name === MAIL) return seen;
  if (chunk === undefined) throw new Error(`There is no ${name} in the manifest of the build.`);
  if (seen.has(chunk.file)) return seen;
  for (const file of [chunk.file, ...(chunk.css ?? [])]) seen.add(file);
  for (const other of chunk.imports ?? []) filesOf(other, seen);
  return seen;
}

/** Bytes on the wire of the files of a kind, compressed as weakly as any server does. */
function weight(files: Iterable<string>, extension: string): number {
  return [...files]
    .filter((file) => extname(file) === extension)
    .reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file))).length, 0);
}
