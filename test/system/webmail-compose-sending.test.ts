/** Sending from the webmail: asked about, taken back, scheduled, without a line, and once. */
import { beforeAll, expect, it } from 'vitest';
import { ALICE, BOB, openWebmail } from '../support/webmail.ts';
import {
  Behind,
  body,
  composer,
  discard,
  keptTexts,
  saved,
  send,
  sent,
  WAIT,
  write,
} from '../support/webmail-compose.ts';

const webmail = openWebmail();
const behind = new Behind(webmail);

beforeAll(() => behind.prefer({ undoSeconds: 0 }));

it('keeps what is sent in the queue while it can be undone (NC-7), and opens it again then', async () => {
  await behind.prefer({ undoSeconds: 60 });
  const page = await webmail.open();
  await write(page, [BOB], 'Hasty', 'Too early.');
  await send(page);
  const undo = page.getByRole('button', { name: 'Undo' });
  await undo.waitFor();
  expect(await behind.pending()).toBe(1);
  await undo.click();
  await expect.poll(() => body(page).textContent(), WAIT).toContain('Too early.');
  expect(await behind.pending()).toBe(0);
  const draft = await behind.found(ALICE, 'Hasty');
  expect(draft.mailboxIds).toEqual({ [await behind.mailbox(ALICE, 'drafts')]: true });
  expect(draft.keywords.$draft).toBe(true);
  expect(await behind.count(BOB, { subject: 'Hasty' })).toBe(0);
  await behind.prefer({ undoSeconds: 0 });
  await discard(page);
  await expect.poll(() => behind.count(ALICE, { subject: 'Hasty' }), WAIT).toBe(0);
});

it('sends tomorrow what is scheduled, lists it, and takes it back', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'Good morning', 'This waits.');
  await composer(page).getByRole('button', { name: 'Send later' }).click();
  await page.getByRole('menuitem', { name: 'Tomorrow morning' }).click();
  await page.getByText(/Will be sent/).waitFor();
  expect(await behind.pending()).toBe(1);
  await page.getByRole('button', { name: 'Scheduled' }).click();
  const dialog = page.getByRole('dialog', { name: 'Scheduled' });
  await dialog.getByText('Good morning').waitFor();
  await dialog.getByRole('button', { name: 'Cancel and edit' }).click();
  await expect.poll(() => body(page).textContent(), WAIT).toContain('This waits.');
  expect(await behind.pending()).toBe(0);
  await discard(page);
});

it('sends without a connection as soon as there is one', async () => {
  const page = await webmail.open({ allow: [/Failed to load resource|net::ERR/] });
  await write(page, [BOB], 'From a tunnel', 'Sent when the light is back.');
  await saved(page);
  await page.context().setOffline(true);
  await send(page);
  await composer(page).getByText('Waits for a connection').waitFor();
  expect(await behind.count(BOB, { subject: 'From a tunnel' })).toBe(0);
  await page.context().setOffline(false);
  await behind.found(BOB, 'From a tunnel');
});

it('sends what waited for a line when its tab was closed, once', async () => {
  const page = await webmail.open({ allow: [/Failed to load resource|net::ERR/] });
  const subject = 'From a tunnel that ends later';
  await write(page, [BOB], subject, 'Still sent.');
  await saved(page);
  const context = page.context();
  await context.setOffline(true);
  await send(page);
  await composer(page).getByText('Waits for a connection').waitFor();
  // Closing it only puts it out of the way.
  await composer(page).getByRole('button', { name: 'Save and close' }).click();
  await page.locator('.compose.minimised').waitFor();
  await expect.poll(() => page.evaluate(keptTexts), WAIT).toContain('Still sent.');
  await page.close();
  await context.setOffline(false);
  const next = await context.newPage();
  await next.goto(webmail.origin);
  await sent(next);
  expect((await behind.found(BOB, subject)).preview).toBe('Still sent.');
  const own = await behind.found(ALICE, subject);
  expect(await behind.submissions({ emailIds: [own.id] })).toHaveLength(1);
  await expect.poll(() => next.evaluate(keptTexts), WAIT).toBe('');
});

it('does not send twice where the answer to sending got lost', async () => {
  const page = await webmail.open({ allow: [/Failed to load resource|net::ERR/] });
  let lost = 0;
  await page.route('**/jmap/api', async (route) => {
    if (lost > 0 || !/EmailSubmission\/set/.test(route.request().postData() ?? '')) return route.continue();
    lost++;
    // The server has done it; nobody hears of it.
    await route.fetch();
    await route.abort('connectionreset');
  });
  await write(page, [BOB], 'Once', 'Only once.');
  await send(page);
  await sent(page);
  expect(lost).toBe(1);
  await behind.found(BOB, 'Once');
  const own = await behind.found(ALICE, 'Once');
  expect(own.mailboxIds).toEqual({ [await behind.mailbox(ALICE, 'sent')]: true });
  expect(await behind.submissions({ emailIds: [own.id] })).toHaveLength(1);
});

it('sends once, however often one asks for it', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'Impatient', 'Now.');
  // Three clicks before the page has done anything of it.
  await composer(page)
    .getByRole('button', { name: 'Send', exact: true })
    .evaluate((button) => {
      for (let left = 3; left > 0; left--) (button as unknown as { click(): void }).click();
    });
  await sent(page);
  await behind.found(BOB, 'Impatient');
  const own = await behind.found(ALICE, 'Impatient');
  expect(await behind.submissions({ emailIds: [own.id] })).toHaveLength(1);
});

it('asks before sending what looks like a mistake, and says which recipient is none', async () => {
  const page = await webmail.open();
  await write(page, ['nobody at all'], 'Sketch', 'The sketch is attached.');
  await send(page);
  await composer(page).getByRole('alert').getByText('nobody at all is not an email address').waitFor();
  await composer(page).locator('.compose-chip').click();
  await composer(page).getByRole('combobox', { name: 'To' }).fill(`${BOB};`);
  await send(page);
  const doubts = page.getByRole('alertdialog');
  await doubts.getByText('there is none').waitFor();
  expect(await behind.count(BOB, { subject: 'Sketch' })).toBe(0);
  await doubts.getByRole('button', { name: 'Send anyway' }).click();
  await sent(page);
  await behind.found(BOB, 'Sketch');
});

it('asks about a domain that looks like one that is known', async () => {
  const before = await behind.submissions({});
  const page = await webmail.open();
  await write(page, ['bob@exmaple.test'], 'Mistyped', 'Is this you?');
  await page.keyboard.press('Control+Enter');
  const doubts = page.getByRole('alertdialog');
  await doubts.getByText('bob@exmaple.test: did you mean example.test?').waitFor();
  await doubts.getByRole('button', { name: 'Go back' }).click();
  await doubts.waitFor({ state: 'detached' });
  // Who goes back goes on where he was.
  const isThere = () => body(page).evaluate((text) => text.ownerDocument.activeElement === text);
  await expect.poll(isThere, WAIT).toBe(true);
  expect(await behind.submissions({})).toHaveLength(before.length);
  await discard(page);
});
