/** Reading in the webmail, in Chromium: conversations, images, links, files, receipts, lists, print, the source (IM-10 to IM-17, ME-20). */
import type { FrameLocator, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { BOB, openWebmail } from '../support/webmail.ts';
import { CSV, letter, PNG, parts, type Seeded, seedMail } from '../support/webmail-mail.ts';

const webmail = openWebmail({ mail: false });

const html = (body: string, more: readonly string[] = [], from = 'Mary Smith <mary@example.net>') => ({
  type: 'text/html; charset=utf-8',
  body,
  more,
  from,
});
const INNER = letter({
  from: 'Pete <pete@silly.example>',
  subject: 'Inside',
  id: 'inside',
  age: 90,
  body: 'The inner letter.',
});

const LETTERS: readonly (Parameters<typeof letter>[0] & { readonly mailbox?: string; readonly seen?: boolean })[] = [
  { from: 'Mary Smith <mary@example.net>', subject: 'Lunch', id: 'l1', age: 50, body: 'At twelve?' },
  {
    from: 'alice@example.test',
    to: 'mary@example.net',
    subject: 'Re: Lunch',
    id: 'l2',
    reply: 'l1',
    age: 49,
    body: 'Yes.',
    mailbox: 'Sent',
  },
  {
    from: 'Mary Smith <mary@example.net>',
    subject: 'Re: Lunch',
    id: 'l3',
    reply: 'l1',
    age: 48,
    body: 'Buy now',
    mailbox: 'Trash',
  },
  {
    from: 'Mary Smith <mary@example.net>',
    subject: 'Re: Lunch',
    id: 'l4',
    reply: 'l1',
    age: 47,
    body: 'Fine.\n\n> Yes.\n> At twelve?',
    seen: false,
  },
  {
    subject: 'Pictures',
    id: 'p',
    age: 40,
    ...html('<p>Look:</p><img id="i" src="http://pictures.example/a.png" width="20" height="20">'),
  },
  {
    subject: 'Links',
    id: 'k',
    age: 39,
    ...html(
      '<a href="https://evil.example/x">https://bank.example/</a> <a href="mailto:jdoe@machine.example?subject=Hi">write</a> <a href="https://example.com/ok">more</a>',
    ),
  },
  {
    from: 'Jane Brown <j-brown@other.example>',
    subject: 'Files',
    id: 'f',
    age: 38,
    type: 'multipart/mixed; boundary=m',
    body: parts(
      'm',
      'Content-Type: text/plain\r\n\r\nSee the files.',
      `Content-Type: text/csv; name=figures.csv\r\nContent-Disposition: attachment; filename=figures.csv\r\n\r\n${CSV}`,
      `Content-Type: image/png; name=square.png\r\nContent-Disposition: attachment; filename=square.png\r\nContent-Transfer-Encoding: base64\r\n\r\n${PNG}`,
      `Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=inside.eml\r\n\r\n${INNER}`,
      'Content-Type: text/html; name=page.html\r\nContent-Disposition: attachment; filename=page.html\r\n\r\n<script>1</script>',
    ),
  },
  {
    from: 'Bob <bob@example.test>',
    subject: 'Receipt',
    id: 'r',
    age: 37,
    body: 'Have you read this?',
    more: ['Disposition-Notification-To: bob@example.test', 'Return-Path: <bob@example.test>'],
  },
  {
    subject: 'List',
    id: 'u',
    age: 36,
    ...html('<p>News</p>', [
      'List-Unsubscribe: <https://lists.example/leave>, <mailto:leave@lists.example?subject=leave>',
    ]),
  },
  {
    subject: 'Quoted',
    id: 'q',
    age: 35,
    ...html('<p>My answer</p><blockquote type="cite"><p>What was asked</p></blockquote>'),
  },
  { subject: 'Long', id: 'g', age: 34, ...html('<p>line</p>'.repeat(1_000)) },
  { from: '"security@bank.example" <evil@evil.example>', subject: 'Spoof\u202egnp', id: 's', age: 33, body: 'x' },
  { subject: 'Empty', id: 'e', age: 32, ...html('') },
];

let ids: ReadonlyMap<string, string>;
let inbox: string;

beforeAll(async () => {
  const jmap = await webmail.jmap();
  const messages: readonly Seeded[] = LETTERS.map(({ mailbox = 'Inbox', seen = true, ...one }) => ({
    mailbox,
    seen,
    age: one.age,
    raw: letter({ ...one, from: one.from ?? 'Mary Smith <mary@example.net>' }),
  }));
  inbox = (await seedMail(jmap, messages)).get('Inbox')!;
  const { ids: all } = await jmap.call('Email/query', { filter: null });
  const { list } = await jmap.call('Email/get', { ids: all, properties: ['id', 'messageId'] });
  ids = new Map(list.map((one: { id: string; messageId: string[] }) => [one.messageId[0]!.split('@')[0], one.id]));
});

const open = (id: string, options: Parameters<typeof webmail.open>[0] = {}) =>
  webmail.open({ path: `/mail/${inbox}/${ids.get(id)}`, ...options });
const frameOf = (page: Page): FrameLocator => page.frameLocator('article iframe');

it("shows a conversation: the latest and the unread open, one's own among them, what was thrown away not", async () => {
  const page = await open('l4');
  await page.locator('article').getByText('Fine.').waitFor();
  const cards = page.locator('article.message');
  expect(await cards.count()).toBe(3);
  expect(await page.locator('article.folded').count()).toBe(2);
  expect(await page.locator('article').getByText('Buy now').count()).toBe(0);
  await page.getByRole('button', { name: 'Expand all' }).click();
  await page.locator('article .text').getByText('At twelve?').first().waitFor();
  expect(await page.locator('article.folded').count()).toBe(0);
  // The quote is folded, and told of.
  const quote = cards.last().getByRole('button', { name: 'Show quoted text' });
  expect(await cards.last().locator('blockquote').count()).toBe(0);
  await quote.click();
  expect(await cards.last().locator('blockquote').innerText()).toContain('At twelve?');
  const jmap = await webmail.jmap();
  await expect
    .poll(
      async () => (await jmap.call('Email/get', { ids: [ids.get('l4')], properties: ['keywords'] })).list[0].keywords,
    )
    .toMatchObject({ $seen: true });
});

it('shows images from elsewhere only when asked, by way of the server, and from then on from whom one trusts', async () => {
  const page = await open('p');
  const asked: string[] = [];
  await page.context().route('**/images/v1/**', (route) => {
    asked.push(route.request().url());
    return route.fulfill({ contentType: 'image/png', body: Buffer.from(PNG, 'base64') });
  });
  const image = frameOf(page).locator('img');
  await page.getByText('Images from elsewhere are not shown').waitFor();
  expect(await image.getAttribute('src')).toBeNull();
  expect(asked).toEqual([]);
  await page.getByRole('button', { name: 'Always from this sender' }).click();
  await expect.poll(() => image.getAttribute('src')).toMatch(/^blob:/);
  await expect.poll(() => image.evaluate((one: { naturalWidth: number }) => one.naturalWidth)).toBe(1);
  expect(asked.length).toBe(1);
  await page.reload();
  await expect.poll(() => image.getAttribute('src'), { timeout: 15_000 }).toMatch(/^blob:/);
  expect(await page.getByText('Images from elsewhere are not shown').count()).toBe(0);
});

it('says where a link leads that says something else, and asks; writes to addresses', async () => {
  const page = await open('k');
  const frame = frameOf(page);
  await expect.poll(() => frame.locator('bdi').innerText()).toBe('[leads to evil.example]');
  await frame.getByText('https://bank.example/').click();
  const dialog = page.getByRole('dialog', { name: 'Is this where you want to go?' });
  expect(await dialog.innerText()).toContain('leads to evil.example');
  await dialog.getByRole('button', { name: 'Stay here' }).click();
  expect(page.context().pages().length).toBe(1);
  const ok = frame.getByText('more');
  expect(await ok.getAttribute('rel')).toBe('noopener noreferrer nofollow');
  expect(await ok.getAttribute('target')).toBe('_blank');
});

it('opens files as what they are, and saves them as they came', async () => {
  const page = await open('f');
  await page.getByRole('heading', { name: '4 attachments' }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download figures.csv' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('figures.csv');
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toBe(CSV);

  await page.getByRole('button', { name: 'Open square.png' }).click();
  const picture = page.locator('dialog canvas');
  await expect.poll(() => picture.evaluate((one: { width: number }) => one.width)).toBe(1);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Open inside.eml' }).click();
  await page.locator('dialog').getByText('The inner letter.').waitFor();
  await page.keyboard.press('Escape');
  // HTML is never opened here.
  expect(await page.getByRole('button', { name: 'Open page.html' }).count()).toBe(0);
});

it('asks about a receipt, and sends it', async () => {
  const page = await open('r');
  await page.getByRole('button', { name: 'Send a receipt' }).click();
  await page.getByText('The receipt was sent').waitFor();
  expect(await page.getByRole('button', { name: 'Send a receipt' }).count()).toBe(0);
  const bob = await webmail.jmap(BOB);
  await expect
    .poll(async () => (await bob.call('Email/query', { filter: null })).ids.length, { timeout: 10_000 })
    .toBe(1);
});

it('says how to leave a list before anybody is told', async () => {
  const page = await open('u');
  await page.getByRole('button', { name: 'Unsubscribe' }).click();
  const dialog = page.getByRole('dialog', { name: 'Leave this list?' });
  expect(await dialog.innerText()).toContain('leave@lists.example');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
});

it('shows the source, the header, people and dates, with what would turn them', async () => {
  const page = await open('s');
  expect(await page.locator('.conversation h2').innerText()).toBe('Spoof[U+202E]gnp');
  expect(await page.locator('.person').first().innerText()).toBe('security@bank.example <evil@evil.example>');
  await page.locator('.recipients').click();
  expect(await page.locator('.details').innerText()).toContain('alice@example.test');
  await page.locator('article').getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Show original' }).click();
  await expect.poll(() => page.locator('dialog .source').innerText()).toContain('Message-ID: <s@machine.example>');
  await page.keyboard.press('Escape');
  await page.locator('article').getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Show all headers' }).click();
  await expect.poll(() => page.locator('dialog .headers').innerText()).toContain('MIME-Version');
});

it('folds quotes of HTML, clips what is long, and says where there is nothing', async () => {
  const page = await open('q');
  await page.getByRole('button', { name: 'Show quoted text' }).waitFor();
  expect(await frameOf(page).getByText('What was asked').isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Show quoted text' }).click();
  await frameOf(page).getByText('What was asked').waitFor();
  await page.goto(`${webmail.origin}/mail/${inbox}/${ids.get('g')}`);
  const frame = page.locator('article iframe');
  await page.getByRole('button', { name: 'Show all of this message' }).click();
  await expect.poll(async () => (await frame.boundingBox())!.height).toBeGreaterThan(20_000);
  await page.goto(`${webmail.origin}/mail/${inbox}/${ids.get('e')}`);
  await page.getByText('This message has no text.').waitFor();
});

it('hears the keys that are pressed within a message', async () => {
  const page = await open('q');
  await frameOf(page).getByText('My answer').click();
  await page.keyboard.press('j');
  await expect.poll(() => page.url()).not.toContain(ids.get('q')!);
});

it('prints one message: its header and its text, and nothing of the page', async () => {
  const page = await open('l4');
  await page.locator('article').getByText('Fine.').waitFor();
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('article', { hasText: 'Fine.' }).isVisible()).toBe(true);
  for (const gone of ['.rail', '.list', '.reader-head', '.card-foot'])
    expect(await page.locator(gone).first().isVisible()).toBe(false);
});
