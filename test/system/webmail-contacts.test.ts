/** The address book of the webmail, in Chromium (IM-10: contacts are made, read, changed and deleted, and suggested to who writes). */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { python } from '../support/python.ts';
import { openWebmail } from '../support/webmail.ts';
import { PNG } from '../support/webmail-mail.ts';

const webmail = openWebmail();

const person = (page: Page, name: string) => page.locator('.contact-row', { hasText: name });

async function add(page: Page, name: readonly [string, string], email: string): Promise<void> {
  await page.getByRole('link', { name: 'New contact' }).click();
  await page.getByLabel('First name').fill(name[0]);
  await page.getByLabel('Last name').fill(name[1]);
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: name.join(' '), exact: true }).waitFor();
}

it('IM-10: makes, changes, finds, deletes and brings back a contact, with a photo', async () => {
  const page = await webmail.open({ path: '/contacts' });
  await add(page, ['Mary', 'Smith'], 'mary@example.net');
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByRole('button', { name: 'Add a phone number' }).click();
  await page.getByLabel('Phone', { exact: true }).fill('+1 555 0100');
  await page.getByLabel('Organisation').fill('Letters Ltd');
  await page.getByLabel('Birthday').fill('1985-05-17');
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from(PNG, 'base64') });
  await page.locator('.photo-field img').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.contact-top img').waitFor();
  await page.getByText('1985-05-17').waitFor();
  // What was written to her, and by her.
  await page.locator('.history-row').first().waitFor();

  await page.getByLabel('Search contacts').fill('letters 0100');
  expect(await page.locator('.contact-row').count()).toBe(1);
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No contact fits').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await person(page, 'Mary Smith').click();
  await page.locator('.contact-top img').waitFor();
  await page.getByText('Letters Ltd').waitFor();
});

it('says what is wrong with what was typed, and loses none of it', async () => {
  const page = await webmail.open({ path: '/contacts/new' });
  await page.getByLabel('First name').fill('John');
  await page.getByLabel('Email', { exact: true }).fill('not an address');
  await page.getByRole('button', { name: 'Save' }).click();
  expect(await page.getByRole('alert').first().textContent()).toContain('“not an address” is no email address.');
  expect(await page.getByLabel('First name').inputValue()).toBe('John');
});

it('groups people', async () => {
  const page = await webmail.open({ path: '/contacts' });
  await add(page, ['Pete', 'Post'], 'pete@silly.example');
  await page.getByRole('button', { name: 'New group' }).click();
  await page.getByLabel('Name of the group').fill('Letters');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Letters' }).waitFor();
  await page.getByLabel('Add members').fill('pete');
  await page.locator('.members .chip-choices button').first().click();
  await page.getByRole('heading', { name: '1 member' }).waitFor();
  await page.locator('.member').getByRole('link', { name: 'Pete Post' }).waitFor();
});

it('merges two of the same person, and takes it back', async () => {
  const page = await webmail.open({ path: '/contacts' });
  await add(page, ['Jane', 'Brown'], 'j-brown@other.example');
  await add(page, ['J.', 'Brown'], 'J-Brown@other.example');
  await page.getByRole('link', { name: 'Duplicates' }).click();
  const pair = page.locator('.pair');
  await pair.getByText('Same email address').waitFor();
  await pair.getByText('J. Brown').last().click();
  await pair.getByRole('button', { name: 'Merge' }).click();
  await page.getByText('No duplicates were found.').waitFor();
  await page.getByLabel('Search contacts').fill('brown');
  await expect.poll(() => page.locator('.person-name').allTextContents()).toEqual(['J. Brown']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => page.locator('.person-name').allTextContents()).toEqual(['J. Brown', 'Jane Brown']);
});

it('imports 500 of a table, says which two lines it left out, and exports what others read', async () => {
  const page = await webmail.open({ as: 'bob@example.test', path: '/contacts?in=import' });
  const lines = Array.from(
    { length: 502 },
    (_, i) => `Person ${String(i).padStart(3, '0')},p${i}@example.net,"Line 1, ü"`,
  );
  lines[9] = 'Bad,not an address,';
  lines[99] = 'Worse,w@example.net,,,more';
  const csv = `Name,E-mail Address,Notes\r\n${lines.join('\r\n')}\r\n`;
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByText('500 contacts were found.').waitFor();
  expect(await page.locator('.import-wrong li').allTextContents()).toEqual([
    'Line 11: “not an address” is no email address.',
    'Line 101: There are more values here than columns.',
  ]);
  await page.getByRole('button', { name: 'Import 500 contacts' }).click();
  await page.getByText('500 contacts imported').waitFor();
  await page.getByRole('link', { name: 'All contacts' }).click();
  await page.getByText('500 contacts', { exact: true }).waitFor();
  // Only those on the screen are in the page.
  expect(await page.locator('.contact-row').count()).toBeLessThan(60);

  const vcards = await exported(page, 'vCard');
  const table = await exported(page, 'Table');
  const read = JSON.parse(await python(READ, { vcards, table })) as Record<'vcards' | 'rows', Record<string, string>[]>;
  expect(read.vcards).toHaveLength(500);
  expect(read.rows).toHaveLength(500);
  expect(read.vcards.find(({ EMAIL }) => EMAIL === 'p7@example.net')).toMatchObject({
    FN: 'Person 007',
    NOTE: 'Line 1\\, ü',
  });
  expect(read.rows.find((row) => row['E-mail Address'] === 'p501@example.net')).toMatchObject({
    Name: 'Person 501',
    Notes: 'Line 1, ü',
  });
});

async function exported(page: Page, kind: string): Promise<string> {
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: kind }).click();
  return (await coming).path();
}

/** A vCard's lines are folded as those of a header are: Python's reader of headers reads them. */
const READ = `
import csv, email, re
text = open(given['vcards'], encoding='utf-8', newline='').read()
cards = re.findall(r'BEGIN:VCARD\\r\\n(.*?)END:VCARD\\r\\n', text, re.S)
unfold = lambda value: re.sub(r'\\r?\\n[ \\t]', '', value)
vcards = [{name: unfold(str(value)) for name, value in email.message_from_string(card).items()} for card in cards]
rows = list(csv.DictReader(open(given['table'], encoding='utf-8-sig', newline='')))
print(json.dumps({'vcards': vcards, 'rows': rows}))
`;

it('IM-10: suggests contacts to who writes', async () => {
  const bob = await webmail.jmap('bob@example.test');
  const [book] = (await bob.call('AddressBook/get')).list;
  const card = (full: string, address: string) => ({
    ...{ '@type': 'Card', version: '1.0', name: { full }, emails: { e: { address } } },
    addressBookIds: { [book.id]: true },
  });
  const create = { a: card('John Doe', 'jdoe@machine.example'), b: card('Joe Q. Public', 'joe@example.org') };
  expect(Object.keys((await bob.call('ContactCard/set', { create })).created)).toHaveLength(2);

  const page = await webmail.open({ as: 'bob@example.test', path: '/contacts' });
  await page.getByLabel('Search contacts').fill('John Doe');
  await person(page, 'John Doe').click();
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  const window = page.getByRole('dialog');
  await window.getByText('John Doe').first().waitFor();
  await window.getByRole('combobox').first().fill('Public');
  await page.getByRole('option', { name: /Joe Q\. Public/ }).waitFor();
});
