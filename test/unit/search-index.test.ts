import { describe, expect, it } from 'vitest';
import { FIELDS, type Field } from '../../mail/search/text.ts';
import { type WordQuery, wordQuery } from '../../mail/search/words.ts';
import { OWNER, readText, readWords, type SearchWorld, searchWorld } from '../support/search.ts';
import { SimRandom } from '../support/simrandom.ts';

const STEMS =
  'report meeting budget café Müller straße naïve Ελλάδα πόλις отчёт שלום مدرسة 東京都 会議 がっこう 한국어 ไทย İstanbul fiﬁ re-send x1 2024-11-21 1,234.56 a b'.split(
    ' ',
  );
const CHARSETS = ['utf-8', 'iso-8859-1', 'us-ascii', 'shift_jis', 'gb2312', 'x-unknown', ''];

function word(random: SimRandom): string {
  const stem = random.pick(STEMS);
  return random.chance(0.3) ? stem + random.pick(['s', 'ing', 'Ä', '́', '-', '_x', '語']) : stem;
}

function sentence(random: SimRandom, length: number): string {
  return Array.from({ length }, () => word(random)).join(random.pick([' ', ' ', ', ', '\r\n', '']));
}

function encoded(random: SimRandom, text: string): readonly [encoding: string, body: string] {
  const bytes = Buffer.from(text);
  if (random.chance(0.3)) return ['base64', bytes.toString('base64').replace(/.{60}/g, '$&\r\n')];
  if (random.chance(0.3)) {
    const quoted = Array.from(bytes, (byte) =>
      byte < 33 || byte > 126 || byte === 61
        ? `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte),
    );
    return ['quoted-printable', quoted.join('').replace(/(?:=..|[^=]){60}/g, '$&=\r\n')];
  }
  return ['8bit', bytes.toString('latin1')];
}

function part(random: SimRandom): string {
  const type = random.pick(['text/plain', 'text/plain', 'text/html', 'text/csv', 'application/json', 'message/rfc822']);
  const text = sentence(random, 1 + random.int(12));
  if (type === 'message/rfc822') return `Content-Type: ${type}\r\n\r\nSubject: ${word(random)}\r\n\r\n${text}\r\n`;
  const shown =
    type === 'text/html' ? `<p title="${word(random)}">${text.replace(' ', '<b>')}</b>&eacute;<i>x</i></p>` : text;
  const [encoding, body] = encoded(random, shown);
  const name = random.chance(0.3) ? `; name="${word(random)}.txt"` : '';
  return `Content-Type: ${type}; charset=${random.pick(CHARSETS)}${name}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`;
}

const latin1 = (text: string) => Buffer.from(text).toString('latin1');

function compose(random: SimRandom): string {
  const subject = sentence(random, 1 + random.int(3)).replace(/[\r\n]+/g, ' ');
  const head = [
    `From: ${latin1(word(random)).replace(/[,;]/g, '')} <${random.pick(['ann.lee', 'bob'])}@${random.pick(['example.com', 'mail.example.org'])}>`,
    `To: <${random.pick(['ann', 'zoe+x'])}@example.com>`,
    `Subject: ${random.chance(0.5) ? `=?utf-8?B?${Buffer.from(subject).toString('base64')}?=` : latin1(subject)}`,
    `X-Folded: ${latin1(word(random))}\r\n ${latin1(word(random))}`,
  ];
  if (random.chance(0.4)) return `${head.join('\r\n')}\r\n${part(random)}`;
  const parts = Array.from({ length: 1 + random.int(3) }, () => part(random));
  return `${head.join('\r\n')}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${parts.map((one) => `--b\r\n${one}`).join('')}--b--\r\n`;
}

/** A stretch of what a message holds, or something else. */
function needle(random: SimRandom, messages: readonly string[]): string {
  if (random.chance(0.3)) return word(random).slice(random.int(3));
  const text = random.chance(0.5) ? sentence(random, 3) : Buffer.from(random.pick(messages), 'latin1').toString();
  const start = random.int(text.length);
  return text
    .slice(start, start + 1 + random.int(12))
    .replace(/[\r\n]+/g, ' ')
    .toWellFormed();
}

async function filled(
  seed: number,
  count: number,
): Promise<{ world: SearchWorld; numbers: number[]; messages: string[] }> {
  const random = new SimRandom(seed);
  const world = await searchWorld(seed);
  const messages = Array.from({ length: count }, () => compose(random));
  const numbers = await world.file(...messages);
  while (await world.index.update(OWNER, { least: 1 }));
  return { world, numbers, messages };
}

describe('what the index says is what the messages say', () => {
  it('of words, side by side, in each field', async () => {
    let said = 0;
    let found = 0;
    for (let seed = 1; seed <= 4; seed++) {
      const { world, numbers, messages } = await filled(seed, 60);
      const random = new SimRandom(seed, 'queries');
      const open = await world.opened();
      for (let n = 0; n < 60; n++) {
        const query = wordQuery(random.chance(0.5) ? word(random) : needle(random, messages), random.chance(0.4));
        if (query === undefined) continue;
        const fields: readonly Field[] = random.chance(0.5) ? FIELDS : [random.pick(FIELDS)];
        const verdict = await open.words(query, fields);
        for (const number of numbers) {
          const told = verdict(number);
          if (told === undefined) continue;
          said += 1;
          if (told) found += 1;
          expect(told, `seed ${seed}: ${JSON.stringify(query)} in ${fields} of ${number}`).toBe(
            await readWords(world, number, query, fields),
          );
        }
      }
    }
    expect(said).toBeGreaterThan(10_000);
    expect(found).toBeGreaterThan(500);
  });

  it('of any text, as IMAP compares', async () => {
    const counts = { ruledOut: 0, ruledIn: 0, open: 0 };
    for (let seed = 11; seed <= 14; seed++) {
      const { world, numbers, messages } = await filled(seed, 60);
      const random = new SimRandom(seed, 'needles');
      const open = await world.opened();
      for (let n = 0; n < 80; n++) {
        const text = needle(random, messages);
        if (text === '') continue;
        const verdict = await open.substring(text);
        for (const number of numbers) {
          const told = verdict(number);
          if (told === undefined) counts.open += 1;
          else if (told) counts.ruledIn += 1;
          else counts.ruledOut += 1;
          const where = told === true ? 'body' : 'text';
          if (told !== undefined) {
            expect(told, `seed ${seed}: ${JSON.stringify(text)} in ${number}`).toBe(
              await readText(world, number, text, where),
            );
          }
        }
      }
    }
    expect(counts.ruledOut).toBeGreaterThan(counts.open);
    expect(counts.ruledIn).toBeGreaterThan(50);
  });
});

describe('words of a message', () => {
  const query = (text: string, quoted = false): WordQuery => wordQuery(text, quoted)!;

  async function one(message: string | Uint8Array) {
    const world = await searchWorld();
    const [number] = await world.file(message);
    await world.index.update(OWNER, { least: 1 });
    const open = await world.opened();
    return async (text: string, quoted = false, fields?: readonly Field[]) =>
      (await open.words(query(text, quoted), fields))(number!);
  }

  it('are found without regard to case, diacritics and width', async () => {
    const finds = await one(
      Buffer.from(
        'Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nCafé ＦＵＬＬ Straße Øre Ελλάς naïve\r\n',
      ),
    );
    for (const text of ['cafe', 'CAFÉ', 'full', 'strasse', 'STRASSE', 'ore', 'ΕΛΛΆΣ', 'naive'])
      expect(await finds(text), text).toBe(true);
    expect(await finds('caff')).toBe(false);
  });

  it('are found by their beginning, and in quotes only whole', async () => {
    const finds = await one('Subject: Quarterly reports\r\n\r\nThe reporting line.\r\n');
    expect(await finds('report')).toBe(true);
    expect(await finds('report', true)).toBe(false);
    expect(await finds('reports', true)).toBe(true);
    expect(await finds('port')).toBe(false);
    expect(await finds('reporting', false, ['subject'])).toBe(false);
    expect(await finds('reporting', false, ['body'])).toBe(true);
  });

  it('are found in scripts without spaces from any character on', async () => {
    const finds = await one(Buffer.from('Content-Type: text/plain; charset=utf-8\r\n\r\n東京都庁で会議\r\n'));
    for (const text of ['東京', '京都', '都', '議']) expect(await finds(text), text).toBe(true);
    expect(await finds('京東')).toBe(false);
    // More than two: whether they stand side by side the message tells.
    expect(await finds('東京都庁')).toBeUndefined();
  });

  it('are those of an address, which is found whole too', async () => {
    const finds = await one('From: Ann <ann.lee@mail.example.org>\r\n\r\nx\r\n');
    expect(await finds('ann.lee@mail.example.org', false, ['from'])).toBe(true);
    expect(await finds('ann.lee@mail.exa', false, ['from'])).toBe(true);
    expect(await finds('lee', false, ['from'])).toBe(true);
    expect(await finds('lee', false, ['to'])).toBe(false);
    expect(await finds('lee@mail.example.org', false, ['from'])).toBeUndefined();
  });

  it('are those that HTML shows, and says in place of images; and those of attachments that are text, and names', async () => {
    const finds = await one(
      [
        'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n',
        '<head><style>hidden</style></head><p class="markup">sh<b>own</b> <img alt="a picture"></p>\r\n',
        '--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename="figures.csv"\r\n\r\nseven,eight\r\n--b--\r\n',
      ].join(''),
    );
    for (const text of ['shown', 'picture', 'eight', 'figures']) expect(await finds(text), text).toBe(true);
    for (const text of ['hidden', 'markup', 'filename']) expect(await finds(text), text).toBe(false);
  });

  it('are bounded, whatever a message holds', async () => {
    const long = 'x'.repeat(1_000_000);
    const many = Array.from({ length: 300_000 }, (_, n) => n.toString(36)).join(' ');
    const world = await searchWorld();
    const numbers = await world.file(`\r\n${long}\r\n`, `\r\n${many}\r\n`, `Subject: ${long}\r\n\r\nlast\r\n`);
    await world.index.update(OWNER, { least: 1 });
    const open = await world.opened();
    for (const text of [long, long.slice(0, 64), 'zz', 'last']) {
      const asked = query(text);
      const verdict = await open.words(asked);
      for (const number of numbers)
        expect(verdict(number) ?? (await readWords(world, number, asked))).toBe(await readWords(world, number, asked));
    }
    for (const text of [long.slice(0, 900), 'x'.repeat(70), '2zz', 'abcdef']) {
      const verdict = await open.substring(text);
      for (const number of numbers) {
        const truth = await readText(world, number, text, 'text');
        expect(verdict(number) ?? truth, text.slice(0, 10)).toBe(truth);
      }
    }
  });
});
