/** The webmail in Chromium against the whole program, as people use it. A page that misbehaves fails the test that used it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { JmapClient } from './jmap-client.ts';
import { ROOT, type System, startSystem } from './system.ts';
import { seedMail } from './webmail-mail.ts';

export const ALICE = 'alice@example.test';
export const BOB = 'bob@example.test';

/** Desktop is what most laptops have; the phone is the narrowest that WCAG asks for and Android still sells. */
export const VIEWPORTS = {
  desktop: { width: 1280, height: 800 },
  tablet: { width: 820, height: 1180 },
  phone: { width: 360, height: 740 },
} as const;

export interface WebmailOptions {
  /** Puts messages, folders and attachments into alice's account (webmail-mail.ts). @default true */
  readonly mail?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface OpenOptions {
  readonly viewport?: keyof typeof VIEWPORTS | { readonly width: number; readonly height: number };
  readonly theme?: 'light' | 'dark';
  readonly locale?: string;
  /** Mirrors the page whatever the language is; Arabic does by itself. */
  readonly dir?: 'ltr' | 'rtl';
  /** Any use of a pointer is a failure. */
  readonly keyboardOnly?: boolean;
  readonly reducedMotion?: boolean;
  /** Null: nobody is signed in. @default alice */
  readonly as?: string | null;
  /** Waited for: the list's first row with "/", which is the default; else just that the page is loaded. */
  readonly path?: string;
  /** By HTTPS with the program's own certificate, which is where most people come first. */
  readonly secure?: boolean;
  /** Messages of the console that the test is about; of any other error it fails. */
  readonly allow?: readonly RegExp[];
  /** Violations in the frame of messages are the point of a test of hostile mail: there they only show that the policy works. */
  readonly hostile?: boolean;
}

export interface Webmail {
  /** Where the pages are. */
  readonly origin: string;
  /** Of the frame that HTML messages are shown in. */
  readonly frameOrigin: string;
  readonly system: System;
  readonly browser: Browser;
  password(address: string): string;
  /** What a test looks at, or does, behind the page. */
  jmap(address?: string): Promise<JmapClient>;
  /** A page in a browser of its own (cookies, storage), signed in. */
  open(options?: OpenOptions): Promise<Page>;
  /** Every request of a page so far, by address. */
  requests(page: Page): readonly string[];
}

interface Watched {
  readonly context: BrowserContext;
  readonly requests: string[];
  readonly problems: string[];
  /** Opened by a test: it ends with it. Else it ends with the file. */
  readonly isOfTest: boolean;
}

export const CHROMIUM = '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--font-render-hinting=none'];

export function launchChromium(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`There is no ${CHROMIUM}: install Debian's package chromium.`);
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/** Throws where the webmail is not built: the program serves none then. */
export function expectBuilt(): void {
  if (existsSync(join(ROOT, 'frontend', 'dist', 'index.html'))) return;
  throw new Error('The webmail is not built: run "npm run prepare" first.');
}

/** To be called at the top of a test file: starts the program and a browser before its tests, and stops them after. */
export function openWebmail({ mail = true, env }: WebmailOptions = {}): Webmail {
  let system: System;
  let browser: Browser;
  let inTest = false;
  const watched = new Map<Page, Watched>();
  const origins = () => [80, 81].map((port) => `http://localhost:${system.base + port}`) as [string, string];

  beforeAll(async () => {
    expectBuilt();
    [system, browser] = await Promise.all([startSystem(env === undefined ? {} : { env }), launchChromium()]);
    if (mail) await seedMail(await jmap(ALICE));
  });
  beforeEach(() => {
    inTest = true;
  });
  afterEach(async () => {
    inTest = false;
    const problems: string[] = [];
    for (const [page, one] of watched) {
      problems.push(...one.problems.splice(0));
      if (!one.isOfTest) continue;
      await one.context.close();
      watched.delete(page);
    }
    if (problems.length > 0) throw new Error(`The page misbehaved:\n${problems.join('\n')}`);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.remove();
  });

  const password = (address: string) => system.passwords.get(address)!;
  const jmap = (address = ALICE) => JmapClient.begin(system, address, password(address));

  const open = async (options: OpenOptions = {}): Promise<Page> => {
    const { secure = false } = options;
    const [http, frame] = origins();
    const origin = secure ? `https://localhost:${system.port('https')}` : http;
    const { viewport = 'desktop', theme = 'light', locale = 'en', reducedMotion = true } = options;
    const context = await browser.newContext({
      viewport: typeof viewport === 'string' ? VIEWPORTS[viewport] : viewport,
      colorScheme: theme,
      locale,
      ignoreHTTPSErrors: secure,
      reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
      ...(viewport === 'phone' ? { hasTouch: true } : {}),
    });
    const one: Watched = { context, requests: [], problems: [], isOfTest: inTest };
    await watch(context, one, options, [origin, frame]);
    const { as = ALICE, path = '/' } = options;
    if (as !== null) await signIn(context, origin, as);
    const page = await context.newPage();
    watched.set(page, one);
    await page.goto(origin + path);
    if (as !== null && path === '/') await page.locator('[role=row]:not([aria-busy])').first().waitFor();
    return page;
  };

  const signIn = async (context: BrowserContext, origin: string, name: string) => {
    const response = await context.request.post(`${origin}/auth/v1/session`, {
      headers: { 'x-postern': '1' },
      data: { name, password: password(name), stay: true },
    });
    if (!response.ok()) throw new Error(`signing in as ${name}: ${response.status()} ${await response.text()}`);
  };

  return {
    get origin() {
      return origins()[0];
    },
    get frameOrigin() {
      return origins()[1];
    },
    get system() {
      return system;
    },
    get browser() {
      return browser;
    },
    password,
    jmap,
    open,
    requests: (page) => watched.get(page)!.requests,
  };
}

/** Notes what a page must not do: errors, violations of its policy, requests to other hosts. */
async function watch(context: BrowserContext, one: Watched, options: OpenOptions, origins: readonly string[]) {
  const { allow = [], hostile = false, dir, keyboardOnly = false } = options;
  const isAllowed = (text: string) => allow.some((pattern) => pattern.test(text));
  const note = (text: string) => {
    if (!isAllowed(text)) one.problems.push(text);
  };
  context.on('console', (message) => {
    if (message.type() !== 'error') return;
    const { url } = message.location();
    if (hostile && (url.startsWith(origins[1]!) || /Content Security Policy/.test(message.text()))) return;
    note(`console: ${message.text()} (${url})`);
  });
  context.on('weberror', (error) => note(`error: ${error.error().stack || error.error().message}`));
  context.on('request', (request) => {
    const url = request.url();
    one.requests.push(url);
    if (/^https?:|^wss?:/.test(url) && !origins.some((origin) => url.startsWith(`${origin}/`)))
      note(`a request to elsewhere: ${url}`);
  });
  await context.exposeBinding('__misbehaved', ({ frame }, what: string) => {
    if (hostile && frame.url().startsWith(origins[1]!)) return;
    note(`${what} (${frame.url()})`);
  });
  await context.addInitScript(
    ({ dir, keyboardOnly }) => {
      const here = globalThis as unknown as {
        __misbehaved: (what: string) => void;
        document: { documentElement: { dir: string } };
        addEventListener: (name: string, listener: (event: never) => void, capture: boolean) => void;
      };
      here.addEventListener(
        'securitypolicyviolation',
        (event: { violatedDirective: string; blockedURI: string; sourceFile: string }) =>
          here.__misbehaved(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`),
        true,
      );
      if (keyboardOnly) {
        here.addEventListener(
          'pointerdown',
          (event: { isTrusted: boolean }) => event.isTrusted && here.__misbehaved('a pointer was used'),
          true,
        );
      }
      if (dir !== undefined) {
        here.addEventListener(
          'DOMContentLoaded',
          () => {
            here.document.documentElement.dir = dir;
          },
          true,
        );
      }
    },
    { dir, keyboardOnly },
  );
}
