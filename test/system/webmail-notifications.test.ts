/** New mail that is told beside the pages: while one looks elsewhere, and by Web Push while no page is open. The push service is the test's. */
import { createECDH, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createTransport } from 'nodemailer';
import type { CDPSession, Page, Worker } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Json } from '../support/jmap.ts';
import { ALICE, BOB, openWebmail } from '../support/webmail.ts';

const webmail = openWebmail({ mail: false });

/** Nobody answers there: the server tries in vain, and the test gives the browser what would have come. */
const ENDPOINT = 'https://push.invalid/send';
const button = (page: Page, name: string) => page.getByRole('button', { name });

async function send(to: string, subject: string, from = 'John Doe <jdoe@machine.example>'): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: webmail.system.port('smtp'), ignoreTLS: true });
  await transport.sendMail({ from, to, subject, text: 'Hello.' });
  transport.close();
}

/** Chromium's own push service is far away: the browser subscribes at none, and remembers it. */
async function open(path: string, as: string, allow: readonly RegExp[] = []): Promise<Page> {
  const page = await webmail.open({ path: '/settings/about', as, allow });
  const context = page.context();
  await context.grantPermissions(['notifications'], { origin: webmail.origin });
  const keys = createECDH('prime256v1');
  const p256dh = keys.generateKeys().toString('base64url');
  const given = { p256dh, auth: randomBytes(16).toString('base64url'), endpoint: ENDPOINT };
  await context.addInitScript(({ endpoint, ...keys }) => {
    const { PushManager, location } = globalThis as unknown as Json;
    if (location.protocol === 'about:') return;
    const one = {
      endpoint,
      toJSON: () => ({ endpoint, keys }),
      unsubscribe: async () => localStorage.removeItem('subscribed'),
    };
    Object.assign(PushManager.prototype, {
      subscribe: async () => {
        localStorage.setItem('subscribed', 'yes');
        return one;
      },
      getSubscription: async () => (localStorage.getItem('subscribed') === null ? null : one),
    });
  }, given);
  await page.goto(webmail.origin + path);
  return page;
}

interface Device {
  readonly worker: Worker;
  /** Gives the browser a push. */
  push(message: Json): Promise<void>;
  notices(): Promise<readonly (readonly [title: string, body: string])[]>;
}

async function deviceOf(page: Page): Promise<Device> {
  const context = page.context();
  const other = await context.newPage();
  await other.goto('about:blank');
  await page.bringToFront();
  const cdp: CDPSession = await context.newCDPSession(other);
  const known = new Promise<string>((resolve) => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const found = registrations.find(({ scopeURL }) => scopeURL.startsWith(webmail.origin));
      if (found !== undefined) resolve(found.registrationId);
    });
  });
  await cdp.send('ServiceWorker.enable');
  const registrationId = await known;
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  return {
    worker,
    push: async (message) => {
      await cdp.send('ServiceWorker.deliverPushMessage', {
        ...{ origin: webmail.origin, registrationId, data: JSON.stringify(message) },
      });
    },
    notices: () =>
      worker.evaluate(async () => {
        const { registration } = globalThis as unknown as Json;
        return (await registration.getNotifications()).map(({ title, body }: Json) => [title, body]);
      }),
  };
}

/** What goes by way of the server and the worker. */
const PATIENT = { timeout: 20_000, interval: 100 };

const CHANGE = { '@type': 'StateChange', changed: { any: { EmailDelivery: 's' } } };

/** What the server has put down of push subscriptions, and what it would have pushed. */
function subscriptions(): readonly Json[] {
  const database = new DatabaseSync(join(webmail.system.home, 'postern.db'), { readOnly: true });
  try {
    return database
      .prepare("SELECT sk, body FROM records WHERE pk = 'push'")
      .all()
      .map(({ sk, body }) => ({
        id: String(sk).split('/')[1],
        ...JSON.parse(Buffer.from(body as Uint8Array).toString()),
      }));
  } finally {
    database.close();
  }
}

/** Subscribed by the button, and shown to the server. */
async function subscribed(page: Page, device: Device): Promise<void> {
  await button(page, 'Tell me while the webmail is closed').click();
  await page.getByText('Your browser’s push service is asked').waitFor();
  await expect.poll(subscriptions, PATIENT).toHaveLength(1);
  const [one] = subscriptions();
  expect(one).toMatchObject({ url: ENDPOINT, types: ['EmailDelivery'], isVerified: false });
  await device.push({ '@type': 'PushVerification', pushSubscriptionId: one!.id, verificationCode: one!.code });
  await page.getByText('New mail is told here while the webmail is closed, too.').waitFor();
  expect(subscriptions()).toMatchObject([{ isVerified: true }]);
}

/** Waits for what has come at the server, and says so to the browser as a push service would. */
async function arrive(device: Device | undefined, to: string, subject: string): Promise<void> {
  await send(to, subject);
  const jmap = await webmail.jmap(to);
  const found = async () => (await jmap.call('Email/query', { filter: { subject } })).ids;
  await expect.poll(found, PATIENT).toHaveLength(1);
  await device?.push(CHANGE);
}

/** What the worker knows, and forgets with the session. */
const record = (worker: Worker): Promise<Json | undefined> =>
  worker.evaluate(async () => (await (globalThis as unknown as Json).caches.match('/push'))?.json());

it('tells of new mail while no page is open: sender and subject, each once; a click opens the message', async () => {
  const page = await open('/settings/notifications', ALICE);
  const device = await deviceOf(page);
  await subscribed(page, device);
  await device.worker.evaluate(() => {
    const here = globalThis as unknown as Json;
    here.navigator.setAppBadge = async (count: number) => {
      here.badge = count;
    };
  });

  await page.goto('about:blank');
  await arrive(device, ALICE, 'Lunch on Friday?');
  await expect.poll(device.notices, PATIENT).toEqual([['John Doe', 'Lunch on Friday?']]);
  await expect.poll(() => device.worker.evaluate(() => (globalThis as unknown as Json).badge), PATIENT).toBe(1);
  // A push of which nothing is new.
  await device.push(CHANGE);
  await arrive(device, ALICE, 'Dinner, then');
  await expect.poll(device.notices, PATIENT).toHaveLength(2);
  expect((await device.notices()).map(([, body]) => body).sort()).toEqual(['Dinner, then', 'Lunch on Friday?']);

  // As little as was chosen.
  await page.goto(`${webmail.origin}/settings/notifications`);
  await page.getByLabel('Show sender and subject').uncheck();
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.goto('about:blank');
  await arrive(device, ALICE, 'A secret');
  await expect.poll(device.notices, PATIENT).toContainEqual(['New message', '']);

  // A page that is open takes the click.
  await page.goto(`${webmail.origin}/settings/about`);
  await page.getByRole('heading', { name: 'About' }).waitFor();
  await device.worker.evaluate(async () => {
    const here = globalThis as unknown as Json;
    const all = await here.registration.getNotifications();
    const notification = all.find(({ body }: Json) => body === 'Lunch on Friday?');
    here.dispatchEvent(new here.NotificationEvent('notificationclick', { notification }));
  });
  await page.locator('.reader').getByRole('heading', { name: 'Lunch on Friday?' }).waitFor();

  // Signed out: nothing is told, and nothing that was told stays.
  await button(page, 'Account').click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await expect.poll(device.notices, PATIENT).toEqual([]);
  await expect.poll(() => page.evaluate(() => localStorage.getItem('subscribed')), PATIENT).toBe(null);
  expect(await record(device.worker)).toBe(undefined);
  await expect.poll(subscriptions, PATIENT).toEqual([]);
}, 60_000);

it('tells nothing while a page is looked at, “New mail” where it cannot ask, and no more when the session is over', async () => {
  const page = await open('/settings/notifications', BOB);
  const device = await deviceOf(page);
  await subscribed(page, device);

  const { since } = (await record(device.worker))!;
  await arrive(device, BOB, 'Seen in the page');
  await expect.poll(async () => (await record(device.worker))!.since, PATIENT).not.toBe(since);
  expect(await device.notices()).toEqual([]);

  await page.goto('about:blank');
  const before = (await record(device.worker))!;
  const put = (value: Json) =>
    device.worker.evaluate(async (value) => {
      const { caches, Response } = globalThis as unknown as Json;
      await (await caches.open('push')).put('/push', new Response(JSON.stringify(value)));
    }, value);
  await put({ ...before, api: '/auth/v1/nothing' });
  await device.push(CHANGE);
  await expect.poll(device.notices, PATIENT).toEqual([['New mail', '']]);
  await put(before);

  // Ended elsewhere, while this browser was closed.
  const there = await webmail.open({ as: BOB, path: '/settings/security' });
  await button(there, 'Sign out everywhere else').click();
  await there.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click();
  await button(there, 'Sign out everywhere else').waitFor({ state: 'detached' });
  await expect.poll(subscriptions, PATIENT).toEqual([]);
  await arrive(device, BOB, 'For nobody here');
  await expect.poll(() => record(device.worker), PATIENT).toBe(undefined);
  expect(await device.notices()).toEqual([['New mail', '']]);
}, 60_000);

it('tells of new mail while one looks elsewhere, and counts what is unread at the tab', async () => {
  await arrive(undefined, BOB, 'The first of all');
  const page = await open('/', BOB);
  await page.locator('[role=row]').first().waitFor();
  await expect.poll(() => page.title(), PATIENT).toMatch(/^\(\d+\) /);
  const title = await page.title();
  const unread = Number(/^\((\d+)\)/.exec(title)?.[1] ?? 0);
  await page.evaluate(() => {
    (globalThis as unknown as Json).document.hasFocus = () => false;
  });
  const told = () =>
    page.evaluate(async () => {
      const registration = await (globalThis as unknown as Json).navigator.serviceWorker.ready;
      return (await registration.getNotifications()).map(({ title, body }: Json) => [title, body]);
    });
  // It begins a second after the page.
  await page.evaluate(() => (globalThis as unknown as Json).navigator.serviceWorker.ready);
  await arrive(undefined, BOB, 'While you were away');
  await expect.poll(told, PATIENT).toEqual([['John Doe', 'While you were away']]);
  await expect.poll(() => page.title(), PATIENT).toMatch(new RegExp(`^\\(${unread + 1}\\) `));
  await page.locator('link[rel=icon][href^="data:image/png"]').waitFor({ state: 'attached' });
  await page.getByRole('row').filter({ hasText: 'While you were away' }).first().click();
  await expect.poll(() => page.title(), PATIENT).not.toMatch(new RegExp(`^\\(${unread + 1}\\) `));
});

it('says why nothing is told while it is closed, nor read without a line, where the certificate is not trusted', async () => {
  const page = await webmail.open({ secure: true, path: '/settings/about', allow: [/certificate|ERR_CERT/i] });
  await page.getByText('Off: your browser does not trust this server’s certificate.').waitFor();
});
