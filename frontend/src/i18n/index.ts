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
  const form = typeof count === 'number' ? (`${key}_${plurals(PLAIN).select(count)}` as Key) : key;
  const text = words.value[form] ?? words.value[key] ?? english[form] ?? english[key] ?? key;
  if (!text.includes('{')) return text;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? number(PLAIN).format(value) : (value ?? '');
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
  const isOfYear = date.getFullYear() === now.getFullYear();
  const isOfDay = isOfYear && date.getMonth() === now.getMonth() && date.getDate() === now.getDate();
  return format(isOfDay ? TIME : isOfYear ? DAY : DATE).format(date);
}

export function longDate(iso: string): string {
  return format(FULL).format(new Date(iso));
}

/** A time to come: its day and hour. */
export function when(date: Date): string {
  return format(WHEN).format(date);
}

export function size(bytes: number): string {
  const unit = bytes < 1_000 ? 0 : bytes < 1_000_000 ? 1 : bytes < 1_000_000_000 ? 2 : 3;
  const value = bytes / 1_000 ** unit;
  return number(SIZES[value < 10 ? 1 : 0]![unit]!).format(value);
}

const PLAIN: Intl.NumberFormatOptions = {};
/** By digits after the point, and unit. */
const SIZES = [0, 1].map((digits) =>
  ['byte', 'kilobyte', 'megabyte', 'gigabyte'].map(
    (unit): Intl.NumberFormatOptions => ({
      style: 'unit',
      unit,
      unitDisplay: unit === 'byte' ? 'long' : 'short',
      maximumFractionDigits: unit === 'byte' ? 0 : digits,
    }),
  ),
);
const TIME: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit' };
const DAY: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' };
const DATE: Intl.DateTimeFormatOptions = { ...DAY, year: 'numeric' };
const WHEN: Intl.DateTimeFormatOptions = { weekday: 'short', ...DAY, ...TIME };
const FULL: Intl.DateTimeFormatOptions = { dateStyle: 'full', timeStyle: 'short' };

const plurals = formatter((locale) => new Intl.PluralRules(locale));
const number = formatter((locale, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options));
const format = formatter((locale, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options));

/** In the language of the page, one for each of the objects above: to make one takes as long as to use it a hundred times. */
function formatter<O extends object, F>(make: (locale: Locale, options: O) => F): (options: O) => F {
  const made = new Map<O, F>();
  let of: Locale | undefined;
  return (options) => {
    if (of !== locale.value) made.clear();
    of = locale.value;
    let found = made.get(options);
    if (found === undefined) {
      found = make(of, options);
      made.set(options, found);
    }
    return found;
  };
}
