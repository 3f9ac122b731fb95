/** Writing, sending and taking back in the webmail, in Chromium. What comes of it is looked at by JMAP. */
import { createHash, randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import type { Json } from '../support/jmap.ts';
import { ALICE, BOB, openWebmail } from '../support/webmail.ts';

const webmail = openWebmail();
const WAIT = { timeout: 30_000, interval: 100 };
const PROPERTIES = ['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'to', 'cc', 'bcc', 'attachments', 'preview'];

const composer = (page: Page) => page.locator('.compose:not(.minimised)');
const body = (page: Page) => composer(page).getByRole('textbox', { name: 'Message', exact: true });
const send = (page: Page) => composer(page).getByRole('button', { name: 'Send', exact: true }).click();

async function write(page: Page, to: readonly string[], subject: string, text: string): Promise<void> {
  await page.keyboard.press('c');
  const box = composer(page).getByRole('combobox', { name: 'To' });
  for (const one of to) {
    await box.fill(one);
    await box.press('Enter');
  }
  await composer(page).getByLabel('Subject', { exact: true }).fill(subject);
  await body(page).click();
  await page.keyboard.type(text);
}

/** What an account has with that subject, once it is there. */
async function found(of: string, subject: string, properties: readonly string[] = []): Promise<Json> {
  const jmap = await webmail.jmap(of);
  let list: readonly Json[] = [];
  await expect
    .poll(async () => {
      const { ids } = await jmap.call('Email/query', { filter: { subject } });
      ({ list } = await jmap.call('Email/get', { ids, properties: [...PROPERTIES, ...properties] }));
      return list.length;
    }, WAIT)
    .toBe(1);
  return list[0];
}

async function count(of: string, filter: Json): Promise<number> {
  return (await (await webmail.jmap(of)).call('Email/query', { filter })).ids.length;
}

async function bytesOf(of: string, blobId: string): Promise<Buffer> {
  const { list } = await (await webmail.jmap(of)).call('Blob/get', { ids: [blobId], properties: ['data:asBase64'] });
  return Buffer.from(list[0]['data:asBase64'], 'base64');
}

async function headerOf(of: string, blobId: string): Promise<string> {
  return (await bytesOf(of, blobId)).toString().split('\r\n\r\n')[0]!;
}

async function mailbox(of: string, role: string): Promise<string> {
  const { list } = await (await webmail.jmap(of)).call('Mailbox/get', { ids: null });
  return list.find((one: Json) => one.role === role).id;
}

async function pending(): Promise<number> {
  const { ids } = await (await webmail.jmap()).call('EmailSubmission/query', { filter: { undoStatus: 'pending' } });
  return ids.length;
}

/** Puts a message into alice's inbox, as it came. */
async function receive(raw: string): Promise<string> {
  const jmap = await webmail.jmap();
  const upload = await jmap.call('Blob/upload', {
    create: { raw: { data: [{ 'data:asText': raw.replace(/\r?\n/g, '\r\n') }] } },
  });
  const inbox = await mailbox(ALICE, 'inbox');
  const { created } = await jmap.call('Email/import', {
    emails: { one: { blobId: upload.created.raw.id, mailboxIds: { [inbox]: true }, keywords: { $seen: true } } },
  });
  return created.one.id;
}

/** How long alice can undo what she sends. Nobody waits for what a test is not about. */
async function setUndo(seconds: number): Promise<void> {
  const jmap = await webmail.jmap();
  const response = await fetch(`${webmail.origin}/jmap/api`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${ALICE}:${webmail.password(ALICE)}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      using: ['urn:ietf:params:jmap:core', 'https://postern.example/jmap/preferences'],
      methodCalls: [
        ['Preferences/set', { accountId: jmap.accountId, update: { singleton: { undoSeconds: seconds } } }, '0'],
      ],
    }),
  });
  const { methodResponses } = (await response.json()) as Json;
  expect(methodResponses[0][1].updated).toEqual({ singleton: null });
}

beforeAll(() => setUndo(0));

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

it('sends a file that arrives as it was (SM-12), and has the message in Sent', async () => {
  const page = await webmail.open();
  const buffer = randomBytes(200_000);
  await write(page, [BOB], 'With a file', 'Here is what I attached.');
  await composer(page)
    .locator('input[type=file]:not([accept])')
    .setInputFiles({ name: 'figures.bin', mimeType: 'application/octet-stream', buffer });
  await page.getByRole('button', { name: 'Remove figures.bin' }).waitFor();
  await send(page);
  await page.getByText('Message sent').waitFor();
  const got = await found(BOB, 'With a file');
  expect(got.attachments).toMatchObject([{ name: 'figures.bin', disposition: 'attachment' }]);
  expect(sha256(await bytesOf(BOB, got.attachments[0].blobId))).toBe(sha256(buffer));
  const sent = await found(ALICE, 'With a file');
  expect(sent.mailboxIds).toEqual({ [await mailbox(ALICE, 'sent')]: true });
  expect(sent.keywords.$draft).toBeUndefined();
});

it('delivers a blind copy of which nobody reads (IM-11)', async () => {
  const page = await webmail.open();
  await write(page, [ALICE], 'Blind', 'Nobody sees who else has this.');
  await composer(page).getByRole('button', { name: 'Bcc' }).click();
  const bcc = composer(page).getByRole('combobox', { name: 'Bcc' });
  await bcc.pressSequentially(BOB);
  await bcc.press('Enter');
  await send(page);
  await page.getByText('Message sent').waitFor();
  const got = await found(BOB, 'Blind');
  const header = await headerOf(BOB, got.blobId);
  expect(header).toMatch(/^To: .*alice@example\.test/m);
  expect(header).not.toMatch(/^bcc/im);
});

it('keeps what is sent in the queue while it can be undone (NC-7), and opens it again then', async () => {
  await setUndo(30);
  const page = await webmail.open();
  await write(page, [BOB], 'Hasty', 'Too early.');
  await send(page);
  const undo = page.getByRole('button', { name: 'Undo' });
  await undo.waitFor();
  expect(await pending()).toBe(1);
  await undo.click();
  await expect.poll(() => body(page).textContent(), WAIT).toContain('Too early.');
  expect(await pending()).toBe(0);
  const draft = await found(ALICE, 'Hasty');
  expect(draft.mailboxIds).toEqual({ [await mailbox(ALICE, 'drafts')]: true });
  expect(draft.keywords.$draft).toBe(true);
  expect(await count(BOB, { subject: 'Hasty' })).toBe(0);
  await setUndo(0);
  await composer(page).getByRole('button', { name: 'Discard draft' }).click();
  await expect.poll(() => count(ALICE, { subject: 'Hasty' }), WAIT).toBe(0);
});

it('sends tomorrow what is scheduled, lists it, and takes it back', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'Good morning', 'This waits.');
  await composer(page).getByRole('button', { name: 'Send later' }).click();
  await page.getByRole('menuitem', { name: 'Tomorrow morning' }).click();
  await page.getByText(/Will be sent/).waitFor();
  expect(await pending()).toBe(1);
  await page.getByRole('button', { name: 'Scheduled' }).click();
  const dialog = page.getByRole('dialog', { name: 'Scheduled' });
  await dialog.getByText('Good morning').waitFor();
  await dialog.getByRole('button', { name: 'Cancel and edit' }).click();
  await expect.poll(() => body(page).textContent(), WAIT).toContain('This waits.');
  expect(await pending()).toBe(0);
  await composer(page).getByRole('button', { name: 'Discard draft' }).click();
});

it('answers to all but oneself, in the thread that other programs see too', async () => {
  const id = await receive(`From: Bob <${BOB}>
To: Alice <${ALICE}>, Mary Smith <mary@example.net>
Cc: Pete <pete@silly.example>
Subject: Plans for the garden
Message-ID: <second@example.test>
In-Reply-To: <first@example.test>
References: <first@example.test>
Date: Fri, 20 Nov 2026 10:00:00 +0000

Shall we plant beans?
`);
  const page = await webmail.open({ path: `/mail/${await mailbox(ALICE, 'inbox')}/${id}` });
  await page.getByRole('heading', { name: 'Plans for the garden' }).waitFor();
  await page.keyboard.press('a');
  await expect.poll(() => body(page).textContent(), WAIT).toContain('Shall we plant beans?');
  const chips = composer(page).locator('.compose-chip');
  expect(await chips.allTextContents()).toEqual(['Bob', 'Mary Smith', 'Pete']);
  for (const name of ['mary@example.net', 'pete@silly.example'])
    await composer(page)
      .getByRole('button', { name: `Remove ${name}` })
      .click();
  await body(page).press('Control+Home');
  await page.keyboard.type('Beans and peas.');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Message sent').waitFor();
  const got = await found(BOB, 'Re: Plans for the garden', ['inReplyTo', 'references']);
  expect(got.inReplyTo).toEqual(['second@example.test']);
  expect(got.references).toEqual(['first@example.test', 'second@example.test']);
  const sent = await found(ALICE, 'Re: Plans for the garden');
  const { list } = await (await webmail.jmap()).call('Email/get', { ids: [id], properties: ['threadId', 'keywords'] });
  expect(sent.threadId).toBe(list[0].threadId);
  await expect
    .poll(async () => (await (await webmail.jmap()).call('Email/get', { ids: [id] })).list[0].keywords.$answered, WAIT)
    .toBe(true);
});

it('forwards files as they are, and nothing of a message that nobody saw', async () => {
  const id = await receive(`From: Bob <${BOB}>
To: Alice <${ALICE}>
Subject: Letters
Message-ID: <kobold@example.test>
Date: Fri, 20 Nov 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html

<style>.k { display: none } .t { color: #ff0000 } @media screen { .forwarded .k { display: block } }</style>
<p class="t" onclick="x()" style="position: fixed">Seen</p><p class="k">Pay at once</p><div style="font-size:0">Unseen</div>
<img src="http://tracker.example/a.gif">
--b
Content-Type: text/csv; name=figures.csv
Content-Disposition: attachment; filename=figures.csv

a,b
--b--
`);
  const page = await webmail.open({ path: `/mail/${await mailbox(ALICE, 'inbox')}/${id}`, hostile: true });
  await page.getByRole('heading', { name: 'Letters' }).waitFor();
  await page.keyboard.press('f');
  await expect.poll(() => body(page).textContent(), WAIT).toContain('Seen');
  await composer(page).getByRole('combobox', { name: 'To' }).fill(BOB);
  await send(page);
  await page.getByText('Message sent').waitFor();
  const got = await found(BOB, 'Fwd: Letters');
  expect(got.attachments).toMatchObject([{ name: 'figures.csv', type: 'text/csv' }]);
  expect((await bytesOf(BOB, got.attachments[0].blobId)).toString().trim()).toBe('a,b');
  const raw = (await bytesOf(BOB, got.blobId)).toString();
  expect(raw).toMatch(/<p style=(3D)?"color: rgb\(255, 0, 0\);?">Seen/);
  expect(raw).not.toMatch(/Pay at once|Unseen|onclick|position: fixed|<style|class=(3D)?"[kt]"/);
});

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
  await composer(next).getByRole('button', { name: 'Discard draft' }).click();
  await expect.poll(() => next.evaluate(keptTexts), WAIT).toBe('');
});

it('does not let two tabs write in one draft', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'One at a time', 'Mine');
  await composer(page).getByText('Saved in Drafts').waitFor();
  const draft = await found(ALICE, 'One at a time');
  const other = await page.context().newPage();
  await other.goto(`${webmail.origin}/mail/${await mailbox(ALICE, 'drafts')}`);
  await other.getByText('One at a time').first().click();
  await other.getByText('open in another tab').waitFor();
  expect((await found(ALICE, 'One at a time')).id).toBe(draft.id);
  await composer(page).getByRole('button', { name: 'Discard draft' }).click();
});

it('finds misspelt words, and takes words into a dictionary that is there after signing in again (IM-14)', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'Words', 'A mistaek by Kowalczykian standards.');
  const panel = page.getByRole('region', { name: 'Check spelling' });
  const check = composer(page).getByRole('button', { name: 'Check spelling' });
  await check.click();
  await panel.getByText('“mistaek” is in no dictionary (1 of 2)').waitFor();
  expect(await body(page).getAttribute('spellcheck')).toBe('false');
  expect(await page.evaluate('[...CSS.highlights.get("misspelling")].map(String).join()')).not.toBe('');
  await panel.getByRole('button', { name: 'mistake', exact: true }).click();
  await expect.poll(() => body(page).textContent(), WAIT).toContain('A mistake by');
  await panel.getByText('“Kowalczykian”').waitFor();
  await panel.getByRole('button', { name: 'Add to dictionary' }).click();
  await panel.getByText('No misspellings found').waitFor();
  await composer(page).getByRole('button', { name: 'Discard draft' }).click();

  const again = await webmail.open();
  await write(again, [BOB], 'Words', 'Kowalczykian, and teh end.');
  await composer(again).getByRole('button', { name: 'Check spelling' }).click();
  await again.getByText('“teh” is in no dictionary (1 of 1)').waitFor();
  await composer(again).getByRole('button', { name: 'Discard draft' }).click();
});

it('follows links to write (RFC 6068), and refuses those that would write a header', async () => {
  const link = 'mailto:mary@example.net?cc=pete@silly.example&subject=Tea&body=At%20four%3F&attach=/etc/passwd';
  const page = await webmail.open({ path: `/compose?mailto=${encodeURIComponent(link)}` });
  await expect.poll(() => body(page).textContent(), WAIT).toContain('At four?');
  expect(await composer(page).locator('.compose-chip').allTextContents()).toEqual([
    'mary@example.net',
    'pete@silly.example',
  ]);
  expect(await composer(page).getByLabel('Subject', { exact: true }).inputValue()).toBe('Tea');
  expect(await composer(page).locator('.compose-file').count()).toBe(0);

  const bad = await webmail.open({
    path: `/compose?mailto=${encodeURIComponent('mailto:a@b.example?subject=x%0D%0ABcc:y@z.example')}`,
  });
  await composer(bad).getByRole('alert').getByText('This link cannot be followed').waitFor();
});

it('leaves nothing behind of a window that nobody wrote in, and gives the focus back', async () => {
  const page = await webmail.open();
  const drafts = await mailbox(ALICE, 'drafts');
  const before = await count(ALICE, { inMailbox: drafts });
  await page.getByRole('button', { name: 'Compose' }).first().click();
  await body(page).click();
  await page.keyboard.press('Escape');
  await composer(page).waitFor({ state: 'detached' });
  expect(await page.evaluate('document.activeElement.textContent')).toContain('Compose');
  expect(await page.evaluate(keptTexts)).toBe('');
  expect(await count(ALICE, { inMailbox: drafts })).toBe(before);
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
  expect(await count(BOB, { subject: 'Sketch' })).toBe(0);
  await doubts.getByRole('button', { name: 'Send anyway' }).click();
  await page.getByText('Message sent').waitFor();
  await found(BOB, 'Sketch');
});

it('sends without a connection as soon as there is one', async () => {
  const page = await webmail.open({ allow: [/Failed to load resource|net::ERR/] });
  await write(page, [BOB], 'From a tunnel', 'Sent when the light is back.');
  await composer(page).getByText('Saved in Drafts').waitFor();
  await page.context().setOffline(true);
  await send(page);
  await composer(page).getByText('Waits for a connection').waitFor();
  expect(await count(BOB, { subject: 'From a tunnel' })).toBe(0);
  await page.context().setOffline(false);
  await found(BOB, 'From a tunnel');
});

it('changes between plain and rich text without losing words, and sends plain text as such', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'Plainly', 'One line');
  await composer(page).getByRole('button', { name: 'Plain text' }).click();
  expect(await body(page).inputValue()).toBe('One line');
  await body(page).press('Control+End');
  await page.keyboard.type('\nand another');
  await send(page);
  await page.getByText('Message sent').waitFor();
  const got = await found(BOB, 'Plainly');
  const raw = (await bytesOf(BOB, got.blobId)).toString();
  expect(raw).toMatch(/^Content-Type: text\/plain/im);
  expect(raw).not.toMatch(/text\/html/);
  expect(raw).toContain('One line\r\nand another');
});

/** Runs in the page: the texts of what this browser keeps. */
function keptTexts(): Promise<string> {
  const { indexedDB } = globalThis as unknown as { indexedDB: { open(name: string): Json } };
  return new Promise((resolve) => {
    const opening = indexedDB.open('compose');
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onerror = () => resolve('');
    opening.onsuccess = () => {
      const all = opening.result.transaction('drafts').objectStore('drafts').getAll();
      all.onsuccess = () => resolve(all.result.map((one: Json) => one.state.text).join());
    };
  });
}
