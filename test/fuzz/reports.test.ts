import { describe, expect, it } from 'vitest';
import { readMdn } from '../../mail/jmap/mdn/read.ts';
import { answering } from '../../mail/vacation/rules.ts';
import { lines } from '../support/jmap.ts';
import { Dice } from './messages.ts';
import { inputFrom } from './structure.ts';

const REPORT = lines(
  'Content-Type: multipart/report; report-type=disposition-notification; boundary=b',
  'Subject: Read',
  'To: alice@example.test',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Seen.',
  '--b',
  'Content-Type: message/disposition-notification',
  '',
  'Final-Recipient: rfc822; joe@example.com',
  'Original-Message-ID: <m1@example.com>',
  'Disposition: manual-action/MDN-sent-manually; displayed',
  'X-More: =?utf-8?q?=00=FF?=',
  '--b--',
);

/** A report, bent: bytes changed, cut out, doubled. */
function bent(seed: number): Uint8Array {
  const dice = new Dice(seed);
  let bytes = Buffer.from(REPORT);
  for (let i = dice.below(5); i >= 0; i--) {
    const [a, b] = [dice.below(bytes.length), dice.below(bytes.length)].sort((x, y) => x - y) as [number, number];
    if (dice.chance(0.6)) bytes[a] = dice.below(256);
    else if (dice.chance(0.5) && b - a < 40) bytes = Buffer.concat([bytes.subarray(0, a), bytes.subarray(b)]);
    else bytes = Buffer.concat([bytes.subarray(0, b), bytes.subarray(a, Math.min(b, a + 60)), bytes.subarray(b)]);
  }
  return bytes;
}

describe('what strangers send, under fuzz', () => {
  it('is read as a notification or not, and what is read is JSON', async () => {
    let read = 0;
    for (let seed = 1; seed <= 3_000; seed++) {
      for (const bytes of [bent(seed), ...(seed % 6 === 0 ? [inputFrom(seed)] : [])]) {
        const mdn = await readMdn(bytes);
        if (mdn !== undefined) read++;
        expect(JSON.stringify(mdn ?? null).isWellFormed(), `seed ${seed}`).toBe(true);
      }
    }
    expect(read).toBeGreaterThan(300);
    expect(read).toBeLessThan(3_000);
  });

  it('is answered by nobody or by somebody whose address it names', () => {
    const authors = [{ name: '', email: 'alice@example.test' }];
    for (let seed = 1; seed <= 3_000; seed++) {
      const header = seed % 2 === 0 ? inputFrom(seed) : bent(seed);
      const author = answering({ from: 'joe@example.com', header }, authors);
      if (author === undefined) continue;
      expect(Buffer.from(header).toString('latin1').toLowerCase(), `seed ${seed}`).toContain('alice');
    }
  });
});
