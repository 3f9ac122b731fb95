import { effect, signal } from '@preact/signals';
import { type Announcement, announcement, type Brand, brandOf } from '../api/brand.ts';
import { account } from '../api/session.ts';
import { t } from '../i18n/index.ts';

/** How the pages look. What was seen last is kept, so that the next visit begins with it. */

const KEPT = 'brand';
const DISMISSED = 'announcement';
const NEUTRAL: Brand = { others: [], webmail: true };

export const brand = signal<Brand>(NEUTRAL);
/** Of the domain of who is signed in. */
export const announced = signal<Announcement | undefined>(undefined);

/** What the whole is called: in titles, and beside the logo. */
export const appName = () => brand.value.name ?? t('app.name');

/** To be called before anything is drawn. At the door it is the brand of the host, then that of the account's domain. */
export function startBrand(): () => void {
  show(kept());
  return effect(() => {
    const one = account.value;
    if (one === undefined) return;
    const at =
      one === null ? { host: location.hostname } : { domain: one.address.slice(one.address.lastIndexOf('@') + 1) };
    // Neutral or as at the last visit, where it cannot be had: the mail matters more.
    brandOf(at).then(take, () => undefined);
    announced.value = undefined;
    if (one !== null) void announcement().then(announce, () => undefined);
  });
}

/** Not shown in this browser again, until there is another. */
export function dismiss(): void {
  localStorage.setItem(DISMISSED, JSON.stringify(announced.value));
  announced.value = undefined;
}

function announce(one: Announcement | undefined): void {
  if (JSON.stringify(one) !== localStorage.getItem(DISMISSED)) announced.value = one;
}

function take(found: Brand): void {
  localStorage.setItem(KEPT, JSON.stringify(found));
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

function kept(): Brand {
  try {
    return { ...NEUTRAL, ...(JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Partial<Brand>) };
  } catch {
    return NEUTRAL;
  }
}
