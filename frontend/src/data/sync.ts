import { effect, signal } from '@preact/signals';
import { account } from '../api/account.ts';
import { call, closeSession, mailAccount, openSession } from '../api/jmap.ts';
import { listen } from '../api/push.ts';
import { forgetEmails, refreshEmails, take } from './emails.ts';
import { forgetLists, type List } from './list.ts';
import { byRole, loadMailboxes, mailboxes } from './mailboxes.ts';
import { areOthersKnown, forgetOthers, others } from './others.ts';
import { forgetPreferences, loadPreferences } from './preferences.ts';
import { loadStorage } from './quota.ts';
import { forgetThreads } from './threads.ts';
import { type Email, ROW_PROPERTIES } from './types.ts';

/** The list on the screen. */
export const current = signal<List | undefined>(undefined);

/** Unread emails that have just come into the inbox. */
export const arrived = signal<readonly Email[]>([]);

/** Counts changes of what is to be sent. */
export const submissionsSeen = signal(0);

/** More at once than can be told one by one. */
const ARRIVED = 20;

let emailState: string | undefined;
/** One look for changes at a time. */
let looking: Promise<void> = Promise.resolve();

/** Keeps what is shown as the server has it, from signing in to signing out. */
export function startSync(): () => void {
  return effect(() => {
    if (!account.value) return undefined;
    void loadMailboxes();
    void openSession();
    // From here on it is known what has come, and not only that something has.
    call<{ state: string }>('Email/get', { ids: [] }).then(
      ({ state }) => {
        emailState ??= state;
      },
      () => undefined,
    );
    loadStorage().catch(() => undefined);
    loadPreferences().catch(() => undefined);
    openSession().then(
      ({ accounts }) => {
        if (Object.keys(accounts).length > 1) void sharing().then(({ loadOthers }) => loadOthers(false));
        else areOthersKnown.value = true;
      },
      () => undefined,
    );
    const stop = listen((of, states) => void onStates(of, states), lookAtAll);
    return () => {
      stop();
      closeSession();
      forgetEmails();
      forgetThreads();
      forgetLists();
      forgetPreferences();
      emailState = undefined;
      mailboxes.value = new Map();
      forgetOthers();
    };
  });
}

async function onStates(of: string, states: Readonly<Record<string, string>>): Promise<void> {
  if (of !== (await mailAccount())) return void sharing().then(({ othersChanged }) => othersChanged(of, states));
  if ('ShareNotification' in states) void sharing().then(({ loadOthers }) => loadOthers(true));
  if ('Mailbox' in states) void loadMailboxes();
  if ('Preferences' in states) loadPreferences().catch(() => undefined);
  if ('Quota' in states || 'Email' in states) loadStorage().catch(() => undefined);
  if ('EmailSubmission' in states) submissionsSeen.value++;
  if ('Email' in states) lookAtEmails();
}

function lookAtAll(): void {
  void loadMailboxes();
  loadPreferences().catch(() => undefined);
  lookAtEmails();
  if (others.peek().length > 0 || !areOthersKnown.peek()) void sharing().then(({ lookAtOthers }) => lookAtOthers());
}

/** What others share is read by code that most never need. */
const sharing = () => import('./sharing.ts');

function lookAtEmails(): void {
  looking = looking.then(changed).catch(() => undefined);
}

async function changed(): Promise<void> {
  if (emailState !== undefined) {
    try {
      const { newState, updated, created } = await call<{ newState: string; updated: string[]; created: string[] }>(
        'Email/changes',
        { sinceState: emailState },
      );
      if (newState === emailState) return;
      emailState = newState;
      void refreshEmails(updated);
      void tellOf(created).catch(() => undefined);
    } catch {
      emailState = undefined;
    }
  }
  emailState ??= (await call<{ state: string }>('Email/get', { ids: [] })).state;
  await current.peek()?.follow();
}

/** What has come, and which conversations it belongs to. */
async function tellOf(created: readonly string[]): Promise<void> {
  if (created.length === 0) return;
  const ids = created.slice(-ARRIVED);
  const { list } = await call<{ list: Email[] }>('Email/get', { ids, properties: ROW_PROPERTIES });
  take(list);
  const inbox = byRole('inbox')?.id ?? '';
  const fresh = list.filter(({ mailboxIds, keywords }) => inbox in mailboxIds && !('$seen' in keywords));
  if (fresh.length > 0) arrived.value = fresh;
}
