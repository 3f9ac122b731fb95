/** Files and images that go along with what is written in the webmail. */
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page, Route } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import type { Json } from '../support/jmap.ts';
import { ALICE, BOB, openWebmail } from '../support/webmail.ts';
import {
  Behind,
  body,
  composer,
  keptTexts,
  paste,
  picker,
  send,
  sent,
  WAIT,
  write,
} from '../support/webmail-compose.ts';
import { PNG } from '../support/webmail-mail.ts';

const webmail = openWebmail();
const behind = new Behind(webmail);

/** Bytes of a message. What the server knows of its settings it asks for anew every few seconds: the test of it is the last. */
const LIMIT = 2 * 1024 * 1024;

beforeAll(async () => {
  await behind.prefer({ undoSeconds: 0 });
  const token = await readFile(join(webmail.system.home, 'admin-token'), 'utf8');
  const response = await fetch(`${webmail.origin}/admin/v1/settings/smtp.maxMessageSize`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token.trim()}` },
    body: JSON.stringify({ value: LIMIT }),
  });
  expect(response.status, await response.text()).toBeLessThan(300);
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const uploads = (page: Page, work: (route: Route) => Promise<void>) => page.route('**/jmap/upload/**', work);
const row = (page: Page, name: string) => composer(page).locator('.compose-file').filter({ hasText: name });
const BUSY = { status: 503, contentType: 'application/problem+json', body: '{"detail":"Too busy."}' };

/** Those of alice; none while one version takes the place of another. */
async function drafts(subject: string): Promise<readonly Json[]> {
  const jmap = await webmail.jmap();
  const { ids } = await jmap.call('Email/query', { filter: { subject } });
  return (await jmap.call('Email/get', { ids, properties: ['attachments'] })).list;
}

it('sends a file that arrives as it was (SM-12), and has the message in Sent', async () => {
  const page = await webmail.open();
  const buffer = randomBytes(200_000);
  await write(page, [BOB], 'With a file', 'Here is what I attached.');
  await picker(page).setInputFiles({ name: 'figures.bin', mimeType: 'application/octet-stream', buffer });
  await page.getByRole('button', { name: 'Remove figures.bin' }).waitFor();
  await send(page);
  await sent(page);
  const got = await behind.found(BOB, 'With a file');
  expect(got.attachments).toMatchObject([{ name: 'figures.bin', disposition: 'attachment' }]);
  expect(sha256(await behind.bytesOf(BOB, got.attachments[0].blobId))).toBe(sha256(buffer));
  const kept = await behind.found(ALICE, 'With a file');
  expect(kept.mailboxIds).toEqual({ [await behind.mailbox(ALICE, 'sent')]: true });
  expect(kept.keywords.$draft).toBeUndefined();
});

it('stops an upload, and tries again one that failed', async () => {
  const page = await webmail.open({ allow: [/503|net::ERR_CONNECTION/] });
  const held: Route[] = [];
  const answers = ['hold', '503', 'cut'];
  await uploads(page, async (route) => {
    const answer = answers.shift();
    if (answer === 'hold') held.push(route);
    else if (answer === '503') await route.fulfill(BUSY);
    else if (answer === 'cut') await route.abort('connectionreset');
    else await route.continue();
  });
  await write(page, [BOB], 'Thrice', 'Have a look at this file.');
  const file = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(`This is ${name}.`) });
  await picker(page).setInputFiles(file('slow.txt'));
  await expect.poll(() => held.length, WAIT).toBe(1);
  await page.getByRole('button', { name: 'Stop uploading slow.txt' }).click();
  await row(page, 'slow.txt').waitFor({ state: 'detached' });

  await picker(page).setInputFiles(file('second.txt'));
  const again = row(page, 'second.txt').getByRole('button', { name: 'Try again' });
  await row(page, 'second.txt').getByText('Not uploaded: Too busy.').waitFor();
  await again.click();
  await row(page, 'second.txt').getByText('Not uploaded: The server cannot be reached.').waitFor();
  await again.click();
  await page.getByRole('button', { name: 'Remove second.txt' }).waitFor();
  await send(page);
  await sent(page);
  const got = await behind.found(BOB, 'Thrice');
  expect(got.attachments.map(({ name }: Json) => name)).toEqual(['second.txt']);
  expect((await behind.bytesOf(BOB, got.attachments[0].blobId)).toString()).toBe('This is second.txt.');
});

it('does not send without a file that the server does not take, and says so', async () => {
  const page = await webmail.open({ allow: [/503/] });
  let isBusy = true;
  await uploads(page, (route) => (isBusy ? route.fulfill(BUSY) : route.continue()));
  await write(page, [BOB], 'Whole or not', 'With a file.');
  await picker(page).setInputFiles({ name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('A plan') });
  await row(page, 'plan.txt').getByText('Not uploaded').waitFor();
  await send(page);
  await composer(page).getByText('Not sent: plan.txt could not be uploaded: Too busy.').waitFor();
  expect(await behind.count(BOB, { subject: 'Whole or not' })).toBe(0);
  isBusy = false;
  await send(page);
  await sent(page);
  expect((await behind.found(BOB, 'Whole or not')).attachments).toMatchObject([{ name: 'plan.txt' }]);
});

it('has a file in the draft that was still on its way when the window was closed', async () => {
  const page = await webmail.open();
  const held: Route[] = [];
  await uploads(page, async (route) => void held.push(route));
  await write(page, [BOB], 'Closed early', 'The file follows.');
  await picker(page).setInputFiles({ name: 'late.txt', mimeType: 'text/plain', buffer: Buffer.from('Late') });
  await expect.poll(() => held.length, WAIT).toBe(1);
  await composer(page).getByRole('button', { name: 'Save and close' }).click();
  await composer(page).waitFor({ state: 'detached' });
  await held[0]!.continue();
  await expect.poll(async () => (await drafts('Closed early')).at(0)?.attachments?.[0]?.name, WAIT).toBe('late.txt');
  await expect.poll(() => page.evaluate(keptTexts), WAIT).toBe('');
});

it('shows an image that was pasted where it was put, and sends it within the text', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'Screenshot', 'Look: ');
  await paste(body(page), {}, [{ name: 'image.png', type: 'image/png', base64: PNG }]);
  const image = body(page).locator('img[data-cid]');
  await image.waitFor();
  const width = () => image.evaluate((one) => (one as unknown as { naturalWidth: number }).naturalWidth);
  await expect.poll(width, WAIT).toBe(1);
  await send(page);
  await sent(page);
  const got = await behind.found(BOB, 'Screenshot', ['bodyStructure']);
  const [{ blobId, type, disposition, cid }] = got.attachments;
  expect({ type, disposition }).toEqual({ type: 'image/png', disposition: 'inline' });
  expect((await behind.bytesOf(BOB, blobId)).toString('base64')).toBe(PNG);
  const html = (await behind.textOf(BOB, got)).replaceAll('=\r\n', '').replaceAll('=3D', '=');
  expect(html).toContain(`src="cid:${encodeURIComponent(cid)}"`);
});

it('says how much may go along, and what to do with more (ME-40)', async () => {
  const most = async () => {
    const { accounts } = await (await webmail.jmap()).session();
    const [{ accountCapabilities }] = Object.values(accounts) as [Json];
    return accountCapabilities['urn:ietf:params:jmap:mail'].maxSizeAttachmentsPerEmail as number;
  };
  await expect.poll(most, WAIT).toBeLessThan(LIMIT);
  const page = await webmail.open();
  await write(page, [BOB], 'Heavy', 'A film.');
  const buffer = Buffer.alloc(await most());
  await picker(page).setInputFiles({ name: 'fits.bin', mimeType: 'application/octet-stream', buffer });
  await page.getByRole('button', { name: 'Remove fits.bin' }).waitFor();
  await picker(page).setInputFiles({ name: 'one.txt', mimeType: 'text/plain', buffer: Buffer.from('1') });
  const alert = composer(page).getByRole('alert');
  await alert.getByText('one.txt was not attached: together, files may have at most').waitFor();
  await alert.getByText('Send it in a message of its own, or share a link to it.').waitFor();
  expect(await composer(page).locator('.compose-file').count()).toBe(1);
  await send(page);
  await sent(page);
  expect((await behind.found(BOB, 'Heavy')).attachments).toMatchObject([{ name: 'fits.bin', size: buffer.length }]);
});
