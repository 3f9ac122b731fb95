/** What people do with their mail in the webmail, in Chromium. */
import { expect, it } from 'vitest';
import { openWebmail } from '../support/webmail.ts';
import { INBOX_CONVERSATIONS } from '../support/webmail-mail.ts';

const webmail = openWebmail();

it('shows the inbox to who is signed in', async () => {
  const page = await webmail.open();
  expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(INBOX_CONVERSATIONS));
});
