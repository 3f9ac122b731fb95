import { describe, expect, it } from 'vitest';
import { unicodeCasemap } from '../../mail/search/collation.ts';
import { fold } from '../../mail/search/fold.ts';
import { readManifest } from '../../mail/search/index/manifest.ts';
import { Needle } from '../../mail/search/needle.ts';
import { scan, spans, tokens } from '../../mail/search/tokens.ts';
import { indexOfWords, wordQuery } from '../../mail/search/words.ts';
import { OWNER, readText, readWords, searchWorld, withBlobs } from '../support/search.ts';
import { SimRandom } from '../support/simrandom.ts';
import { inputFrom } from './structure.ts';

/** Characters that fold, join, split or break in some way. */
const ODD = [
  ...'aAzZ09 _-.@\n\u0000\u00adßæœøłđςΣİıſKÅﬁǆǅé',
  'e\u0301',
  '\u0301',
  '\u0345',
  '가',
  '각',
  'が',
  'か\u3099',
  '東',
  '京',
  'ー',
  'ไ',
  '\u{20000}',
  '😀',
  '\ud83d',
  '\ude00',
  '\u0391\u0345',
  'ᾳ',
  '１',
  '²',
  '٣',
  'ـ',
  '\u200d',
  '\ufb1d',
  '\u0f73',
];

function odd(random: SimRandom, length: number): string {
  return Array.from({ length }, () => random.pick(ODD)).join('');
}

describe('words', () => {
  it('of any text lie in it in order, all of its word characters in some, none empty', () => {
    for (let seed = 1; seed <= 3_000; seed++) {
      const random = new SimRandom(seed, 'words');
      const folded = fold(odd(random, random.int(30)));
      const covered = new Uint8Array(folded.length);
      let before = -1;
      scan(folded, (start, end) => {
        expect(start, `seed ${seed}`).toBeGreaterThan(before);
        expect(end).toBeGreaterThan(start);
        before = start;
        covered.fill(1, start, end);
      });
      for (const { 0: run, index } of folded.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
        expect(covered.subarray(index, index + run.length).includes(0), `seed ${seed}`).toBe(false);
      }
      expect(spans(folded).map(({ text }) => text)).toEqual(tokens(folded));
    }
  });

  it('are found in whatever holds them', () => {
    for (let seed = 1; seed <= 3_000; seed++) {
      const random = new SimRandom(seed, 'queries');
      const text = odd(random, 1 + random.int(12));
      const query = wordQuery(text, random.chance(0.5));
      if (query === undefined) continue;
      const all = tokens(fold(`${random.pick(['', 'before '])}${text}${random.pick(['', ' after'])}`));
      expect(indexOfWords(query, all), `seed ${seed}: ${JSON.stringify(text)}`).toBeGreaterThanOrEqual(0);
    }
  });

  it('fold so that what IMAP finds in a text is in the folded text', () => {
    let found = 0;
    for (let seed = 1; seed <= 20_000; seed++) {
      const random = new SimRandom(seed, 'fold');
      const text = odd(random, 1 + random.int(12));
      const cased = unicodeCasemap(text);
      const start = random.int(cased.length);
      const needle = random.chance(0.5)
        ? cased.slice(start, start + 1 + random.int(5))
        : odd(random, 1 + random.int(3));
      if (!new Needle(needle).in(text)) continue;
      found += 1;
      expect(fold(text), `seed ${seed}: ${JSON.stringify([text, needle])}`).toContain(fold(needle));
    }
    expect(found).toBeGreaterThan(3_000);
  });
});

describe('bent messages', () => {
  it('are indexed, and found as they are found by reading them', async () => {
    const world = await searchWorld();
    const inputs = Array.from({ length: 120 }, (_, n) => inputFrom(n + 1));
    const numbers = await world.file(...inputs);
    await world.index.update(OWNER, { least: 1 });
    const open = await world.opened();
    expect(open.size).toBe(numbers.length);
    const random = new SimRandom(5);
    for (let n = 0; n < 25; n++) {
      const from = Buffer.from(random.pick(inputs)).toString(random.chance(0.5) ? 'latin1' : 'utf8');
      const start = random.int(from.length);
      const text = from
        .slice(start, start + 1 + random.int(10))
        .replace(/[\r\n\0]/g, ' ')
        .toWellFormed();
      const query = wordQuery(text, random.chance(0.5));
      const words = query === undefined ? () => undefined : await open.words(query);
      const substring = text === '' ? () => undefined : await open.substring(text);
      for (const number of numbers) {
        const told = words(number);
        if (told !== undefined)
          expect(told, `${JSON.stringify(query)} in ${number}`).toBe(await readWords(world, number, query!));
        const said = substring(number);
        const where = said === true ? 'body' : 'text';
        if (said !== undefined)
          expect(said, `${JSON.stringify(text)} in ${number}`).toBe(await readText(world, number, text, where));
      }
    }
  });
});

describe('a damaged segment', () => {
  it('gives no wrong answer and no failure: it is left out of use, and built anew', async () => {
    let noticed = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const dice = new SimRandom(seed, 'damage');
      const world = await searchWorld(seed);
      const messages = Array.from({ length: 40 }, (_, n) => `Subject: n${n}\r\n\r\nevery word${n % 7} here\r\n`);
      const numbers = await world.file(...messages);
      await world.index.update(OWNER, { least: 1 });
      const { segments } = await readManifest(world.w.ports.records, OWNER);
      const at = dice.int(segments[0]!.bytes);
      const bit = 1 << dice.int(8);
      const cut = dice.int(4) === 0;
      const { blobs } = world.w.ports;
      const { index } = world.process({
        ...world.w.ports,
        blobs: withBlobs(blobs, {
          async get(name, range) {
            const bytes = (await blobs.get(name, range)).slice();
            if (name !== segments[0]!.blob) return bytes;
            const start = range?.start ?? 0;
            if (cut) return bytes.subarray(0, Math.max(0, at - start));
            if (at >= start && at < start + bytes.length) bytes[at - start]! ^= bit;
            return bytes;
          },
        }),
      });
      const open = await index.open(OWNER, { emails: 1_000 });
      for (const text of ['every', 'word3', 'n', 'here']) {
        const verdict = (await open?.words(wordQuery(text, false)!)) ?? (() => undefined);
        const holding = (await open?.substring(text)) ?? (() => undefined);
        for (const [n, number] of numbers.entries()) {
          const truth = text === 'word3' ? n % 7 === 3 : true;
          expect(verdict(number) ?? truth, `seed ${seed}`).toBe(truth);
          expect(holding(number) ?? truth, `seed ${seed}`).toBe(truth);
        }
      }
      if ((await readManifest(world.w.ports.records, OWNER)).segments.length === 1) continue;
      noticed += 1;
      await index.update(OWNER, { least: 1 });
      expect((await world.opened()).size, `seed ${seed}`).toBe(40);
      expect((await (await world.opened()).words(wordQuery('every', false)!))(numbers[0]!)).toBe(true);
      expect(await world.blobs()).not.toContain(segments[0]!.blob);
    }
    expect(noticed).toBeGreaterThan(40);
  });
});
