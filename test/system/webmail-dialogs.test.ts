/** What the reader opens over a message, for everybody: WCAG 2.2 AA as far as a machine can see it, light and dark, 1280 and 360 pixels wide. */
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { tnef } from '../support/tnef.ts';
import { openWebmail } from '../support/webmail.ts';
import { look } from '../support/webmail-axe.ts';
import { letter, PNG, parts, seedMail } from '../support/webmail-mail.ts';

const webmail = openWebmail({ mail: false });

const attached = (type: string, name: string, bytes: string | Uint8Array) =>
  `Content-Type: ${type}; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(bytes).toString('base64')}`;
const VCARD = 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Mary Smith\r\nEMAIL:mary@example.net\r\nEND:VCARD\r\n';
const from = 'Mary Smith <mary@example.net>';
const LETTER = letter({
  from,
  subject: 'All of it',
  id: 'all',
  age: 1,
  type: 'multipart/mixed; boundary=m',
  more: [
    'List-Unsubscribe: <https://lists.example/leave>, <mailto:leave@lists.example>',
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
  ],
  body: parts(
    'm',
    'Content-Type: text/plain; charset=x-none\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSee http://192.0.2.1/signin and the letters.',
    attached('image/png', 'first.png', Buffer.from(PNG, 'base64')),
    attached('image/png', 'last.png', Buffer.from(PNG, 'base64')),
    attached('text/plain', 'some.txt', 'Some text.'),
    attached('application/ms-tnef', 'winmail.dat', tnef([{ longName: 'Figures.csv', data: Buffer.from('1') }])),
    attached('text/vcard', 'people.vcf', VCARD),
    attached(
      'message/rfc822',
      'inner.eml',
      letter({ from, subject: 'Inside', id: 'in', age: 2, body: 'The inner letter.' }),
    ),
  ),
});

let path: string;
beforeAll(async () => {
  const jmap = await webmail.jmap();
  await seedMail(jmap, [{ mailbox: 'Inbox', age: 1, raw: LETTER }]);
  const { ids } = await jmap.call('Email/query', { filter: { subject: 'All of it' } });
  path = `/search/${ids[0]}?q=letters`;
});

/** Opens something, waits for what is in it, and looks. */
async function over(page: Page, name: string, open: () => Promise<void>, shown: string): Promise<readonly string[]> {
  await open();
  const dialog = page.locator('dialog[open]');
  await dialog.getByText(shown).first().waitFor();
  const found = await look(page, name);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  return found;
}

it('has no serious finding in a message that a search has found, nor over it', async () => {
  const page = await webmail.open({ path });
  const article = page.locator('article');
  await page.getByText('1 place found here').waitFor();
  await article.getByRole('button', { name: 'Unsubscribe' }).waitFor();
  const click = (name: string) => () => article.getByRole('button', { name }).first().click();
  const menu = (name: string) => async () => {
    await article.getByRole('button', { name: 'More', exact: true }).first().click();
    await page.getByRole('menuitem', { name }).click();
  };
  const found = [
    ...(await look(page, 'message')),
    ...(await over(page, 'original', menu('Show original'), 'Message-ID')),
    ...(await over(page, 'headers', menu('Show all headers'), 'List-Unsubscribe-Post')),
    ...(await over(page, 'images', click('Open first.png'), '1 of 2')),
    ...(await over(page, 'text', click('Open some.txt'), 'Some text.')),
    ...(await over(page, 'winmail.dat', click('Open winmail.dat'), 'Figures.csv')),
    ...(await over(page, 'vCard', click('Open people.vcf'), 'mary@example.net')),
    ...(await over(page, 'message within', click('Open inner.eml'), 'The inner letter.')),
    ...(await over(page, 'list', click('Unsubscribe'), 'Your server asks lists.example')),
    ...(await over(page, 'link', () => article.getByText('http://192.0.2.1/signin').click(), 'leads to a number')),
  ];
  expect(found).toEqual([]);
});
