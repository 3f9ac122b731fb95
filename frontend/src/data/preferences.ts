import { effect, signal } from '@preact/signals';
import { DEFAULTS, type Preferences } from '../../../mail/jmap/preferences/defaults.ts';
import { call } from '../api/jmap.ts';
import { MethodError } from '../api/method-error.ts';
import { LOCALES, type Locale, locale, setLocale } from '../i18n/index.ts';

import { applied, escaped, isTrustedBy, type Patch } from './preferences-patch.ts';

export type { NameSet, Preferences, Template } from '../../../mail/jmap/preferences/defaults.ts';

/** What the user has chosen, wherever he has: shown at once when it is changed here, and as the server has it in the end. */
export const preferences = signal<Preferences>({ ...DEFAULTS, ...kept() });

/** What the pages need before anything was loaded, so that they do not change before one's eyes. Nothing else is kept on the device. */
const LOOKS = ['theme', 'density'] as const;
const KEY = 'looks';

let server: Preferences = preferences.peek();
let pending: readonly Patch[] = [];

/** Shows the pages as they were shown here last, and follows what is chosen. Call it before the first render. */
export function startLooks(): void {
  effect(() => {
    const { theme, density } = preferences.value;
    const { dataset } = document.documentElement;
    if (theme === 'auto') delete dataset.theme;
    else dataset.theme = theme;
    dataset.density = density;
  });
}

/** Reads them: after signing in, and when the server says that they have changed. */
export async function loadPreferences(): Promise<void> {
  const { list } = await call<{ list: readonly Preferences[] }>('Preferences/get', { ids: null });
  server = { ...DEFAULTS, ...list[0] };
  show();
  const wanted = server.locale;
  if (wanted !== null && wanted !== locale.peek() && wanted in LOCALES) await setLocale(wanted as Locale);
}

/** Changes some, at once on the screen. Throws what the server refused, and shows what was before then. */
export async function changePreferences(patch: Patch): Promise<void> {
  pending = [...pending, patch];
  show();
  try {
    const { notUpdated } = await call<{
      notUpdated: Readonly<Record<string, { type: string; description: string }>> | null;
    }>('Preferences/set', { update: { singleton: patch } });
    const refusal = notUpdated?.singleton;
    if (refusal !== undefined) throw new MethodError(refusal);
    server = applied(server, patch);
  } finally {
    pending = pending.filter((one) => one !== patch);
    show();
  }
}

/** Back to the defaults, but for the looks: when somebody signs out. */
export function forgetPreferences(): void {
  pending = [];
  server = { ...DEFAULTS, ...kept() };
  preferences.value = server;
}

export function addWord(word: string): Promise<void> {
  return changePreferences({ [`dictionary/${escaped(word)}`]: true });
}

export function removeWord(word: string): Promise<void> {
  return changePreferences({ [`dictionary/${escaped(word)}`]: null });
}

/** Images of that sender are shown from now on: an address, or `@domain`. */
export function trust(sender: string): Promise<void> {
  return changePreferences({ [`trustedSenders/${escaped(sender.toLowerCase())}`]: true });
}

export function trustNoMore(sender: string): Promise<void> {
  return changePreferences({ [`trustedSenders/${escaped(sender)}`]: null });
}

export function isTrusted(address: string): boolean {
  return isTrustedBy(preferences.value, address);
}

function show(): void {
  preferences.value = pending.reduce(applied, server);
  const { theme, density } = preferences.value;
  localStorage.setItem(KEY, JSON.stringify({ theme, density }));
}

function kept(): Partial<Preferences> {
  try {
    const looks = JSON.parse(globalThis.localStorage?.getItem(KEY) ?? '{}') as Record<string, unknown>;
    return Object.fromEntries(
      LOOKS.filter((name) => typeof looks[name] === 'string').map((name) => [name, looks[name]]),
    );
  } catch {
    return {};
  }
}
