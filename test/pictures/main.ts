/** The pictures of the webmail in the README: `node test/pictures/main.ts` takes them anew. They look best where the font Inter is installed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { JmapClient } from '../support/jmap-client.ts';
import { ROOT, type System, startSystem } from '../support/system.ts';
import { ALICE, expectBuilt, launchChromium } from '../support/webmail.ts';
import { seedMail } from '../support/webmail-mail.ts';
import { ELSEWHERE, FOLDERS, PEOPLE, PICTURED } from './mail.ts';

const TO = join(ROOT, 'docs', 'images');
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };
/** Of WebP, in percent. */
const QUALITY = 82;

interface Look {
  readonly theme?: 'light' | 'dark';
  readonly locale?: string;
  readonly isPhone?: boolean;
}

expectBuilt();
const system = await startSystem();
const browser = await launchChromium();
try {
  await fill(system);
  await take(browser, system);
} finally {
  await browser.close();
  await system.remove();
}

async function fill(system: System): Promise<void> {
  const jmap = await JmapClient.begin(system, ALICE, system.passwords.get(ALICE)!);
  await seedMail(jmap, [...PICTURED, ...ELSEWHERE], FOLDERS);
  const { list } = await jmap.call('AddressBook/get', { ids: null });
  const cards = PEOPLE.map(([full, address, number, organisation]) => ({
    '@type': 'Card',
    version: '1.0',
    addressBookIds: { [list[0].id]: true },
    name: { full },
    emails: { e: { address } },
    ...(number === '' ? {} : { phones: { p: { number } } }),
    ...(organisation === '' ? {} : { organizations: { o: { name: organisation } } }),
  }));
  await jmap.call('ContactCard/set', { create: Object.fromEntries(cards.map((card, at) => [`c${at}`, card])) });
}

async function take(browser: Browser, system: System): Promise<void> {
  await mkdir(TO, { recursive: true });
  const open = (look: Look = {}) => signedIn(browser, system, look);

  const reading = await open();
  await read(reading, 'Harbour walk', 'the plan for the harbour walk');
  await save(reading, 'webmail');

  const writing = await open();
  await read(writing, 'Draft of the second chapter', 'longer than I meant');
  await writing.keyboard.press('r');
  const text = writing.getByRole('textbox', { name: 'Message' });
  await text.click({ position: { x: 40, y: 20 } });
  await writing.keyboard.type(
    'Dear Jane,\n\nI have read it twice, with the pencil. The harbour is back, and I am glad.',
  );
  await save(writing, 'webmail-compose');

  const dark = await open({ theme: 'dark' });
  await read(dark, 'Letters that took the long way', undefined);
  await dark.getByRole('button', { name: 'Show images' }).waitFor();
  await dark.frameLocator('iframe').getByText('The mailbag under the ice').waitFor();
  await save(dark, 'webmail-dark');

  const search = await open();
  await search.getByRole('combobox', { name: 'Search mail' }).fill('from:jane harbour');
  await search.keyboard.press('Enter');
  await search.locator('mark').first().waitFor();
  await search.locator('[role=row]:not([aria-busy])').first().click();
  await search.getByText(/places? found here/).waitFor();
  await search.mouse.move(0, 0);
  await save(search, 'webmail-search');

  const arabic = await open({ locale: 'ar' });
  await read(arabic, 'النشرة الجديدة', 'ساعي البريد');
  await save(arabic, 'webmail-arabic');

  const phones = await Promise.all([
    open({ isPhone: true }),
    open({ isPhone: true, theme: 'dark' }),
    open({ isPhone: true }),
  ]);
  await read(phones[1], 'Harbour walk', 'the plan for the harbour walk');
  await phones[2].getByRole('link', { name: 'Contacts' }).click();
  await phones[2].getByText('Mary Smith').first().waitFor();
  await beside(await browser.newPage({ viewport: DESKTOP, deviceScaleFactor: 2 }), phones);
}

async function signedIn(browser: Browser, system: System, { theme = 'light', locale = 'en', isPhone = false }: Look) {
  const origin = `http://localhost:${system.port('http')}`;
  const context = await browser.newContext({
    viewport: isPhone ? PHONE : DESKTOP,
    deviceScaleFactor: 2,
    colorScheme: theme,
    locale,
    reducedMotion: 'reduce',
    hasTouch: isPhone,
  });
  const data = { name: ALICE, password: system.passwords.get(ALICE), stay: true };
  const answer = await context.request.post(`${origin}/auth/v1/session`, { headers: { 'x-postern': '1' }, data });
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
  const page = await context.newPage();
  await page.goto(origin);
  await page.locator('[role=row]:not([aria-busy])').first().waitFor();
  return page;
}

/** Opens a message; `text`: of it, when it is there. */
async function read(page: Page, subject: string, text: string | undefined): Promise<void> {
  await page.getByRole('row').filter({ hasText: subject }).first().click();
  if (text !== undefined) await page.locator('.message').getByText(text).first().waitFor();
  else await page.locator('.message').first().waitFor();
  await page.mouse.move(0, 0);
}

async function save(page: Page, name: string): Promise<void> {
  await writeFile(join(TO, `${name}.webp`), await picture(page));
  await page.context().close();
}

async function picture(page: Page): Promise<Buffer> {
  const context: BrowserContext = page.context();
  const session = await context.newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  return Buffer.from(data, 'base64');
}

/** Three phones beside each other, in the shape of the others. */
async function beside(page: Page, phones: readonly Page[]): Promise<void> {
  const images: string[] = [];
  for (const phone of phones) images.push((await phone.screenshot()).toString('base64'));
  await page.setContent(
    `<body style="margin:0;height:100vh;display:flex;justify-content:space-evenly;align-items:center;background:#dfe5f2">${images
      .map(
        (data) =>
          `<img style="height:720px;border-radius:20px;box-shadow:0 8px 32px #0004" src="data:image/png;base64,${data}">`,
      )
      .join('')}`,
  );
  await page.evaluate(() => {
    const { document } = globalThis as unknown as { document: { images: Iterable<{ decode(): Promise<void> }> } };
    return Promise.all(Array.from(document.images, (image) => image.decode()));
  });
  await save(page, 'webmail-phone');
  for (const phone of phones) await phone.context().close();
}
