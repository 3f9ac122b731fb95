/** Files of mail: read as other programs write them, and written so that other programs read them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOf, type Place, placesIn, readMessage } from '../../frontend/src/data/mail-files/read-mbox.ts';
import { mboxEntry } from '../../frontend/src/data/mail-files/write-mbox.ts';
import { python } from '../support/python.ts';

const DATE = Date.UTC(2026, 10, 21, 19, 5, 9);
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const crlf = (text: string) => text.replaceAll('\n', '\r\n');

async function placesOf(file: Blob, from = 0): Promise<readonly Place[]> {
  const found: Place[] = [];
  for await (const place of placesIn(file, from)) found.push(place);
  return found;
}

async function read(text: string) {
  const file = new Blob([bytesOf(text)]);
  const places = await placesOf(file);
  return places.map(({ start, end, date }) => ({ ...readMessage(bytesOf(text.slice(start, end)), true), date }));
}

function entry(text: string, keywords: readonly string[] = [], sender: string | undefined = 'mary@example.net') {
  return textOf(mboxEntry(bytesOf(text), { date: DATE, sender, keywords }));
}

describe('reading', () => {
  it('finds messages behind empty lines, with the dates that mail programs write', async () => {
    const found = await read(
      'From mary@example.net Sat Nov 21 19:05:09 2026\nSubject: one\n\nfirst\n\n' +
        'From - Sat Nov  1 07:05:09 2025\nSubject: two\n\nsecond\nFrom here on it goes on\n\n' +
        'From 1795@xxx Thu Nov 10 21:14:11 +0000 2022\r\nSubject: three\r\n\r\nthird\r\n\r\n' +
        'From john Fri Dec 31 23:59:59 CET 1999 +0100\nSubject: four\n\nfourth\n\n' +
        'From nobody\nSubject: five\n\nFrom time to time.\n',
    );
    expect(found.map(({ subject, date }) => [subject, date])).toEqual([
      ['one', DATE],
      ['two', Date.UTC(2025, 10, 1, 7, 5, 9)],
      ['three', Date.UTC(2022, 10, 10, 21, 14, 11)],
      ['four', Date.UTC(1999, 11, 31, 22, 59, 59)],
      ['five', undefined],
    ]);
    expect(textOf(found[1]!.bytes)).toBe(crlf('Subject: two\n\nsecond\nFrom here on it goes on\n'));
    expect(textOf(found[4]!.bytes)).toBe(crlf('Subject: five\n\nFrom time to time.\n'));
  });

  it('takes the quotes of lines off, and the fields that belong to the file', async () => {
    const [one] = await read(
      'From a@example.com Sat Nov 21 19:05:09 2026\nMessage-ID: <1@machine.example>\nStatus: RO\nX-Status: AF\n' +
        'X-Keywords: $Forwarded   Work\n urgent\nX-UID: 7\nSubject: =?utf-8?q?x?=\n\n>From the start\n>>From it\n> From\n>Fro\n\n',
    );
    expect(textOf(one!.bytes)).toBe(
      crlf('Message-ID: <1@machine.example>\nSubject: =?utf-8?q?x?=\n\nFrom the start\n>From it\n> From\n>Fro\n'),
    );
    expect(one).toMatchObject({ messageId: '1@machine.example', isExpunged: false, isInternal: false });
    expect([...one!.keywords!].sort()).toEqual(['$answered', '$flagged', '$forwarded', '$seen', 'urgent', 'work']);
  });

  it('knows what Thunderbird keeps, and what it has taken out', async () => {
    const status = (bits: string) => `From - Sat Nov 21 19:05:09 2026\nX-Mozilla-Status: ${bits}\nSubject: x\n\nx\n\n`;
    const found = await read(status('0005') + status('0009') + status('0000'));
    expect(found.map(({ keywords, isExpunged }) => [keywords, isExpunged])).toEqual([
      [['$seen', '$flagged'], false],
      [['$seen'], true],
      [[], false],
    ]);
  });

  it('leaves out the note that a mail server keeps for itself, and nothing that only looks like it', async () => {
    const note = "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n";
    const from = 'From MAILER-DAEMON Sat Nov 21 19:05:09 2026\n';
    const found = await read(`${from}X-IMAP: 1 2\n${note}\nx\n\n${from}${note}\nx\n`);
    expect(found.map(({ isInternal }) => isInternal)).toEqual([true, false]);
  });

  it('says nothing of flags where the file does not, and reads a single message as it is', () => {
    const { bytes, keywords } = readMessage(bytesOf('Status: RO\nSubject: x\n\n>From here\n'), false);
    expect(keywords).toBeUndefined();
    expect(textOf(bytes)).toBe(crlf('Status: RO\nSubject: x\n\n>From here\n'));
  });

  it('tells files apart by how they begin', () => {
    expect(kindOf(bytesOf('From a Sat Nov 21 19:05:09 2026\n'))).toBe('mbox');
    expect(kindOf(bytesOf('\n\nFrom a Sat Nov 21 19:05:09 2026\n'))).toBe('mbox');
    expect(kindOf(bytesOf('From: a@example.com\n'))).toBe('message');
    expect(kindOf(bytesOf('\u00ef\u00bb\u00bfReceived: by x\n'))).toBe('message');
    expect(kindOf(bytesOf('PK\u0003\u0004'))).toBe('none');
    expect(kindOf(bytesOf(''))).toBe('none');
  });

  it('finds the same places however the slices fall, and from any of them on', async () => {
    const long = `x-${'y'.repeat(3 << 20)}`;
    const texts = Array.from({ length: 40 }, (_, index) =>
      entry(`Subject: ${index}\r\n\r\n${index % 13 === 5 ? long : 'z'.repeat(index * 3_000)}\r\n\r\nFrom a\r\n`),
    );
    const file = new Blob([bytesOf(texts.join(''))]);
    const places = await placesOf(file);
    let at = 0;
    expect(places.map((one) => one.at)).toEqual(
      texts.map((text) => {
        at += text.length;
        return at - text.length;
      }),
    );
    expect(await placesOf(file, places[17]!.at)).toEqual(places.slice(17));
  });
});

describe('writing', () => {
  it('quotes, and keeps date, sender and flags', () => {
    const text = 'Subject: x\r\nStatus: R\r\nContent-Length: 3\r\n\r\nFrom here\r\n>From there\r\nend';
    expect(entry(text, ['$seen', '$flagged', '$forwarded', 'work'])).toBe(
      'From mary@example.net Sat Nov 21 19:05:09 2026\nSubject: x\nStatus: RO\nX-Status: F\nX-Keywords: $forwarded work\n' +
        '\n>From here\n>>From there\nend\n\n',
    );
    expect(entry('Subject: x\r\n', [], 'a b\n@c')).toBe(
      'From ab@c Sat Nov 21 19:05:09 2026\nSubject: x\nStatus: O\n\n',
    );
    expect(entry('', [], '')).toBe('From MAILER-DAEMON Sat Nov 21 19:05:09 2026\nStatus: O\n\n');
  });
});

/** Lines that are hard on a reader. One that ends in CR cannot be told from another line end in a file whose line ends are LF. */
const line = fc.oneof(
  fc.constantFrom('', 'From ', '>From x', '>>From', 'From a Sat Nov 21 19:05:09 2026', 'Subject: y', ' x', '>', '\t'),
  fc.string({ maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, '')),
);
const message = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.nat(5))
  .map(
    ([lines, n]) =>
      `Subject: s${n}\r\nMessage-ID: <${n}@machine.example>\r\n\r\n${lines.map((one) => `${one}\r\n`).join('')}`,
  );
const keywords = fc.uniqueArray(fc.constantFrom('$seen', '$answered', '$flagged', '$draft', '$forwarded', 'work'));

describe('fuzzing', () => {
  it('reads back what it wrote, whatever the messages are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(message, keywords), { minLength: 1, maxLength: 5 }), async (all) => {
        const found = await read(all.map(([text, flags]) => entry(text, flags)).join(''));
        expect(found.map(({ bytes, keywords, date }) => [textOf(bytes), [...keywords!].sort(), date])).toEqual(
          all.map(([text, flags]) => [text, [...flags].sort(), DATE]),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('reads any bytes without failing, in places that follow each other and lie in the file', async () => {
    const bytes = fc.array(fc.oneof(line, fc.constantFrom('From a Sat Nov 21 19:05:09 2026', 'X: y')), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(bytes, fc.constantFrom('\n', '\r\n', '\r'), async (lines, end) => {
        const text = lines.join(end);
        let last = 0;
        for (const { at, start, end } of await placesOf(new Blob([bytesOf(text)]))) {
          expect(at).toBeGreaterThanOrEqual(last);
          expect(start).toBeGreaterThan(at);
          expect(end).toBeGreaterThanOrEqual(start);
          last = end;
          readMessage(bytesOf(text.slice(start, end)), true);
        }
        expect(last).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 300 },
    );
  });
});

it("reads what Python's mailbox writes, and Python reads what is written here", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mbox-'));
  try {
    const theirs = join(folder, 'theirs');
    await python(
      `
import mailbox, time
box = mailbox.mbox(given['path'])
one = mailbox.mboxMessage('Subject: one\\nMessage-ID: <1@machine.example>\\n\\nFrom here\\n\\nFrom there\\n')
one.set_flags('RAF')
one.set_from('mary@example.net', time.gmtime(${DATE / 1_000}))
box.add(one)
box.add('Subject: two\\n\\n')
box.flush()
`,
      { path: theirs },
    );
    const [one, two, ...rest] = await read(readFileSync(theirs, 'latin1'));
    expect(rest).toEqual([]);
    expect(textOf(one!.bytes)).toBe(crlf('Subject: one\nMessage-ID: <1@machine.example>\n\nFrom here\n\nFrom there\n'));
    expect([...one!.keywords!].sort()).toEqual(['$answered', '$flagged', '$seen']);
    expect(one!.date).toBe(DATE);
    expect(two).toMatchObject({ subject: 'two', keywords: undefined });

    const ours = join(folder, 'ours');
    const text = 'Subject: one\r\n\r\nFrom here\r\n\r\nFrom there\r\n';
    writeFileSync(ours, entry(text, ['$seen', '$flagged']) + entry('Subject: two\r\n\r\nsecond\r\n', []));
    const told = await python(
      `
import mailbox
box = mailbox.mbox(given['path'])
print(json.dumps([[one['subject'], one.get_flags(), one.get_from(), one.get_payload()] for one in box]))
`,
      { path: ours },
    );
    expect(JSON.parse(told)).toEqual([
      ['one', 'ROF', 'mary@example.net Sat Nov 21 19:05:09 2026', '>From here\n\n>From there\n'],
      ['two', 'O', 'mary@example.net Sat Nov 21 19:05:09 2026', 'second\n'],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
