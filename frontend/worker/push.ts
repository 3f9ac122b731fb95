import { deletePushRecord, type PushRecord, readPushRecord, writePushRecord } from '../src/api/push-record.ts';
import { type Fresh, noticeOfSome, noticesOf } from '../src/data/notices.ts';

/**
 * New mail while no page is open. A push says only that something has come (RFC 8620 section 7.2): what it is, is asked for with the cookie of
 * the session, which no script reads; nothing that signs in is kept here. Where that cannot be asked, it is "New mail" and no more.
 */

interface Client {
  readonly visibilityState: string;
  postMessage(data: unknown): void;
}
export interface PushWorker {
  readonly clients: {
    matchAll(options: { readonly type: 'window'; readonly includeUncontrolled: true }): Promise<readonly Client[]>;
  };
  readonly registration: ServiceWorkerRegistration;
}

type Call = readonly [method: string, given: Readonly<Record<string, unknown>>, id: string];

interface Verification {
  readonly '@type': 'PushVerification';
  readonly pushSubscriptionId: string;
  readonly verificationCode: string;
}

const USING = [
  'urn:ietf:params:jmap:core',
  'urn:ietf:params:jmap:mail',
  'https://postern.example/jmap/preferences',
] as const;
/** Told at most of one push. */
const MOST = 20;
const MARGIN_S = 60;

/** The session is over, or was one of others. */
class Over extends Error {}

let access: { readonly token: string; readonly account: string; readonly until: number } | undefined;
/** One push after the other: each begins where the one before it has ended. */
let working: Promise<void> = Promise.resolve();

export function onPush(worker: PushWorker, text: string): Promise<void> {
  working = working.then(() => take(worker, text)).catch(() => undefined);
  return working;
}

async function take(worker: PushWorker, text: string): Promise<void> {
  const record = await readPushRecord();
  if (record === undefined) return leave(worker);
  const message = parsed(text);
  try {
    if (message?.['@type'] === 'PushVerification') await verify(worker, record, message as unknown as Verification);
    else await tell(worker, record);
  } catch (error) {
    if (error instanceof Over) return leave(worker);
    // Something has come, and whoever asked to be told of it is told that much.
    const { title, options } = noticeOfSome(record.words);
    if (!(await isVisible(worker))) await worker.registration.showNotification(title, options);
  }
}

/** Shows the server that what it sends is read here (RFC 8620 section 7.2.2). */
async function verify(
  worker: PushWorker,
  record: PushRecord,
  { pushSubscriptionId: id, verificationCode }: Verification,
) {
  await ask(record, [['PushSubscription/set', { update: { [id]: { verificationCode } } }, 's']]);
  for (const page of await pagesOf(worker)) page.postMessage({ pushed: 'verified' });
}

interface Preferences {
  readonly notifyAbout: string;
  readonly notifyPreview: boolean;
}

async function tell(worker: PushWorker, record: PushRecord): Promise<void> {
  const { account: accountId, inbox, since } = record;
  const ids = { resultOf: 'q', name: 'Email/query', path: '/ids' };
  const [preferences, mailbox, , emails] = await ask(record, [
    ['Preferences/get', { accountId, ids: null, properties: ['notifyAbout', 'notifyPreview'] }, 'p'],
    ['Mailbox/get', { accountId, ids: [inbox], properties: ['unreadThreads'] }, 'm'],
    [
      'Email/query',
      {
        accountId,
        filter: { inMailbox: inbox, notKeyword: '$seen', after: since },
        sort: [{ property: 'receivedAt', isAscending: false }],
        limit: MOST,
      },
      'q',
    ],
    ['Email/get', { accountId, '#ids': ids, properties: ['from', 'subject', 'receivedAt'] }, 'e'],
  ]);
  const { notifyAbout, notifyPreview } = (preferences!.list as readonly Preferences[])[0]!;
  if (notifyAbout === 'none') throw new Over();
  const list = emails!.list as readonly (Fresh & { readonly receivedAt: string })[];
  const [newest] = list;
  if (newest !== undefined)
    await writePushRecord({ ...record, since: newest.receivedAt, told: list.map(({ id }) => id) });
  void badge((mailbox!.list as readonly { readonly unreadThreads: number }[])[0]?.unreadThreads ?? 0);
  // A page that somebody looks at tells by itself, where that is called for.
  if (await isVisible(worker)) return;
  const fresh = list.filter(({ id }) => !record.told.includes(id));
  for (const { title, options } of noticesOf(fresh, { inbox, says: notifyPreview, words: record.words }))
    await worker.registration.showNotification(title, options);
}

/** Answers in the order of the calls. Throws where one is missing. */
async function ask(
  record: PushRecord,
  methodCalls: readonly Call[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const attempt = async () =>
    fetch(record.api, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await token(record.account)}` },
      body: JSON.stringify({ using: USING, methodCalls }),
    });
  let response = await attempt();
  if (response.status === 401) {
    access = undefined;
    response = await attempt();
  }
  if (!response.ok) throw new Error(`JMAP: ${response.status}`);
  const { methodResponses } = (await response.json()) as { readonly methodResponses: readonly Call[] };
  return methodCalls.map(([name, , id]) => {
    const found = methodResponses.find((one) => one[0] === name && one[2] === id);
    if (found === undefined) throw new Error(`JMAP: no answer to ${name}`);
    return found[1];
  });
}

/** As the pages get theirs (src/api/session.ts). It is in memory only. Throws `Over`. */
async function token(account: string): Promise<string> {
  if (access === undefined || access.until < Date.now()) {
    const headers = { 'X-Postern': '1', 'Content-Type': 'application/json' };
    const response = await fetch('/auth/v1/session/refresh', { method: 'POST', headers, body: '{}' });
    if (response.status === 401 || response.status === 403 || response.status === 204) throw new Over();
    if (!response.ok) throw new Error(`refresh: ${response.status}`);
    const answer = (await response.json()) as { access: string; expiresIn: number; account: { id: string } };
    const until = Date.now() + (answer.expiresIn - MARGIN_S) * 1_000;
    access = { token: answer.access, account: answer.account.id, until };
  }
  // Somebody else has signed in since.
  if (access.account !== account) throw new Over();
  return access.token;
}

/** Nobody is to be told anything here any more. */
async function leave({ registration }: PushWorker): Promise<void> {
  access = undefined;
  await deletePushRecord();
  await (await registration.pushManager?.getSubscription())?.unsubscribe();
}

const pagesOf = ({ clients }: PushWorker) => clients.matchAll({ type: 'window', includeUncontrolled: true });

async function isVisible(worker: PushWorker): Promise<boolean> {
  return (await pagesOf(worker)).some(({ visibilityState }) => visibilityState === 'visible');
}

async function badge(unread: number): Promise<void> {
  const { setAppBadge, clearAppBadge } = navigator as Partial<Navigator>;
  await (unread > 0 ? setAppBadge?.call(navigator, unread) : clearAppBadge?.call(navigator))?.catch(() => undefined);
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
