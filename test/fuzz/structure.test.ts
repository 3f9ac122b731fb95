import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexMessage, MessageIndexer, summarize } from '../../mail/message/index.ts';
import { Dice } from './messages.ts';
import { ADVERSARIES, checkIndex, comparable, fuzz, indexInPieces, nest, timeOf } from './structure.ts';

describe('the structure index under fuzz', () => {
  it('holds for 20,000 bent messages', () => {
    fuzz(20_000, 1);
  }, 60_000);

  it('holds for bytes of no kind at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const input = Buffer.from(bytes);
        const index = indexMessage(input);
        checkIndex(index, input);
        summarize(index);
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not depend on how the bytes are cut', () => {
    const text = `Subject: x\r\n y\r\nContent-Type: multipart/mixed;\r\n boundary=ab\r\n\r\npre\r\n--ab\r\n\r\none\r\n--ab\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=abc\r\n\r\n--abc\r\n\r\ndeep\r\n--abc--\r\n--ab--\r\nepilogue`;
    const input = Buffer.from(text);
    const whole = comparable(indexMessage(input));
    for (let cut = 0; cut <= input.length; cut++) {
      const indexer = new MessageIndexer();
      indexer.push(input.subarray(0, cut));
      indexer.push(input.subarray(cut));
      expect(comparable(indexer.finish()), `cut at ${cut}`).toBe(whole);
    }
    for (let seed = 0; seed < 20; seed++) expect(comparable(indexInPieces(input, new Dice(seed)))).toBe(whole);
  });

  it.each([1_000, 100_000])('takes multiparts and messages nested %i deep', (depth) => {
    for (const text of [nest(depth), 'Content-Type: message/rfc822\r\n\r\n'.repeat(depth)]) {
      const input = Buffer.from(text);
      const index = indexMessage(input);
      checkIndex(index, input);
      expect(index.partCount).toBe(100);
      const summary = summarize(index);
      expect(summary.bodystructure).toContain('"application" "octet-stream"');
    }
  });

  // Eight times the bytes may take eight times as long; a quadratic step would take 64 times. The floor keeps noise out.
  it.each(Object.entries(ADVERSARIES))('is linear for %s', (_, make) => {
    const small = Math.max(timeOf(make(60_000)), 1);
    const large = timeOf(make(480_000));
    expect(large).toBeLessThan(small * 32);
  });
});
