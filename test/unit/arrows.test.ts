import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Arrow, arrowsOf, sourceFiles, withoutComments } from '../support/imports.ts';

/**
 * What each part of the house may import (docs/architecture.md, "The house"). The longest `part` that a path begins with is
 * its own. A target ending in "/" or ":" stands for all that begins with it; a package stands for its subpaths too; a part
 * may always import itself. `types`: targets of which only types may be imported, so that nothing of them runs.
 */
interface Part {
  readonly part: string;
  readonly may: readonly string[];
  readonly types?: readonly string[];
}

const PORTS = 'mail/ports/';
const REFUSED = 'mail/refused.ts';
const JOURNAL = 'mail/journal.ts';
const LIMITS = 'mail/limits.ts';
const HTTP = 'mail/http.ts';
const I18N = 'frontend/src/i18n/';
/** What browsers let the webmail do: the same from whichever server. */
const WEB_POLICY = 'frontend/policy.ts';
/** What other folders may know of an account: its interface, sets of UIDs, names of mailboxes. */
const ACCOUNT = ['mail/account/types.ts', 'mail/account/uidset.ts', 'mail/account/names.ts'];

const HOUSE: readonly Part[] = [
  // The system. Each part may import those above it. Only functions of node's that compute; nothing that acts or waits.
  { part: PORTS, may: [] },
  { part: REFUSED, may: [] },
  { part: LIMITS, may: [] },
  { part: HTTP, may: [] },
  { part: JOURNAL, may: [PORTS] },
  // The client behind CloudFront, for every API.
  { part: 'mail/front.ts', may: [HTTP, 'node:crypto', 'node:net'] },
  { part: 'mail/compress.ts', may: [HTTP, 'node:util', 'node:zlib'] },
  { part: 'mail/message/', may: ['mailparser', 'nodemailer', 'node:buffer', 'node:util'] },
  { part: 'mail/wire/', may: [PORTS, 'node:buffer', 'node:zlib'] },
  { part: 'mail/blobs/', may: [PORTS, 'node:crypto'] },
  // Below the directory, which asks it who may sign in: it knows accounts by their ids only.
  { part: 'mail/credentials/', may: [PORTS, REFUSED, 'node:crypto', 'zod'] },
  {
    part: 'mail/directory/',
    may: [PORTS, REFUSED, LIMITS, 'mail/credentials/', 'node:crypto', 'node:url', 'node:util', 'zod'],
  },
  {
    part: 'mail/account/',
    may: [PORTS, REFUSED, 'mail/blobs/', 'node:crypto', 'node:zlib', 'zod'],
    types: ['mail/message/'],
  },
  {
    part: 'mail/inbound/',
    // The owners of a blob are counted when it is written, as `submit` will group the recipients (design: rule 3).
    may: [
      ...[PORTS, REFUSED, JOURNAL, LIMITS, 'mail/message/', 'mail/directory/', 'mail/outbound/recipients.ts'],
      ...['node:crypto', 'zod'],
    ],
    types: ACCOUNT,
  },
  {
    part: 'mail/outbound/',
    may: [PORTS, REFUSED, JOURNAL, 'mail/blobs/', 'mail/directory/', 'node:crypto', 'zod'],
    // What turns out to be local is handed to `deliver`, in the form of its jobs.
    types: ['mail/inbound/job.ts'],
  },
  {
    part: 'mail/sasl/',
    may: [PORTS, REFUSED, 'node:buffer', 'node:crypto'],
    types: ['mail/directory/types.ts'],
  },
  {
    part: 'mail/smtp/',
    may: [PORTS, REFUSED, LIMITS, 'mail/sasl/', 'mail/wire/', 'mail/message/', 'node:buffer'],
    types: ['mail/directory/types.ts', 'mail/inbound/'],
  },
  // Mail filtering: scripts.
  { part: 'mail/sieve/', may: ['node:crypto'], types: ['mail/account/types.ts'] },
  {
    // What is found in a message, for every protocol that searches.
    part: 'mail/search/',
    may: [PORTS, 'mail/message/', 'node:zlib'],
    types: ['mail/account/types.ts'],
  },
  {
    // What others may see and do in an account, for every protocol that shows it to them.
    part: 'mail/sharing/',
    may: [PORTS, REFUSED, ...ACCOUNT],
    types: ['mail/directory/types.ts'],
  },
  {
    // Address books and cards, for every protocol that shows them.
    part: 'mail/contacts/',
    may: [PORTS, REFUSED, ...ACCOUNT],
    types: ['mail/directory/types.ts'],
  },
  {
    part: 'mail/imap/',
    may: [
      PORTS,
      REFUSED,
      LIMITS,
      'mail/sasl/',
      'mail/wire/',
      'mail/message/',
      'mail/search/',
      'mail/sharing/',
      ...ACCOUNT,
    ],
    types: ['mail/directory/types.ts'],
  },
  {
    part: 'mail/pop3/',
    may: [PORTS, REFUSED, 'mail/sasl/', 'mail/wire/', 'mail/message/', ...ACCOUNT],
    types: ['mail/directory/types.ts'],
  },
  // Who did what.
  { part: 'mail/audit/', may: [PORTS, REFUSED, 'zod'] },
  {
    // A table of routes with its schemas becomes an HTTP API.
    part: 'mail/rest/',
    may: [PORTS, REFUSED, HTTP, 'node:crypto', 'zod'],
  },
  {
    part: 'mail/admin/',
    may: [
      ...[PORTS, REFUSED, LIMITS, HTTP, 'mail/rest/', 'mail/message/', 'mail/directory/', 'mail/outbound/', ...ACCOUNT],
      ...['mail/audit/', 'mail/credentials/', 'mail/smtp/trace.ts', 'node:buffer', 'node:crypto', 'zod'],
    ],
    types: ['mail/inbound/'],
  },
  {
    part: 'mail/auth/',
    may: [PORTS, REFUSED, HTTP, 'mail/rest/', 'mail/credentials/', 'mail/directory/', 'mail/message/', 'zod'],
    types: ['mail/audit/', 'mail/outbound/'],
  },
  {
    // How mail programs are set up, as each kind of them asks.
    part: 'mail/clients/',
    may: [PORTS, REFUSED, HTTP, 'mail/directory/address.ts', 'node:crypto'],
    types: ['mail/directory/'],
  },
  { part: 'mail/images/', may: [PORTS, HTTP, 'node:crypto'] },
  {
    part: 'mail/jmap/',
    may: [
      ...[
        PORTS,
        REFUSED,
        LIMITS,
        HTTP,
        'mail/compress.ts',
        'mail/message/',
        'mail/search/',
        'mail/sharing/',
        'mail/contacts/',
        'mail/blobs/release.ts',
        'mail/sieve/',
        ...ACCOUNT,
      ],
      'mail/vacation/object.ts',
      ...['node:buffer', 'node:crypto', 'nodemailer', 'zod'],
    ],
    types: ['mail/directory/types.ts', 'mail/outbound/outbox.ts'],
  },
  {
    // Answers mail for who is away.
    part: 'mail/vacation/',
    may: [...[PORTS, 'mail/message/', 'mail/directory/address.ts', 'mail/outbound/queue-entry.ts'], 'zod'],
    types: ['mail/account/types.ts', 'mail/directory/types.ts', 'mail/inbound/deliver.ts', 'mail/outbound/submit.ts'],
  },
  {
    // What every program stands on.
    part: 'mail/base.ts',
    may: [
      ...[PORTS, 'mail/account/', 'mail/directory/', 'mail/inbound/', 'mail/outbound/', 'mail/audit/', 'mail/search/'],
    ],
  },
  {
    part: 'mail/stages.ts',
    may: [
      'mail/base.ts',
      ...[PORTS, 'mail/blobs/', 'mail/directory/', 'mail/account/', 'mail/inbound/', 'mail/outbound/'],
      ...['mail/contacts/', 'mail/audit/', 'mail/vacation/', 'mail/search/', 'mail/named-blobs.ts'],
    ],
  },
  {
    part: 'mail/named-blobs.ts',
    may: [PORTS, 'mail/blobs/', 'mail/account/', 'mail/contacts/', 'mail/inbound/', 'mail/outbound/'],
    types: ['mail/directory/'],
  },

  // Adapters: ports and one vendor each. `net` is node's sockets, and shared by both ways to run.
  { part: 'adapters/local/', may: [PORTS, 'node:'] },
  { part: 'adapters/net/', may: [PORTS, 'node:', 'nodemailer', 'openid-client', 'ws', 'zod'] },
  { part: 'adapters/aws/', may: [PORTS, '@aws-sdk/', '@smithy/', 'node:crypto', 'zod'] },

  // The webmail: data flows one way, from the server (api) by what is known of it (data) to screens, which are made of parts (ui).
  // What browser and server must agree on to the letter is the same code.
  { part: 'frontend/src/i18n/', may: ['@preact/signals'] },
  { part: 'frontend/src/api/', may: [I18N, '@preact/signals'] },
  {
    part: 'frontend/src/data/',
    may: [
      ...[I18N, 'frontend/src/api/', '@preact/signals'],
      ...['mail/contacts/', 'mail/jmap/preferences/defaults.ts'],
    ],
    types: ['frontend/src/ui/icon.tsx'],
  },
  {
    part: 'frontend/src/ui/',
    may: [I18N, 'frontend/src/api/', 'frontend/src/data/', ...['@preact/signals', 'preact', 'preact-iso', 'dompurify']],
  },
  {
    part: 'frontend/src/screens/',
    may: [
      ...[I18N, 'frontend/src/api/', 'frontend/src/data/', 'frontend/src/ui/', 'frontend/src/styles/'],
      ...['frontend/frame/protocol.ts', 'mail/auth/strength.ts', 'package.json', 'node_modules/'],
      ...['@preact/signals', 'preact', 'preact-iso', 'dompurify', 'squire-rte', 'nspell'],
    ],
  },

  // Wiring.
  { part: 'bin/', may: ['bin/parts/', 'mail/', 'adapters/', 'node:', 'zod'] },
  { part: 'bin/parts/', may: ['mail/', 'adapters/', WEB_POLICY, 'node:', 'zod'] },
  { part: 'bin/postern.', may: ['bin/cli/', 'node:'] },
  // The CLI talks to the admin API only, and so works on a deployment too.
  { part: 'bin/cli/', may: ['mail/admin/batch.ts', 'mail/admin/csv.ts', 'node:', 'string-width'] },
  { part: 'bin/cloud.ts', may: ['lib/', 'aws-cdk-lib'] },
  { part: 'lib/', may: [WEB_POLICY, 'aws-cdk-lib', 'constructs', 'cdk-nag', 'node:path', 'node:fs'] },
  {
    part: 'lambdas/',
    may: ['mail/', 'adapters/aws/', 'adapters/net/', '@middy/core', 'node:http', 'zod'],
    types: ['aws-lambda'],
  },
];

/** Folders of mail/ that know each other, and why that is right. */
const KNOW_EACH_OTHER: readonly (readonly [string, string])[] = [
  // Mail that comes in goes out again, and mail that goes out can turn out to be local. No file of the two is in a circle.
  ['mail/inbound', 'mail/outbound'],
];

/** What comes through ports only (Clock, Random, Wire, Log), or from the program that wires. */
const IMPURE: readonly RegExp[] = [
  /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\b/,
  /\bMath\.random\b|\brandom(?:Bytes|UUID|Int|Fill|FillSync)\b|\bgetRandomValues\b/,
  /\bset(?:Timeout|Interval|Immediate)\b/,
  /\bprocess\b\s*[.[]|\bimport\.meta\b/,
  /\bconsole\b\s*\.|\bfetch\s*\(|\bWebSocket\b/,
];

/** Ports of which both stores have an adapter, in files of the same name. */
const BOTH = ['blobs', 'clock', 'index', 'log', 'queue', 'random', 'records', 'schedule', 'wakeups'];

function begins(path: string, target: string): boolean {
  return path === target || path.startsWith(/[/:.]$/.test(target) ? target : `${target}/`);
}

function partOf(path: string): Part | undefined {
  return HOUSE.filter(({ part }) => begins(path, part)).sort((a, b) => b.part.length - a.part.length)[0];
}

/** The arrows that the table does not allow, each as a line. */
function forbidden(arrows: readonly Arrow[]): string[] {
  return arrows.flatMap(({ from, to, typeOnly }) => {
    const own = partOf(from);
    if (own === undefined) return [`${from}: no part of the house; add it to the table`];
    const allowed = [own.part, ...own.may, ...(typeOnly ? (own.types ?? []) : [])];
    // A part below is a part of its own (bin/ may not import bin/cli/).
    const itself = begins(to, own.part) && partOf(to) !== own;
    const fits = allowed.some((target) => begins(to, target) && !(itself && target === own.part));
    return fits ? [] : [`${from} must not import ${to}${typeOnly ? ' (types)' : ''}`];
  });
}

/** One circle in a graph, where there is one. */
function circle(edges: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of edges.get(node) ?? []) {
      const found = visit(next, [...path, node]);
      if (found !== undefined) return found;
    }
    done.add(node);
    return undefined;
  };
  for (const node of edges.keys()) {
    const found = visit(node, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

function graph(arrows: readonly Arrow[], nodeOf: (path: string) => string): ReadonlyMap<string, ReadonlySet<string>> {
  const edges = new Map<string, Set<string>>();
  for (const arrow of arrows) {
    const from = nodeOf(arrow.from);
    const to = nodeOf(arrow.to);
    if (from !== to) edges.set(from, (edges.get(from) ?? new Set()).add(to));
  }
  return edges;
}

/** mail/imap/commands/noop.ts is in mail/imap; a file of mail/ itself stands for itself. */
function folderOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

function impure(source: string): string[] {
  const code = withoutComments(source);
  return IMPURE.flatMap((pattern) => pattern.exec(code)?.[0] ?? []);
}

const FILES = sourceFiles(fileURLToPath(new URL('../../', import.meta.url)), [
  'adapters',
  'bin',
  ...['api', 'data', 'i18n', 'screens', 'ui'].map((name) => `frontend/src/${name}`),
  'lambdas',
  'lib',
  'mail',
]);
const ARROWS = [...FILES].flatMap(([path, source]) => arrowsOf(path, source));

describe('the house', () => {
  test('has no arrow that the table does not allow', () => {
    expect(ARROWS.length).toBeGreaterThan(500);
    expect(forbidden(ARROWS)).toEqual([]);
  });

  test('has a place for every file, and no place without one', () => {
    expect([...FILES.keys()].filter((path) => partOf(path) === undefined)).toEqual([]);
    expect(HOUSE.filter(({ part }) => ![...FILES.keys()].some((path) => begins(path, part)))).toEqual([]);
  });

  test('points only at files that are there', () => {
    const ours = ARROWS.filter(({ to }) => /^(adapters|bin|lambdas|lib|mail)\//.test(to));
    expect(ours.filter(({ to }) => !FILES.has(to) && !to.endsWith('/site'))).toEqual([]);
  });

  test('has no circle of files that load each other', () => {
    // What the webmail loads when it is wanted is loaded after what wants it.
    const loaded = ARROWS.filter(
      ({ from, typeOnly, isLazy }) => !typeOnly && !(isLazy && from.startsWith('frontend/')),
    );
    expect(circle(graph(loaded, (path) => path))).toBeUndefined();
  });

  test('has no circle of folders in mail/ but those with a reason', () => {
    const known = KNOW_EACH_OTHER.map((pair) => [...pair].sort().join(' '));
    const arrows = ARROWS.filter(({ from, to }) => {
      const pair = [folderOf(from), folderOf(to)].sort().join(' ');
      return from.startsWith('mail/') && to.startsWith('mail/') && !known.includes(pair);
    });
    expect(circle(graph(arrows, folderOf))).toBeUndefined();
  });

  test('keeps time, chance, the process and the network out of mail/', () => {
    const found = [...FILES].filter(([path]) => path.startsWith('mail/'));
    expect(found.flatMap(([path, source]) => impure(source).map((what) => `${path}: ${what}`))).toEqual([]);
  });

  test('has the same adapters for both stores', () => {
    const names = (folder: string) => BOTH.filter((name) => FILES.has(`adapters/${folder}/${name}.ts`));
    expect(names('local')).toEqual(BOTH);
    expect(names('aws')).toEqual(BOTH);
  });
});

describe('the test itself', () => {
  const arrows = (source: string, from = 'mail/imap/view.ts') =>
    arrowsOf(from, source).map(({ to, typeOnly }) => (typeOnly ? `${to} (types)` : to));

  test('sees every form of import', () => {
    const source = `
import net from 'node:net';
import * as all from "./all.ts";
import {
  one,
  type Two,
} from '../wire/reader.ts';
import './effect.ts';
import type { Three } from '../account/types.ts';
import type Four from '../four.ts';
import type from './type.ts';
export { five } from './five.ts';
export type { Six } from './six.ts';
export * from './seven.ts';
export * as eight from './eight.ts';
const nine = await import('./nine.ts');
const ten = require('ten');
const eleven = new Worker(new URL('./eleven.ts', import.meta.url));
`;
    expect(arrows(source)).toEqual([
      'node:net',
      'mail/imap/all.ts',
      'mail/wire/reader.ts',
      'mail/imap/effect.ts',
      'mail/account/types.ts (types)',
      'mail/four.ts (types)',
      'mail/imap/type.ts',
      'mail/imap/five.ts',
      'mail/imap/six.ts (types)',
      'mail/imap/seven.ts',
      'mail/imap/eight.ts',
      'mail/imap/nine.ts',
      'ten',
      'mail/imap/eleven.ts',
    ]);
  });

  test('is not misled by comments, text and declarations', () => {
    const source = `
// import a from './a.ts';
/* import b from './b.ts'; */
const text = "// 'not a comment'"; const c = 'import("x")'.length;
export const from = 'd';
export type From = 'e' | 'f';
export function from2() { return 'g'; }
`;
    expect(arrows(source).filter((to) => to !== 'x')).toEqual([]);
    expect(withoutComments(`const a = 'http://x'; // y`)).toBe(`const a = 'http://x'; `);
  });

  test.each([
    ['mail/imap/view.ts', `import net from 'node:net';`],
    ['mail/imap/view.ts', `import { readFile } from 'node:fs/promises';`],
    ['mail/smtp/data.ts', `import { S3Client } from '@aws-sdk/client-s3';`],
    ['mail/inbound/deliver.ts', `import { LocalBlobs } from '../../adapters/local/blobs.ts';`],
    ['mail/ports/clock.ts', `import { Refused } from '../refused.ts';`],
    ['mail/message/tree.ts', `import type { Blobs } from '../ports/index.ts';`],
    ['mail/account/fold.ts', `import { deliver } from '../inbound/deliver.ts';`],
    ['mail/imap/view.ts', `import { foldEntry } from '../account/fold.ts';`],
    ['mail/account/types.ts', `import { summarize } from '../message/summarize.ts';`],
    ['adapters/local/queue.ts', `import { S3Client } from '@aws-sdk/client-s3';`],
    ['adapters/aws/queue.ts', `import { Store } from '../local/store.ts';`],
    ['adapters/net/wire.ts', `import { LineReader } from '../../mail/wire/reader.ts';`],
    ['lib/stacks/data.ts', `import { createMail } from '../../mail/stages.ts';`],
    ['lambdas/send.ts', `import { Store } from '../adapters/local/store.ts';`],
    ['bin/local.ts', `import { main } from './cli/main.ts';`],
    ['bin/cli/main.ts', `import { createMail } from '../../mail/stages.ts';`],
    ['mail/stages.ts', `import { x } from '../test/support/memory.ts';`],
    ['mail/new/thing.ts', `import { x } from '../ports/index.ts';`],
  ])('finds a forbidden arrow of %s: %s', (from, source) => {
    expect(forbidden(arrowsOf(from, source))).toHaveLength(1);
  });

  test('finds a circle', () => {
    const round = ['a/1 b/1', 'b/2 c/1', 'c/2 a/2'].map((line) => {
      const [from, to] = line.split(' ') as [string, string];
      return { from: `mail/${from}`, to: `mail/${to}`, typeOnly: true, isLazy: false };
    });
    expect(circle(graph(round, (path) => path))).toBeUndefined();
    expect(circle(graph(round, folderOf))).toEqual(['mail/a', 'mail/b', 'mail/c', 'mail/a']);
  });

  test.each([
    'const now = Date.now();',
    'const now = new Date();',
    'const dice = Math.random();',
    "import { randomBytes } from 'node:crypto';",
    'setTimeout(done, 5);',
    'const home = process.env.HOME;',
    'await fetch(url);',
    'console.log(1);',
  ])('finds what is not pure: %s', (source) => {
    expect(impure(source)).toHaveLength(1);
    expect(impure(`// ${source}`)).toEqual([]);
  });
});
