/** What tests of composing do in the page, and look at behind it. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Json } from './jmap.ts';
import { ALICE, type Webmail } from './webmail.ts';

/** For what comes by itself. */
export const WAIT = { timeout: 30_000, interval: 100 };
const PROPERTIES = ['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'to', 'cc', 'bcc', 'attachments', 'preview'];

/** The window in front. */
export const composer = (page: Page): Locator => page.locator('.compose:not(.minimised)');
export const body = (page: Page): Locator => composer(page).getByRole('textbox', { name: 'Message', exact: true });
export const send = (page: Page): Promise<void> =>
  composer(page).getByRole('button', { name: 'Send', exact: true }).click();
export const discard = async (page: Page): Promise<void> => {
  await composer(page).getByRole('button', { name: 'Discard draft' }).click();
  await page.getByText('Draft discarded').first().waitFor();
};
export const saved = (page: Page): Promise<void> => composer(page).getByText('Saved in Drafts').waitFor();
export const sent = (page: Page): Promise<void> => page.getByText('Message sent').waitFor();
/** Where files are chosen, and where images of the text are. */
export const picker = (page: Page): Locator => composer(page).locator('input[type=file]:not([accept])');
export const imagePicker = (page: Page): Locator => composer(page).locator('input[type=file][accept]');

/** Opens a window and fills it. */
export async function write(page: Page, to: readonly string[], subject: string, text: string): Promise<void> {
  await page.getByRole('button', { name: 'Compose' }).first().click();
  const box = composer(page).getByRole('combobox', { name: 'To' });
  for (const one of to) {
    await box.fill(one);
    await box.press('Enter');
  }
  await composer(page).getByLabel('Subject', { exact: true }).fill(subject);
  await body(page).click();
  await page.keyboard.type(text);
}

interface PastedFile {
  readonly name: string;
  readonly type: string;
  readonly base64: string;
}

/** Pastes as somebody who copied it elsewhere: the clipboard itself is not for a page without a window of the system. */
export async function paste(
  into: Locator,
  data: Readonly<Record<string, string>>,
  files: readonly PastedFile[] = [],
): Promise<void> {
  await into.focus();
  await into.evaluate(
    (element, { data, files }) => {
      const page = globalThis as unknown as Record<string, new (...given: unknown[]) => Json>;
      const clipboardData = new page.DataTransfer!();
      for (const [type, text] of Object.entries(data)) clipboardData.setData(type, text);
      for (const { name, type, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        clipboardData.items.add(new page.File!([bytes], name, { type }));
      }
      const event = new page.ClipboardEvent!('paste', { clipboardData, bubbles: true, cancelable: true });
      (element as unknown as { dispatchEvent(event: unknown): void }).dispatchEvent(event);
    },
    { data, files },
  );
}

/** What composing does to accounts. */
export class Behind {
  readonly #webmail: Webmail;

  constructor(webmail: Webmail) {
    this.#webmail = webmail;
  }

  /** What an account has with that subject, once it is there. */
  async found(of: string, subject: string, properties: readonly string[] = []): Promise<Json> {
    const jmap = await this.#webmail.jmap(of);
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

  async count(of: string, filter: Json): Promise<number> {
    return (await (await this.#webmail.jmap(of)).call('Email/query', { filter })).ids.length;
  }

  async bytesOf(of: string, blobId: string): Promise<Buffer> {
    const jmap = await this.#webmail.jmap(of);
    const { list } = await jmap.call('Blob/get', { ids: [blobId], properties: ['data:asBase64'] });
    return Buffer.from(list[0]['data:asBase64'], 'base64');
  }

  async textOf(of: string, { blobId }: Json): Promise<string> {
    return (await this.bytesOf(of, blobId)).toString();
  }

  async headerOf(of: string, one: Json): Promise<string> {
    return (await this.textOf(of, one)).split('\r\n\r\n')[0]!;
  }

  async mailbox(of: string, role: string): Promise<string> {
    const { list } = await (await this.#webmail.jmap(of)).call('Mailbox/get', { ids: null });
    return list.find((one: Json) => one.role === role).id;
  }

  /** Submissions of alice that wait. */
  async pending(): Promise<number> {
    return (await this.submissions({ undoStatus: 'pending' })).length;
  }

  async submissions(filter: Json): Promise<readonly string[]> {
    const jmap = await this.#webmail.jmap();
    return (await jmap.call('EmailSubmission/query', { filter })).ids;
  }

  /** Puts a message into alice's inbox, as it came. */
  async receive(raw: string): Promise<string> {
    const jmap = await this.#webmail.jmap();
    const upload = await jmap.call('Blob/upload', {
      create: { raw: { data: [{ 'data:asText': raw.replace(/\r?\n/g, '\r\n') }] } },
    });
    const inbox = await this.mailbox(ALICE, 'inbox');
    const { created } = await jmap.call('Email/import', {
      emails: { one: { blobId: upload.created.raw.id, mailboxIds: { [inbox]: true }, keywords: { $seen: true } } },
    });
    return created.one.id;
  }

  /** Changes preferences of alice, as the settings do. Nobody waits for the time to undo where a test is not about that. */
  async prefer(patch: Json): Promise<void> {
    const jmap = await this.#webmail.jmap();
    const response = await fetch(`${this.#webmail.origin}/jmap/api`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${ALICE}:${this.#webmail.password(ALICE)}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        using: ['urn:ietf:params:jmap:core', 'https://postern.example/jmap/preferences'],
        methodCalls: [['Preferences/set', { accountId: jmap.accountId, update: { singleton: patch } }, '0']],
      }),
    });
    const { methodResponses } = (await response.json()) as Json;
    expect(methodResponses[0][1].updated).toEqual({ singleton: null });
  }
}

/** Runs in the page: the texts of what this browser keeps. */
export function keptTexts(): Promise<string> {
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
