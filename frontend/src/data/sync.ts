import { effect, signal } from '@preact/signals';
import { call, closeSession, mailAccount, openSession } from '../api/jmap.ts';
import { listen } from '../api/push.ts';
import { account } from '../api/session.ts';
import { forgetEmails, refreshEmails } from './emails.ts';
import type { List } from './list.ts';
import { loadMailboxes, mailboxes } from './mailboxes.ts';
import { forgetPreferences, loadPreferences } from './preferences.ts';

/** The list on the screen. */
export const current = signal<List | undefined>(undefined);

let emailState: string | undefined;
/** One look for changes at a time. */
let looking: Promise<void> = Promise.resolve();

/** Keeps what is shown as the server has it, from signing in to signing out. */
export function startSync(): () => void {
  return effect(() => {
    if (!account.value) return undefined;
    void loadMailboxes();
    void openSession();
    loadPreferences().catch(() => undefined);
    const stop = listen((of, states) => void onStates(of, states), lookAtAll);
    return () => {
      stop();
      closeSession();
      forgetEmails();
      forgetPreferences();
      emailState = undefined;
      mailboxes.value = new Map();
    };
  });
}

async function onStates(of: string, states: Readonly<Record<string, string>>): Promise<void> {
  if (of !== (await mailAccount())) return;
  if ('Mailbox' in states) void loadMailboxes();
  if ('Preferences' in states) loadPreferences().catch(() => undefined);
  if ('Email' in states) lookAtEmails();
}

function lookAtAll(): void {
  void loadMailboxes();
  loadPreferences().catch(() => undefined);
  lookAtEmails();
}

function lookAtEmails(): void {
  looking = looking.then(changed).catch(() => undefined);
}

async function changed(): Promise<void> {
  if (emailState !== undefined) {
    try {
      const { newState, updated } = await call<{ newState: string; updated: string[] }>('Email/changes', {
        sinceState: emailState,
      });
      emailState = newState;
      void refreshEmails(updated);
    } catch {
      emailState = undefined;
    }
  }
  emailState ??= (await call<{ state: string }>('Email/get', { ids: [] })).state;
  await current.peek()?.refresh();
}
