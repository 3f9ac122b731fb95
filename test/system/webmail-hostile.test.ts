/** Hostile mail in the webmail, in Chromium: nothing is asked of those who sent it, nothing of theirs runs, and the pages go on. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostileMail, type Vector } from '../corpus/hostile-mail.ts';
import { openWebmail } from '../support/webmail.ts';
import { type Seeded, seedMail } from '../support/webmail-mail.ts';

const webmail = openWebmail({ mail: false });
/** What the server of who sent them was asked for. */
const hits: string[] = [];
let server: Server;
let vectors: readonly Vector[];
let mailbox: string;
/** Ids of the messages, in the order of the vectors. */
let ids: readonly string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    hits.push(request.url!);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vectors = hostileMail(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const jmap = await webmail.jmap();
  mailbox = (await seedMail(jmap, vectors.map(messageOf))).get('Travel')!;
  const { ids: found } = await jmap.call('Email/query', {
    filter: { inMailbox: mailbox },
    sort: [{ property: 'receivedAt', isAscending: false }],
  });
  ids = found;
});

afterAll(() => server.close());

function messageOf(vector: Vector, index: number): Seeded {
  const { from = 'x@evil.example', subject = `Vector ${index}`, html, rest } = vector;
  const raw = [
    `From: ${from}`,
    'To: alice@example.test',
    `Subject: ${subject}`,
    `Message-ID: <vector${index}@evil.example>`,
    'MIME-Version: 1.0',
    rest ?? `Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${html}`,
  ].join('\r\n');
  return { mailbox: 'Travel', raw, age: index + 1 };
}

it('has at least sixty kinds of attack', () => {
  expect(new Set(vectors.map(({ name }) => name)).size).toBeGreaterThanOrEqual(60);
  expect(ids.length).toBe(vectors.length);
});

it('sees what it says it would see', async () => {
  // The same server, asked by a page that does not defend itself.
  const page = await webmail.browser.newPage();
  await page.setContent(`<img src="http://127.0.0.1:${(server.address() as AddressInfo).port}/seen">`);
  await expect.poll(() => hits).toEqual(['/seen']);
  await page.close();
  hits.length = 0;
});

it('loads nothing, runs nothing and stays usable, with images blocked and with images shown', {
  timeout: 180_000,
}, async () => {
  const page = await webmail.open({ path: `/mail/${mailbox}`, hostile: true, allow: [/status of 403/] });
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await page.locator('[role=row]:not([aria-busy])').first().waitFor();
  const slow: string[] = [];
  const faults: string[] = [];
  let proxied = 0;
  for (const [index, { name }] of vectors.entries()) {
    const began = Date.now();
    const isShown = await openMessage(page, index).then(
      () => true,
      () => false,
    );
    const problems = isShown ? await lookAt(page) : ['is not shown'];
    const button = page.getByRole('button', { name: 'Show images' });
    if (await button.isVisible()) {
      const before = webmail.requests(page).length;
      await button.click();
      await button.waitFor({ state: 'detached' });
      await page.locator('.images-bar', { hasText: 'Loading' }).waitFor({ state: 'detached' });
      proxied += webmail
        .requests(page)
        .slice(before)
        .filter((url) => url.includes('/image')).length;
      problems.push(...(await lookAt(page)));
    }
    if (hits.length > 0) problems.push(`asked for ${hits.splice(0).join(', ')}`);
    if (dialogs.length > 0) problems.push(`showed ${dialogs.splice(0).join(', ')}`);
    if (page.context().pages().length > 1) problems.push('opened another page');
    if (Date.now() - began > 20_000) slow.push(`${name}: ${Date.now() - began} ms`);
    faults.push(...problems.map((problem) => `${name}: ${problem}`));
  }
  expect(faults).toEqual([]);
  expect(slow).toEqual([]);
  // The images were asked for, of our server.
  expect(proxied).toBeGreaterThan(5);
});

/** Goes to a message as a link would: the page is not loaded again. */
async function openMessage(page: Page, index: number): Promise<void> {
  const path = `/mail/${mailbox}/${ids[index]}`;
  await page.evaluate((to) => {
    const { document } = globalThis as unknown as { document: { createElement: (name: string) => never; body: never } };
    const link = document.createElement('a') as { href: string; click: () => void; remove: () => void };
    link.href = to;
    (document.body as { append: (node: unknown) => void }).append(link);
    link.click();
    link.remove();
  }, path);
  const { subject = `Vector ${index}` } = vectors[index]!;
  await page.locator('.conversation h2', { hasText: subject.slice(0, 20) }).waitFor();
  // Its text: in the frame, as text, or that there is none.
  await page
    .locator('article .frame-box iframe[style*="size"], article .text, article > p.muted')
    .first()
    .waitFor({ timeout: 15_000 });
}

/** What of a message has left the place it has. */
async function lookAt(page: Page): Promise<string[]> {
  const problems: string[] = [];
  for (const frame of page.frames()) {
    const ran = await frame.evaluate(() => (globalThis as { RAN?: number }).RAN).catch(() => undefined);
    if (ran !== undefined) problems.push(`ran in ${frame.url()}`);
  }
  if (!page.url().startsWith(`${webmail.origin}/mail/`)) problems.push(`is at ${page.url()}`);
  const others = page
    .frames()
    .filter((frame) => frame !== page.mainFrame() && frame.url() !== `${webmail.frameOrigin}/frame.html`);
  if (others.length > 0) problems.push(`shows ${others.map((frame) => frame.url())}`);
  const hostile = await page.evaluate(() => {
    const { document } = globalThis as unknown as {
      document: { querySelectorAll: (what: string) => { length: number } };
    };
    return document.querySelectorAll('.reader script, .reader img, .reader style, .reader object, .reader link').length;
  });
  if (hostile > 0) problems.push('has brought elements into the page');
  return problems;
}
