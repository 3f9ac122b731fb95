/** Writing in the webmail, in Chromium. What comes of it is looked at by JMAP. */
import { beforeAll, expect, it } from 'vitest';
import { ALICE, BOB, openWebmail } from '../support/webmail.ts';
import {
  Behind,
  body,
  composer,
  discard,
  keptTexts,
  paste,
  send,
  sent,
  WAIT,
  write,
} from '../support/webmail-compose.ts';

const webmail = openWebmail();
const behind = new Behind(webmail);

beforeAll(() => behind.prefer({ undoSeconds: 0 }));

it('answers to all but oneself, in the thread that other programs see too', async () => {
  const id = await behind.receive(`From: Bob <${BOB}>
To: Alice <${ALICE}>, Mary Smith <mary@example.net>
Cc: Pete <pete@silly.example>
Subject: Plans for the garden
Message-ID: <second@example.test>
In-Reply-To: <first@example.test>
References: <first@example.test>
Date: Fri, 20 Nov 2026 10:00:00 +0000

Shall we plant beans?
`);
  const page = await webmail.open({ path: `/mail/${await behind.mailbox(ALICE, 'inbox')}/${id}` });
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
  await sent(page);
  const got = await behind.found(BOB, 'Re: Plans for the garden', ['inReplyTo', 'references']);
  expect(got.inReplyTo).toEqual(['second@example.test']);
  expect(got.references).toEqual(['first@example.test', 'second@example.test']);
  const kept = await behind.found(ALICE, 'Re: Plans for the garden');
  const { list } = await (await webmail.jmap()).call('Email/get', { ids: [id], properties: ['threadId', 'keywords'] });
  expect(kept.threadId).toBe(list[0].threadId);
  await expect
    .poll(async () => (await (await webmail.jmap()).call('Email/get', { ids: [id] })).list[0].keywords.$answered, WAIT)
    .toBe(true);
});

it('forwards files as they are, and nothing of a message that nobody saw', async () => {
  const id = await behind.receive(`From: Bob <${BOB}>
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
  const page = await webmail.open({ path: `/mail/${await behind.mailbox(ALICE, 'inbox')}/${id}`, hostile: true });
  await page.getByRole('heading', { name: 'Letters' }).waitFor();
  await page.keyboard.press('f');
  await expect.poll(() => body(page).textContent(), WAIT).toContain('Seen');
  await composer(page).getByRole('combobox', { name: 'To' }).fill(BOB);
  await send(page);
  await sent(page);
  const got = await behind.found(BOB, 'Fwd: Letters');
  expect(got.attachments).toMatchObject([{ name: 'figures.csv', type: 'text/csv' }]);
  expect((await behind.bytesOf(BOB, got.attachments[0].blobId)).toString().trim()).toBe('a,b');
  const raw = await behind.textOf(BOB, got);
  expect(raw).toMatch(/<p style=(3D)?"color: rgb\(255, 0, 0\);?">Seen/);
  expect(raw).not.toMatch(/Pay at once|Unseen|onclick|position: fixed|<style|class=(3D)?"[kt]"/);
});

it('delivers a blind copy of which nobody reads (IM-11)', async () => {
  const page = await webmail.open();
  await write(page, [ALICE], 'Blind', 'Nobody sees who else has this.');
  await composer(page).getByRole('button', { name: 'Bcc' }).click();
  const bcc = composer(page).getByRole('combobox', { name: 'Bcc' });
  await bcc.pressSequentially(BOB);
  await bcc.press('Enter');
  await send(page);
  await sent(page);
  const got = await behind.found(BOB, 'Blind');
  const header = await behind.headerOf(BOB, got);
  expect(header).toMatch(/^To: .*alice@example\.test/m);
  expect(header).not.toMatch(/^bcc/im);
});

it('changes between plain and rich text without losing words, and sends plain text as such', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'Plainly', 'One line');
  await composer(page).getByRole('button', { name: 'Plain text' }).click();
  expect(await body(page).inputValue()).toBe('One line');
  await body(page).press('Control+End');
  await page.keyboard.type('\nand another');
  await send(page);
  await sent(page);
  const got = await behind.found(BOB, 'Plainly');
  const raw = await behind.textOf(BOB, got);
  expect(raw).toMatch(/^Content-Type: text\/plain/im);
  expect(raw).not.toMatch(/text\/html/);
  expect(raw).toContain('One line\r\nand another');
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
  const drafts = await behind.mailbox(ALICE, 'drafts');
  const before = await behind.count(ALICE, { inMailbox: drafts });
  await page.getByRole('button', { name: 'Compose' }).first().click();
  await body(page).click();
  await page.keyboard.press('Escape');
  await composer(page).waitFor({ state: 'detached' });
  expect(await page.evaluate('document.activeElement.textContent')).toContain('Compose');
  expect(await page.evaluate(keptTexts)).toBe('');
  expect(await behind.count(ALICE, { inMailbox: drafts })).toBe(before);
});

it('writes as another identity, with his signature, reply address and blind copies', async () => {
  const jmap = await webmail.jmap();
  const { created } = await jmap.call('Identity/set', {
    create: {
      works: {
        name: 'The works department',
        email: ALICE,
        replyTo: [{ name: null, email: 'works@example.test' }],
        bcc: [{ name: null, email: 'archive@example.test' }],
        textSignature: 'Mending since 1982',
        htmlSignature: '<p>Mending <b>since 1982</b></p>',
      },
    },
  });
  const page = await webmail.open();
  await write(page, [BOB], 'Who writes', 'Somebody does.');
  await composer(page).getByLabel('From').selectOption(created.works.id);
  await expect.poll(() => body(page).textContent(), WAIT).toContain('Mending since 1982');
  expect(await composer(page).locator('.compose-chip').allTextContents()).toEqual([BOB, 'archive@example.test']);
  await composer(page).getByRole('button', { name: 'Remove archive@example.test' }).click();
  await send(page);
  await sent(page);
  const got = await behind.found(BOB, 'Who writes', ['from', 'replyTo']);
  expect(got.from).toEqual([{ name: 'The works department', email: ALICE }]);
  expect(got.replyTo).toEqual([{ name: null, email: 'works@example.test' }]);
  const raw = await behind.textOf(BOB, got);
  expect(raw).toContain('<b>since 1982</b>');
  expect(raw).toContain('Mending since 1982');
  await jmap.call('Identity/set', { destroy: [created.works.id] });
});

it('asks for a receipt (RFC 8098) where that was chosen', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'Did it arrive', 'Tell me.');
  await composer(page).getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Ask for a read receipt' }).click();
  await send(page);
  await sent(page);
  const header = await behind.headerOf(BOB, await behind.found(BOB, 'Did it arrive'));
  expect(header).toMatch(/^Disposition-Notification-To: .*alice@example\.test/m);
});

it('makes a template of what is written, and writes with it', async () => {
  const page = await webmail.open();
  await write(page, [], 'Thanks for your order', 'It is on its way.');
  const templates = composer(page).getByRole('button', { name: 'Templates' });
  await templates.click();
  await page.getByRole('menuitem', { name: 'Save as template' }).click();
  const dialog = page.getByRole('dialog').filter({ has: page.getByLabel('Name') });
  await dialog.getByLabel('Name').fill('Order');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Template saved').waitFor();
  await discard(page);

  const other = await webmail.open();
  for (const isPlain of [false, true]) {
    await other.getByRole('button', { name: 'Compose' }).first().click();
    await body(other).waitFor();
    if (isPlain) await composer(other).getByRole('button', { name: 'Plain text' }).click();
    await composer(other).getByRole('button', { name: 'Templates' }).click();
    await other.getByRole('menuitem', { name: 'Order' }).click();
    const text = () => (isPlain ? body(other).inputValue() : body(other).textContent());
    await expect.poll(text, WAIT).toContain('It is on its way.');
    expect(await composer(other).getByLabel('Subject', { exact: true }).inputValue()).toBe('Thanks for your order');
    await discard(other);
  }
});

it('takes 200 recipients at once, and says which are none', async () => {
  const page = await webmail.open();
  await write(page, [], 'To many', 'All of you.');
  const bad = ['nobody', 'pete@', '@silly.example'];
  const good = Array.from({ length: 197 }, (_, index) => `Reader ${index} <reader${index}@example.test>`);
  const box = composer(page).getByRole('combobox', { name: 'To' });
  await paste(box, { 'text/plain': [...good.slice(0, 100), ...bad, ...good.slice(100)].join(';\n') });
  await expect.poll(() => composer(page).locator('.compose-chip').count(), WAIT).toBe(200);
  expect(await composer(page).locator('.invalid .compose-chip').allTextContents()).toEqual(bad);
  await send(page);
  await composer(page).getByRole('alert').getByText('nobody is not an email address').waitFor();
  await discard(page);
});

it('puts what was copied elsewhere in without what runs, loads or hides', async () => {
  const page = await webmail.open({ hostile: true });
  await write(page, [BOB], 'Pasted', 'Before. ');
  await paste(body(page), {
    'text/html': '<p onclick="x()">Kept <b>bold</b></p><img src="http://tracker.example/a.gif"><script>x()</script>',
    'text/plain': 'Kept bold',
  });
  await expect.poll(() => body(page).textContent(), WAIT).toContain('Kept bold');
  await page.keyboard.press('Control+z');
  await expect.poll(() => body(page).textContent(), WAIT).not.toContain('Kept bold');
  await page.keyboard.press('Control+y');
  await expect.poll(() => body(page).textContent(), WAIT).toContain('Kept bold');
  await send(page);
  await sent(page);
  const raw = await behind.textOf(BOB, await behind.found(BOB, 'Pasted'));
  expect(raw).toContain('Kept <b>bold</b>');
  expect(raw).not.toMatch(/onclick|<script/);
});
