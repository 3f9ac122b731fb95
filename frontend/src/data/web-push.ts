import { call, mailAccount, openSession } from '../api/jmap.ts';
import type { Words } from '../api/push-record.ts';
import { forgetPush, readPushRecord, subscription, writePushRecord } from '../api/push-record.ts';
import { t } from '../i18n/index.ts';
import { worker } from './background-state.ts';
import { byRole, loadMailboxes } from './mailboxes.ts';

/** New mail while no page is open: this browser's subscription at its push service, and the server's at that (RFC 8620 section 7.2). */

/** `waiting`: the server has not seen yet that what it sends arrives. */
export type PushState = 'impossible' | 'off' | 'waiting' | 'on';

const VAPID = 'urn:ietf:params:jmap:webpush-vapid';
/** RFC 8621 section 1.5: nothing is pushed when mail is only read or moved. */
const TYPES = ['EmailDelivery'];
/** By how many have come: the worker tells of so many at most. */
const COUNTED = 20;

/** Browsers ask their service again and again, and say nothing meanwhile; in milliseconds. */
const PATIENCE_MS = 20_000;

interface Subscribed {
  readonly id: string;
  readonly deviceClientId: string;
  readonly verificationCode: string | null;
}

/** These are of no account (RFC 8620 section 7.2.1). */
const request = <T>(method: string, given: Readonly<Record<string, unknown>>) =>
  call<T>(method, { ...given, accountId: undefined });

export async function pushState(): Promise<PushState> {
  if ((await applicationServerKey()) === undefined) return 'impossible';
  const record = await readPushRecord();
  if (record === undefined || (await subscription())?.endpoint !== record.endpoint) return 'off';
  const found = await subscribed(record.device);
  if (found === undefined) return 'off';
  return found.verificationCode === null ? 'waiting' : 'on';
}

/** To be called when somebody has pressed a button. Throws a plain line. */
export async function subscribe(): Promise<void> {
  const key = await applicationServerKey();
  if (key === undefined) throw new Error(t('push.noService'));
  const { pushManager } = await navigator.serviceWorker.ready;
  // One of another key, from before the server was set up anew, stands in the way.
  await (await subscription())?.unsubscribe();
  const asked = pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const made = await Promise.race([asked, late()]).catch((error: Error) => {
    throw new Error(t(error.name === 'NotAllowedError' ? 'notifications.denied' : 'push.noService'));
  });
  try {
    await tellServer(made);
  } catch (error) {
    await unsubscribe().catch(() => undefined);
    throw error;
  }
}

function late(): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error('late')), PATIENCE_MS));
}

/** Here and at the server. */
export async function unsubscribe(): Promise<void> {
  const device = (await readPushRecord())?.device;
  await forgetPush();
  const found = device === undefined ? undefined : await subscribed(device);
  if (found !== undefined) await request('PushSubscription/set', { destroy: [found.id] });
}

/** At each visit: the server keeps a subscription for a week unless it is told otherwise. */
export async function renewPush(): Promise<void> {
  const record = await readPushRecord();
  if (record === undefined) return;
  const now = await subscription();
  if (now === null || record.account !== (await mailAccount())) return forgetPush();
  const found = await subscribed(record.device);
  if (found === undefined || now.endpoint !== record.endpoint) return tellServer(now);
  await writePushRecord({ ...record, words: words() });
  await request('PushSubscription/set', { update: { [found.id]: { expires: null } } });
}

/** What the worker is to know comes first: it is asked for the code at once. */
async function tellServer(made: PushSubscription): Promise<void> {
  const { endpoint: url, keys } = made.toJSON();
  const device = crypto.randomUUID();
  if (byRole('inbox') === undefined) await loadMailboxes();
  const [account, { apiUrl }] = await Promise.all([mailAccount(), openSession()]);
  const inbox = byRole('inbox')!.id;
  const [newest] = await newestIn(inbox);
  await writePushRecord({
    ...{ api: apiUrl, account, inbox, device, endpoint: made.endpoint, words: words() },
    since: newest?.receivedAt ?? '1970-01-01T00:00:00Z',
    told: newest === undefined ? [] : [newest.id],
  });
  const wanted = { deviceClientId: device, url, keys: { p256dh: keys!.p256dh, auth: keys!.auth }, types: TYPES };
  const { notCreated } = await request<{ notCreated: Record<string, { description?: string }> | null }>(
    'PushSubscription/set',
    { create: { one: wanted } },
  );
  if (notCreated?.one !== undefined) throw new Error(notCreated.one.description ?? t('push.noService'));
}

async function newestIn(inbox: string): Promise<readonly { readonly id: string; readonly receivedAt: string }[]> {
  const sort = [{ property: 'receivedAt', isAscending: false }];
  const { ids } = await call<{ ids: string[] }>('Email/query', { filter: { inMailbox: inbox }, sort, limit: 1 });
  return (await call<{ list: { id: string; receivedAt: string }[] }>('Email/get', { ids, properties: ['receivedAt'] }))
    .list;
}

async function subscribed(device: string): Promise<Subscribed | undefined> {
  const properties = ['deviceClientId', 'verificationCode'];
  const { list } = await request<{ list: Subscribed[] }>('PushSubscription/get', { ids: null, properties });
  return list.find(({ deviceClientId }) => deviceClientId === device);
}

/** RFC 9749. Undefined where this server, or this browser, has no pushes. */
async function applicationServerKey(): Promise<string | undefined> {
  if (worker.peek() !== 'on' || !('PushManager' in globalThis)) return undefined;
  const { capabilities } = await openSession();
  return (capabilities[VAPID] as { readonly applicationServerKey: string } | undefined)?.applicationServerKey;
}

export function words(): Words {
  return {
    noSender: t('list.noSender'),
    noSubject: t('list.noSubject'),
    some: t('notify.some'),
    counted: Array.from({ length: COUNTED + 1 }, (_, count) => t('notify.new', { count })),
  };
}
