/** Every language of the webmail says all that English says. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

type Words = Readonly<Record<string, string>>;

const FOLDER = join(import.meta.dirname, '..', '..', 'frontend', 'src', 'i18n');

/** English is in several files: what the first load needs, and what screens bring along. */
const en = await readAll(readdirSync(FOLDER).filter((name) => /^en(-[\w-]+)?\.ts$/.test(name)));
const families = Object.keys(en)
  .filter((key) => key.endsWith('_other'))
  .map((key) => key.slice(0, -'_other'.length));
const plain = Object.keys(en).filter(
  (key) => !families.some((family) => key === family || key === `${family}_one` || key === `${family}_other`),
);

describe.each(['de', 'es', 'fr', 'hi', 'ja', 'ar'])('%s', async (locale) => {
  const words = await readAll([`locales/${locale}.ts`]);
  const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
  const wanted = [...plain, ...families.flatMap((family) => forms.map((form) => `${family}_${form}`))];

  it('has every word of English, with the forms that its numbers ask for', () => {
    expect(wanted.filter((key) => !(key in words))).toEqual([]);
  });

  it('has no words that nothing asks for', () => {
    const known = new Set([...wanted, ...families]);
    expect(Object.keys(words).filter((key) => !known.has(key))).toEqual([]);
  });

  it('has the same values in the same words, and says something', () => {
    const wrong: string[] = [];
    for (const [key, text] of Object.entries(words)) {
      const family = families.find((one) => key === one || key.startsWith(`${one}_`));
      const english = en[family === undefined ? key : `${family}_other`] ?? '';
      const allowed = new Set([...namesIn(english), ...namesIn(en[`${family}_one`] ?? '')]);
      if (text.trim() === '' || namesIn(text).some((name) => !allowed.has(name))) wrong.push(key);
      else if (family === undefined && namesIn(text).join() !== namesIn(english).join()) wrong.push(key);
    }
    expect(wrong).toEqual([]);
  });
});

function namesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!))].sort();
}

async function readAll(files: readonly string[]): Promise<Words> {
  const all: Record<string, string> = {};
  for (const file of files) {
    const found = (await import(join(FOLDER, file))) as Readonly<Record<string, unknown>>;
    for (const one of Object.values(found)) Object.assign(all, one);
  }
  return all;
}
