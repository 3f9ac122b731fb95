import { describe, expect, it } from 'vitest';
import { countDecoded, type EncodedRange, sizeFromTail } from '../../mail/jmap/blob/part-size.ts';
import { messageObject } from '../../mail/jmap/email/object.ts';
import { EMAIL_PROPERTIES, wantedOf } from '../../mail/jmap/email/properties.ts';
import { memorySource } from '../../mail/jmap/email/source.ts';
import { cut } from '../../mail/jmap/email/values.ts';
import { headerValues, indexMessage, summarize } from '../../mail/message/index.ts';
import { LEAF } from '../../mail/message/summary.ts';
import { decodeTransfer } from '../../mail/message/transfer.ts';
import { Dice } from './messages.ts';
import { inputFrom } from './structure.ts';

/** What a property of a list is identical with (RFC 8621 section 4.1.3), where the header has the field once. */
const SAME: readonly (readonly [property: string, header: string])[] = [
  ['from', 'header:From:asAddresses'],
  ['to', 'header:To:asAddresses'],
  ['cc', 'header:Cc:asAddresses'],
  ['bcc', 'header:Bcc:asAddresses'],
  ['subject', 'header:Subject:asText'],
  ['sentAt', 'header:Date:asDate'],
  ['messageId', 'header:Message-ID:asMessageIds'],
  ['inReplyTo', 'header:In-Reply-To:asMessageIds'],
];

const PARTS = ['partId', 'blobId', 'size', 'headers', 'name', 'type', 'charset', 'disposition', 'cid', 'subParts'];

describe('emails under fuzz', () => {
  it('say of 1,500 bent messages what they can, and the same in a list as by header', async () => {
    for (let seed = 1; seed <= 1_500; seed++) {
      const bytes = inputFrom(seed);
      const properties = new Set([...EMAIL_PROPERTIES, ...SAME.map(([, header]) => header)]);
      const wanted = wantedOf(properties, { bodyProperties: PARTS, fetchAllBodyValues: true });
      const summary = summarize(indexMessage(bytes));
      const email = await messageObject({ blobId: 'm1', summary, source: memorySource(bytes) }, wanted);
      const json = JSON.stringify(email);
      expect(json.isWellFormed(), `seed ${seed}`).toBe(true);
      for (const [property, header] of SAME) {
        const name = header.split(':')[1]!;
        const [value, ...more] = headerValues(bytes.subarray(0, summary.headerEnd), name);
        // Of an address list without an address, ENVELOPE says as little as of none; a NUL it cannot hold.
        if (value === undefined || more.length > 0 || value.includes('\0') || JSON.stringify(email[header]) === '[]')
          continue;
        expect(email[property], `seed ${seed}: ${property}`).toEqual(email[header]);
      }
    }
  }, 30_000);

  it('count what is decoded, however it comes', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const dice = new Dice(seed);
      const bytes = inputFrom(seed);
      const ranges = summarize(indexMessage(bytes))
        .parts.filter(([kind]) => kind === LEAF)
        .map(([, , start, end, encoding]): EncodedRange => ({ start, end, encoding }));
      async function* pieces() {
        for (let at = 0, next = 0; at < bytes.length; at = next) {
          next = at + 1 + dice.below(60);
          yield bytes.subarray(at, next);
        }
      }
      const expected = ranges.map(
        ({ start, end, encoding }) => decodeTransfer(bytes.subarray(start, end), encoding).length,
      );
      expect(await countDecoded(ranges, pieces(), 0), `seed ${seed}`).toEqual(expected);
    }
  });

  it('tell the size of base64 by its end, or say that they cannot', () => {
    let told = 0;
    for (let seed = 1; seed <= 2_000; seed++) {
      const dice = new Dice(seed);
      const plain = Buffer.alloc(700 + dice.below(3_000), seed);
      const width = dice.pick([4, 19, 60, 64, 72, 76]);
      const end = dice.pick(['\r\n', '\n']);
      let text = plain.toString('base64').replace(new RegExp(`.{${width}}`, 'g'), `$&${end}`);
      if (dice.chance(0.5)) text = text.trimEnd();
      const size = sizeFromTail(text.length, Buffer.from(text).subarray(-512));
      if (size === undefined) continue;
      told++;
      expect(size, `seed ${seed}`).toBe(plain.length);
    }
    expect(told).toBeGreaterThan(1_500);
    expect(sizeFromTail(5000, Buffer.from('x'.repeat(512)))).toBeUndefined();
    expect(sizeFromTail(5000, Buffer.from('\r\n'.repeat(256)))).toBeUndefined();
  });

  it('cut text at every length into text that is shorter, whole characters, and HTML outside of tags', () => {
    const html = 'a<p title="ä > €">😀 &amp; <!-- > --> b</p> c < d <br/>e';
    for (let limit = 0; limit <= Buffer.byteLength(html) + 2; limit++) {
      const plain = cut(html, limit, false);
      expect(html.startsWith(plain) && plain.isWellFormed()).toBe(true);
      expect(Buffer.byteLength(plain)).toBeLessThanOrEqual(limit);
      expect(Buffer.byteLength(plain)).toBeGreaterThan(Math.min(limit, Buffer.byteLength(html)) - 4);
      const outside = cut(html, limit, true);
      expect(plain.startsWith(outside)).toBe(true);
      expect(outside.replace(/<p title="ä > €">|<br\/>|<!-- > -->|<\/p>/g, '')).not.toMatch(/<[a-z!/]|<$/);
    }
  });
});
