import { effect, signal } from '@preact/signals';
import { account } from '../api/account.ts';
import { type Announcement, announcement, type Brand, brandOf } from '../api/brand.ts';
import { whenIdle } from '../api/idle.ts';
import { t } from '../i18n/index.ts';

/** How the pages look. What was seen last is kept, so that the next visit begins with it. */

const BRAND = 'brand';
const ANNOUNCED = 'announced';
const DISMISSED = 'announcement';
const NEUTRAL: Brand = { others: [], webmail: true };

export const brand = signal<Brand>(NEUTRAL);
/** Of the domain of who is signed in. */
export const announced = signal<Announcement | undefined>(undefined);

/** What the whole is called: in titles, and beside the logo. */
export const appName = () => brand.value.name ?? t('app.name');

/** To be called before anything is drawn. At the door it is the brand of the host, then that of the account's domain. */
export function startBrand(): () => void {
  show({ ...NEUTRAL, ...kept<Brand>(BRAND) });
  return effect(() => {
    const one = account.value;
    if (one === undefined) return;
    if (one === null) {
      announced.value = undefined;
      localStorage.removeItem(ANNOUNCED);
      look({ host: location.hostname });
      return;
    }
    announced.value = unlessDismissed(kept<Announcement>(ANNOUNCED));
    // The mail goes first.
    whenIdle(() => {
      look({ domain: one.address.slice(one.address.lastIndexOf('@') + 1) });
      void announcement().then(announce, () => undefined);
    }, 3_000);
  });
}

/** Not shown in this browser again, until there is another. */
export function dismiss(): void {
  localStorage.setItem(DISMISSED, JSON.stringify(announced.value));
  announced.value = undefined;
}

/** Where it cannot be had, it stays as at the last visit. */
function look(at: Parameters<typeof brandOf>[0]): void {
  brandOf(at).then(take, () => undefined);
}

function announce(one: Announcement | undefined): void {
  if (one === undefined) localStorage.removeItem(ANNOUNCED);
  else localStorage.setItem(ANNOUNCED, JSON.stringify(one));
  announced.value = unlessDismissed(one);
}

function unlessDismissed(one: Announcement | undefined): Announcement | undefined {
  return one === undefined || JSON.stringify(one) === localStorage.getItem(DISMISSED) ? undefined : one;
}

function take(found: Brand): void {
  localStorage.setItem(BRAND, JSON.stringify(found));
  show(found);
}

function show(found: Brand): void {
  brand.value = found;
  const { style } = document.documentElement;
  const colours = { '--accent': found.accent, '--on-accent': found.onAccent };
  for (const [name, colour] of Object.entries(colours)) {
    if (colour === undefined) style.removeProperty(name);
    else style.setProperty(name, colour);
  }
}

function kept<T>(key: string): T | undefined {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}
