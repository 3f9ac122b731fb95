/**
 * How soon the webmail shows mail, on a phone's line and a quarter of a processor: an inbox of 100,000 messages, beside Roundcube on the
 * same mailbox by IMAP.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { freeBase, type System, startSystem } from '../support/system.ts';
import { expectBuilt, launchChromium, VIEWPORTS } from '../support/webmail.ts';
import { makeArchive, PASSWORD, USER } from './archive.ts';
import { startRoundcube } from './roundcube.ts';
import { median, percentile } from './statistics.ts';

const MESSAGES = Number(process.argv.find((one) => one.startsWith('--messages='))?.slice(11) ?? 100_000);
/** A home with such an inbox from an earlier run, as making it takes minutes. */
const HOME = process.argv.find((one) => one.startsWith('--home='))?.slice(7);
const LINE = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const SLOWER = 4;
const LOADS = 5;
const OPENED = 12;
/** Milliseconds, but for nodes and the factor. */
const BARS = {
  fcp: 1_000,
  lcp: 1_800,
  cached: 50,
  uncached: 300,
  inp: 100,
  frame: 33,
  nodes: 400,
  factor: 3,
};
const ROW = '[role=row]:not([aria-busy])';
const PEER_ROW = '#messagelist tbody tr.message';

interface Shown {
  readonly fcp: number;
  readonly lcp: number;
  /** From the start of the navigation until a row of the list is painted. */
  readonly inbox: number;
  readonly requests: number;
  /** Bytes on the wire. */
  readonly bytes: number;
}

interface Measured {
  readonly __lcp: number;
  readonly __inbox: number;
  readonly __interactions: readonly number[];
}

export async function run(): Promise<boolean> {
  expectBuilt();
  const home = HOME ?? (await mkdtemp(join(tmpdir(), 'postern-bench-')));
  const browser = await launchChromium();
  let system: System | undefined;
  try {
    if (HOME === undefined) await makeArchive(home, MESSAGES);
    system = await startSystem({ home });
    const origin = `http://localhost:${system.port('http')}`;
    console.log(
      `An inbox of ${MESSAGES} messages; 1.6 Mbit/s, 150 ms, a processor ${SLOWER} times slower; medians of ${LOADS}`,
    );
    const first = await loads(browser, (context) => signIn(context, origin), origin, ROW);
    console.log(
      `inbox shown after ${first.cold.inbox.toFixed(0)} ms, the second time after ${first.warm.inbox.toFixed(0)} ms`,
    );
    const uses = await use(browser, origin);
    const peer = process.argv.includes('--alone') ? undefined : await besideRoundcube(browser, system);
    return report(first, uses, peer);
  } finally {
    await browser.close();
    await system?.remove();
    if (HOME === undefined) await rm(home, { recursive: true, force: true });
  }
}

async function signIn(context: BrowserContext, origin: string): Promise<void> {
  const data = { name: USER, password: PASSWORD, stay: true };
  const response = await context.request.post(`${origin}/auth/v1/session`, { headers: { 'x-postern': '1' }, data });
  if (!response.ok()) throw new Error(await response.text());
}

async function besideRoundcube(browser: Browser, system: System): Promise<Loads | undefined> {
  const roundcube = await startRoundcube((await freeBase()) + 90, system.port('imap'));
  if (roundcube === undefined) return undefined;
  try {
    console.log(`Roundcube ${roundcube.version} on the same mailbox by IMAP`);
    const enter = async (context: BrowserContext) => {
      const page = await context.newPage();
      await page.goto(roundcube.url);
      await page.fill('#rcmloginuser', USER);
      await page.fill('#rcmloginpwd', PASSWORD);
      await page.click('#rcmloginsubmit');
      await page.waitForSelector(PEER_ROW, { timeout: 120_000 });
      await page.close();
    };
    return await loads(browser, enter, `${roundcube.url}?_task=mail&_mbox=INBOX`, PEER_ROW);
  } finally {
    await roundcube.stop();
  }
}

interface Loads {
  /** With nothing kept from before, and with everything. */
  readonly cold: Shown;
  readonly warm: Shown;
}

/** Loads a page as somebody who is signed in, in a new browser and then once more; medians. */
async function loads(
  browser: Browser,
  enter: (context: BrowserContext) => Promise<unknown>,
  url: string,
  row: string,
): Promise<Loads> {
  const cold: Shown[] = [];
  const warm: Shown[] = [];
  for (let i = 0; i < LOADS; i++) {
    const context = await newContext(browser, row);
    await enter(context);
    cold.push(await load(context, url, row, true));
    warm.push(await load(context, url, row, false));
    await context.close();
  }
  return { cold: middle(cold), warm: middle(warm) };
}

function middle(all: readonly Shown[]): Shown {
  const of = (name: keyof Shown) => median(all.map((one) => one[name]));
  return { fcp: of('fcp'), lcp: of('lcp'), inbox: of('inbox'), requests: of('requests'), bytes: of('bytes') };
}

async function newContext(browser: Browser, row: string): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: VIEWPORTS.desktop, locale: 'en' });
  await context.addInitScript((selector) => {
    // The types of this library know less of browsers than browsers do.
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const page = globalThis as any;
    page.__lcp = 0;
    page.__interactions = [];
    const observe = (
      type: string,
      take: (entry: { startTime: number; duration: number; interactionId: number }) => void,
    ) =>
      new page.PerformanceObserver((list: { getEntries(): never[] }) => list.getEntries().forEach(take)).observe({
        type,
        buffered: true,
        durationThreshold: 16,
      });
    observe('largest-contentful-paint', ({ startTime }) => {
      page.__lcp = startTime;
    });
    observe('event', ({ interactionId, duration }) => {
      if (interactionId > 0) page.__interactions.push(duration);
    });
    const look = () => {
      if (page.document.querySelector(selector) === null) return page.requestAnimationFrame(look);
      page.requestAnimationFrame(() => {
        page.__inbox = page.performance.now();
      });
    };
    look();
  }, row);
  return context;
}

async function throttle(context: BrowserContext, page: Page, cold = false): Promise<CDPSession> {
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  if (cold) await cdp.send('Network.clearBrowserCache');
  await cdp.send('Network.emulateNetworkConditions', LINE);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  return cdp;
}

async function load(context: BrowserContext, url: string, row: string, cold: boolean): Promise<Shown> {
  const page = await context.newPage();
  await throttle(context, page, cold);
  let requests = 0;
  let bytes = 0;
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
    if (encodedDataLength > 0) requests++;
  });
  await page.goto(url, { waitUntil: 'commit', timeout: 120_000 });
  await page.waitForSelector(row, { timeout: 120_000 });
  // What is painted last may be larger; after this, nothing more comes by itself.
  await page.waitForTimeout(1_500);
  const { fcp, lcp, inbox } = await page.evaluate(() => {
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const here = globalThis as any;
    return {
      fcp: here.performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.POSITIVE_INFINITY,
      lcp: here.__lcp as number,
      inbox: here.__inbox as number,
    };
  });
  await page.close();
  return { fcp, lcp, inbox, requests, bytes };
}

interface Uses {
  readonly uncached: readonly number[];
  readonly cached: readonly number[];
  /** The same on the whole processor: how long a frame takes of itself. */
  readonly unslowed: readonly number[];
  readonly interactions: readonly number[];
  readonly frames: readonly number[];
  readonly nodes: number;
}

/** Opens messages that nobody has looked at, opens them again, stars them by key, and scrolls through the list. */
async function use(browser: Browser, origin: string): Promise<Uses> {
  const context = await newContext(browser, ROW);
  await signIn(context, origin);
  const page = await context.newPage();
  await page.goto(origin);
  await page.waitForSelector(ROW);
  const cdp = await throttle(context, page);
  const uncached: number[] = [];
  const cached: number[] = [];
  for (let i = 0; i < OPENED; i++) {
    // Far from each other, so that none was fetched with another.
    await page.evaluate((top) => {
      // biome-ignore lint/suspicious/noExplicitAny: as above
      (globalThis as any).document.querySelector('[role=grid]').scrollTop = top;
    }, i * 9_000);
    await page.waitForTimeout(500);
    // Only what is on the screen is read; the rows beside it wait.
    await page.locator(ROW).nth(12).waitFor({ timeout: 60_000 });
    await page.waitForTimeout(1_500);
    uncached.push(await open(page, 4));
    await open(page, 5);
    await page.waitForTimeout(500);
    cached.push(await open(page, 4));
    await page.keyboard.press('s');
    await page.waitForTimeout(400);
  }
  const { frames, nodes } = await scroll(page);
  const interactions = await page.evaluate(() => (globalThis as unknown as Measured).__interactions);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  await open(page, 4);
  await open(page, 5);
  const unslowed: number[] = [];
  for (let i = 0; i < OPENED; i++) {
    await page.waitForTimeout(300);
    unslowed.push(await open(page, 4 + (i % 2)));
  }
  await context.close();
  return { uncached, cached, unslowed, interactions, frames, nodes };
}

/** From the click on the row that is so far down on the screen until its message is painted, in milliseconds. */
async function open(page: Page, row: number): Promise<number> {
  const place = await page.evaluate(
    ({ row, selector }) => {
      // biome-ignore lint/suspicious/noExplicitAny: as above
      const here = globalThis as any;
      const grid = here.document.querySelector('[role=grid]').getBoundingClientRect();
      const rows = [...here.document.querySelectorAll(selector)].filter(
        (one) => one.getBoundingClientRect().top >= grid.top,
      );
      const wanted = rows[row].querySelector('.subject').textContent.trim();
      here.__opened = new Promise((resolve) => {
        here.addEventListener(
          'click',
          (event: { timeStamp: number }) => {
            const look = () => {
              const reader = here.document.querySelector('.reader');
              const title = reader?.querySelector('h2, h1')?.textContent.trim();
              const body = reader?.querySelector('.text, iframe');
              if (title !== wanted || !body || body.getBoundingClientRect().height === 0)
                return here.requestAnimationFrame(look);
              // This frame is painted before anything else is done.
              const { port1, port2 } = new here.MessageChannel();
              port1.onmessage = () => resolve(here.performance.now() - event.timeStamp);
              port2.postMessage(undefined);
            };
            look();
          },
          { once: true, capture: true },
        );
      });
      const { left, top, width, height } = rows[row].getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    },
    { row, selector: ROW },
  );
  await page.mouse.click(place.x, place.y);
  return page.evaluate(() => (globalThis as unknown as { __opened: Promise<number> }).__opened);
}

async function scroll(page: Page): Promise<{ readonly frames: readonly number[]; readonly nodes: number }> {
  await page.evaluate(() => {
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const here = globalThis as any;
    here.__frames = [];
    here.__nodes = 0;
    let before = here.performance.now();
    const tick = () => {
      const now = here.performance.now();
      here.__frames.push(now - before);
      here.__nodes = Math.max(here.__nodes, here.document.querySelectorAll('.list *').length);
      before = now;
      here.requestAnimationFrame(tick);
    };
    here.requestAnimationFrame(tick);
  });
  const box = (await page.locator('[role=grid]').boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let i = 0; i < 120; i++) {
    await page.mouse.wheel(0, 240);
    await page.waitForTimeout(16);
  }
  return page.evaluate(() => {
    const { __frames: frames, __nodes: nodes } = globalThis as unknown as { __frames: number[]; __nodes: number };
    return { frames: frames.slice(1), nodes };
  });
}

function report(first: Loads, uses: Uses, peer: Loads | undefined): boolean {
  const worst = uses.interactions.length === 0 ? Number.NaN : percentile(uses.interactions, 0.98);
  const rows: readonly (readonly [string, number, number | undefined, string])[] = [
    ['first contentful paint, nothing kept', first.cold.fcp, BARS.fcp, 'ms'],
    ['largest contentful paint, nothing kept', first.cold.lcp, BARS.lcp, 'ms'],
    ['inbox shown, nothing kept', first.cold.inbox, undefined, 'ms'],
    ['inbox shown, second visit', first.warm.inbox, undefined, 'ms'],
    ['requests, nothing kept', first.cold.requests, undefined, ''],
    ['on the wire, nothing kept', first.cold.bytes / 1_000, undefined, 'KB'],
    ['open a message, p75', percentile(uses.uncached, 0.75), BARS.uncached, 'ms'],
    ['open it again, p75', percentile(uses.cached, 0.75), BARS.cached, 'ms'],
    ['open it again, the processor not slowed, p75', percentile(uses.unslowed, 0.75), undefined, 'ms'],
    [`interaction to next paint (of ${uses.interactions.length})`, worst, BARS.inp, 'ms'],
    ['frame while scrolling, p50', percentile(uses.frames, 0.5), undefined, 'ms'],
    ['frame while scrolling, p95', percentile(uses.frames, 0.95), BARS.frame, 'ms'],
    ['nodes of the list', uses.nodes, BARS.nodes, ''],
  ];
  let met = true;
  for (const [what, value, bar, unit] of rows) {
    const ok = bar === undefined || value <= bar;
    met &&= ok;
    const against = bar === undefined ? '' : `at most ${bar}: ${ok ? 'met' : 'MISSED'}`;
    console.log(`${what.padEnd(44)} ${value.toFixed(0).padStart(7)} ${unit.padEnd(3)} ${against}`);
  }
  if (peer === undefined) return met;
  for (const [what, ours, theirs] of [
    ['inbox shown, nothing kept', first.cold.inbox, peer.cold.inbox],
    ['inbox shown, second visit', first.warm.inbox, peer.warm.inbox],
    ['on the wire, nothing kept (KB)', first.cold.bytes / 1_000, peer.cold.bytes / 1_000],
    ['requests, nothing kept', first.cold.requests, peer.cold.requests],
  ] as const) {
    const factor = theirs / ours;
    console.log(
      `${what.padEnd(44)} ${ours.toFixed(0).padStart(7)}     Roundcube ${theirs.toFixed(0)}: ${factor.toFixed(1)} times`,
    );
  }
  const sooner = peer.cold.inbox / first.cold.inbox;
  console.log(`inbox shown sooner: at least ${BARS.factor} times: ${sooner >= BARS.factor ? 'met' : 'MISSED'}`);
  return met && sooner >= BARS.factor;
}
