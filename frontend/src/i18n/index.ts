import { signal } from '@preact/signals';
import { en } from './en.ts';
import type { enContacts } from './en-contacts.ts';
import type { enFiles } from './en-files.ts';
import type { enReader } from './en-reader.ts';
import type { enSettings } from './en-settings.ts';
import type { enShared } from './en-shared.ts';

/**
 * Words of the pages. English is in the first load, but for that of the settings, which comes with them; other languages come when asked for,
 * and what they lack is shown in English.
 */

type English = typeof en & typeof enSettings & typeof enContacts & typeof enShared & typeof enFiles & typeof enReader;
export type Words = { readonly [K in keyof English]: string };
export type Key = keyof English;

export const LOCALES = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  fr: 'Français',
  hi: 'हिन्दी',
  ja: '日本語',
  ar: 'العربية',
} as const;
export type Locale = keyof typeof LOCALES;

export const locale = signal<Locale>('en');
const english: Partial<Words> = { ...en };
const words = signal<Partial<Words>>(english);

const others = import.meta.glob<{ readonly words: Partial<Words> }>('./locales/*.ts');

/** The words under a key, with values for its `{names}`; with `count`, the form for that number (`key_one`, `key_other`). */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  const { count } = values;
  const form = typeof count === 'number' ? (`${key}_${plurals().select(count)}` as Key) : key;
  const text = words.value[form] ?? words.value[key] ?? english[form] ?? english[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? number({}).format(value) : (value ?? '');
  });
}

/** To be called by a screen that brings words of its own, before it is drawn. */
export function addWords(more: Partial<Words>): void {
  Object.assign(english, more);
}

/** Shows the pages in a language; kept for the next visit. */
export async function setLocale(next: Locale): Promise<void> {
  const load = others[`./locales/${next}.ts`];
  words.value = load === undefined ? english : (await load()).words;
  locale.value = next;
  document.documentElement.lang = next;
  document.documentElement.dir = next === 'ar' ? 'rtl' : 'ltr';
  localStorage.setItem('locale', next);
}

/** That of the last visit, or what the browser asks for. */
export async function startLocale(): Promise<void> {
  const wanted = [localStorage.getItem('locale'), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  const found = wanted.find((tag): tag is Locale => tag !== null && tag in LOCALES) ?? 'en';
  if (found !== 'en') await setLocale(found);
}

/** A time as a list shows it: of today the hour, of this year the day, else the date. */
export function shortDate(iso: string, now = new Date()): string {
  const date = new Date(iso);
  const options: Intl.DateTimeFormatOptions =
    date.toDateString() === now.toDateString()
      ? { hour: 'numeric', minute: '2-digit' }
      : date.getFullYear() === now.getFullYear()
        ? { day: 'numeric', month: 'short' }
        : { day: 'numeric', month: 'short', year: 'numeric' };
  return format(options).format(date);
}

export function longDate(iso: string): string {
  return format({ dateStyle: 'full', timeStyle: 'short' }).format(new Date(iso));
}

/** A time to come: its day and hour. */
export function when(date: Date): string {
  return format({ weekday: 'short', day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' }).format(date);
}

export function size(bytes: number): string {
  const unit = bytes < 1_000 ? 0 : bytes < 1_000_000 ? 1 : bytes < 1_000_000_000 ? 2 : 3;
  const value = bytes / 1_000 ** unit;
  return number({
    style: 'unit',
    unit: ['byte', 'kilobyte', 'megabyte', 'gigabyte'][unit]!,
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }).format(value);
}

const plurals = formatter((locale) => new Intl.PluralRules(locale));
const number = formatter((locale, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options));
const format = formatter((locale, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options));

/** In the language of the page. To make one takes as long as to use it a hundred times. */
function formatter<O extends object, F>(make: (locale: Locale, options: O) => F): (options?: O) => F {
  const made = new Map<string, F>();
  return (options = {} as O) => {
    const key = locale.value + JSON.stringify(options);
    let found = made.get(key);
    if (found === undefined) {
      found = make(locale.value, options);
      made.set(key, found);
    }
    return found;
  };
}
