/** What is written in the webmail outlives tabs and crashes, and is written in one place at a time. */
import { beforeAll, expect, it } from 'vitest';
import { ALICE, BOB, openWebmail } from '../support/webmail.ts';
import { Behind, body, composer, discard, keptTexts, saved, WAIT, write } from '../support/webmail-compose.ts';

const webmail = openWebmail();
const behind = new Behind(webmail);

beforeAll(() => behind.prefer({ undoSeconds: 0 }));

it('keeps what is being written when a tab ends, and offers it again', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'Cut off', 'Half a thought');
  await expect.poll(() => page.evaluate(keptTexts), WAIT).toContain('Half a thought');
  const next = await page.context().newPage();
  await page.close();
  await next.goto(webmail.origin);
  await next.getByText('What you were writing was kept').waitFor();
  await next.getByRole('button', { name: 'Continue' }).click();
  await expect.poll(() => body(next).textContent(), WAIT).toContain('Half a thought');
  await discard(next);
  await expect.poll(() => next.evaluate(keptTexts), WAIT).toBe('');
});

it('does not let two tabs write in one draft', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'One at a time', 'Mine');
  await saved(page);
  const draft = await behind.found(ALICE, 'One at a time');
  const other = await page.context().newPage();
  await other.goto(`${webmail.origin}/mail/${await behind.mailbox(ALICE, 'drafts')}`);
  await other.getByText('One at a time').first().click();
  await other.getByText('open in another tab').waitFor();
  expect((await behind.found(ALICE, 'One at a time')).id).toBe(draft.id);
  await discard(page);
});

it('keeps what is being written when its tab crashes, to the last words', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'Crashed', 'The last words');
  await expect.poll(() => page.evaluate(keptTexts), WAIT).toContain('The last words');
  const next = await page.context().newPage();
  const isGone = page.waitForEvent('crash');
  const devtools = await page.context().newCDPSession(page);
  void devtools.send('Page.crash').catch(() => undefined);
  await isGone;
  await next.goto(webmail.origin);
  await next.getByRole('button', { name: 'Continue' }).click();
  await expect.poll(() => body(next).textContent(), WAIT).toContain('The last words');
  expect(await composer(next).locator('.compose-chip').allTextContents()).toEqual([BOB]);
  await discard(next);
});
