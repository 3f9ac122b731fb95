/** What axe-core finds on a screen of the webmail, in every look that it has. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Each look of a screen: theme, width and direction. */
const LOOKS = (['light', 'dark'] as const).flatMap((theme) =>
  [1280, 360].flatMap((width) => (['ltr', 'rtl'] as const).map((dir) => ({ theme, width, dir }))),
);

/** Serious and critical findings, and what has to be scrolled sideways, in every look. */
export async function look(page: Page, screen: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const { theme, width, dir } of LOOKS) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 740 });
    await turn(page, dir);
    for (const one of await findings(page)) found.add(`${screen} ${theme} ${width} ${dir}: ${one}`);
    if (await isWide(page)) found.add(`${screen} ${width} ${dir}: scrolls sideways`);
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 1280, height: 800 });
  await turn(page, 'ltr');
  return [...found];
}

async function turn(page: Page, dir: 'ltr' | 'rtl'): Promise<void> {
  await page.evaluate(
    (to) =>
      new Promise<void>((resolve) => {
        const here = globalThis as unknown as {
          document: { documentElement: { dir: string } };
          requestAnimationFrame: (then: () => void) => void;
        };
        here.document.documentElement.dir = to;
        here.requestAnimationFrame(() => here.requestAnimationFrame(() => resolve()));
      }),
    dir,
  );
}

async function findings(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: (options: object) => Promise<{ violations: Violation[] }> };
    };
    const { violations } = await axe.run({
      // What is in the frame is the message's own.
      iframes: false,
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  });
  return violations.map(
    ({ id, nodes }) =>
      `${id} ${nodes
        .map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`)
        .join(' | ')
        .slice(0, 500)}`,
  );
}

/** Whether the page has to be scrolled sideways. */
export function isWide(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const { document } = globalThis as unknown as {
      document: { scrollingElement: { scrollWidth: number; clientWidth: number } };
    };
    return document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth;
  });
}
