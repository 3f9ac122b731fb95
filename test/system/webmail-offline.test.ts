/** Bar of the webmail: what was opened is read without a line, and what is done then is done when there is one. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { openWebmail } from '../support/webmail.ts';

const webmail = openWebmail();

/** Browsers say on the console that a request did not reach anybody. */
const allow = [/ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to load resource/, /ResizeObserver loop/];
const SUBJECT = 'Figures of the quarter';

async function offline(page: Page, isOffline: boolean): Promise<void> {
  await page.context().setOffline(isOffline);
}

/** The worker that serves the pages without a line. */
async function workerOf(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { serviceWorker } = navigator as unknown as {
      serviceWorker: {
        ready: Promise<unknown>;
        controller: unknown;
        addEventListener: (n: string, f: () => void) => void;
      };
    };
    await serviceWorker.ready;
    if (serviceWorker.controller === null)
      await new Promise<void>((resolve) => serviceWorker.addEventListener('controllerchange', resolve));
  });
}

const subjectsIn = async (mailbox: string): Promise<readonly string[]> => {
  const jmap = await webmail.jmap();
  const { list } = await jmap.call('Mailbox/get', { ids: null });
  const { id } = list.find(({ role, name }: { role: string; name: string }) => role === mailbox || name === mailbox);
  const { ids } = await jmap.call('Email/query', { filter: { inMailbox: id } });
  const emails = await jmap.call('Email/get', { ids, properties: ['subject'] });
  return emails.list.map(({ subject }: { subject: string }) => subject);
};

it('reads without a line what was opened before, archives it, and does so at the server when the line is back', async () => {
  const page = await webmail.open({ allow });
  await workerOf(page);
  await page.getByRole('row').filter({ hasText: SUBJECT }).first().click();
  await page.locator('.reader').getByText('The figures are attached.').first().waitFor();

  await offline(page, true);
  await page.getByText('You are offline.').waitFor();
  // From nothing: the pages come from the worker, the mail from what was kept.
  await page.reload();
  await page.getByText('You are offline.').waitFor();
  await page.locator('.reader').getByText('The figures are attached.').first().waitFor();

  await page.keyboard.press('e');
  await page.getByText(/\d changes? waits?\./).waitFor();
  expect(await subjectsIn('archive')).not.toContain(SUBJECT);
  // It has left the list, and has so after another visit.
  await page.goto(`${webmail.origin}/`);
  await page.getByRole('row').first().waitFor();
  expect(await page.getByRole('row').filter({ hasText: SUBJECT }).count()).toBe(0);

  await offline(page, false);
  await page.getByText('You are online again.').waitFor();
  await expect.poll(() => subjectsIn('archive')).toContain(SUBJECT);
  expect(await subjectsIn('inbox')).not.toContain(SUBJECT);
});

it('says what was not opened before, and reads it when the line is back', async () => {
  const page = await webmail.open({ allow });
  await page.getByText('Note 1 on').first().waitFor();
  await workerOf(page);
  await offline(page, true);
  await page.getByText('You are offline.').waitFor();
  await page.getByRole('row').filter({ hasText: 'Note 7 on' }).first().click();
  await page.getByText('this was not opened here before').first().waitFor();
  await offline(page, false);
  await page.getByText('You are offline.').waitFor({ state: 'hidden' });
});

it('tells in a plain line what the server refuses of what waited', async () => {
  const page = await webmail.open({ allow });
  await page.getByRole('row').filter({ hasText: 'Note 3 on' }).first().click();
  await page.getByText('This is note 3.').first().waitFor();
  await offline(page, true);
  await page.getByText('You are offline.').waitFor();
  await page.keyboard.press('e');
  await page.getByText('1 change waits.').waitFor();
  // Meanwhile somebody destroys it elsewhere.
  const jmap = await webmail.jmap();
  const { ids } = await jmap.call('Email/query', { filter: { subject: 'Note 3 on' } });
  await jmap.call('Email/set', { destroy: ids });
  await offline(page, false);
  await page.getByText('Something that you did offline could not be done').waitFor();
});

it('leaves nothing behind when one signs out', async () => {
  const page = await webmail.open({ allow });
  await page.getByRole('row').filter({ hasText: 'Lunch on Friday?' }).first().click();
  await page.getByText('I have a table for us.').first().waitFor();
  const names = () =>
    page.evaluate(async () =>
      (
        await (
          globalThis as unknown as { indexedDB: { databases(): Promise<{ name: string }[]> } }
        ).indexedDB.databases()
      )
        .map(({ name }) => name)
        .filter((name) => name.startsWith('postern-mail:')),
    );
  await expect.poll(names).toHaveLength(1);
  await page.getByRole('button', { name: /^Account / }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await expect.poll(names).toEqual([]);
});
