import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataDecoder } from '../../mail/smtp/data.ts';
import { commandLine, pathAndParameters } from '../../mail/smtp/grammar.ts';
import { BadCommand } from '../../mail/smtp/replies.ts';
import { smtpRig } from '../support/smtp.ts';

const RUNS = Number(process.env.POSTERN_FUZZ_RUNS ?? 300);

/** Lines that get somewhere, and lines that are broken in every way. */
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'EHLO c',
      'HELO c',
      'MAIL FROM:<a@b.test>',
      'MAIL FROM:<>',
      'MAIL FROM:<alice@example.test> SIZE=10',
      'RCPT TO:<alice@example.test>',
      'RCPT TO:<list@example.test>',
      'RCPT TO:<nobody@example.test>',
      'RCPT TO:<far@elsewhere.test>',
      'RCPT TO:<carol@other.test>',
      'DATA',
      'RSET',
      'NOOP',
      'VRFY x',
      'HELP',
      'STARTTLS',
      'AUTH PLAIN',
      'AUTH LOGIN',
      'AUTH OAUTHBEARER biwsAWF1dGg9QmVhcmVyIHgBAQ==',
      'AUTH XOAUTH2 dXNlcj1hAWF1dGg9QmVhcmVyIHgBAQ==',
      `AUTH PLAIN ${Buffer.from('\0alice@example.test\0grün und lang').toString('base64')}`,
      '*',
      '.',
      '',
      'subject: x',
      '..',
      '.x',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('MAIL FROM:', 'RCPT TO:', 'EHLO ')
      .chain((verb) => fc.string({ maxLength: 60 }).map((rest) => verb + rest)),
  },
  { weight: 1, arbitrary: fc.nat(20_000).map((length) => 'x'.repeat(length)) },
);
const end = fc.oneof(
  { weight: 20, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '', '\r\r\n', '\0') },
);
const stream = fc
  .array(fc.tuple(line, end), { maxLength: 40 })
  .map((lines) => Buffer.from(lines.map(([text, stop]) => text + stop).join(''), 'utf8'));

/** What the server says and takes when the stream comes in chunks of `size`. */
async function run(bytes: Buffer, size: number, submission: boolean) {
  const rig = smtpRig({
    startTls: false,
    limits: () => ({ size: 3000, recipients: 3 }),
    ...(submission ? { profile: 'submission', loopbackOnly: true } : {}),
  });
  rig.client.sendChunked(bytes, size);
  rig.client.end();
  await rig.done.catch((error: Error) => {
    if (error.name !== 'WireClosed') throw error;
  });
  return {
    said: rig.client.received.toString('latin1'),
    taken: rig.taken.map(({ mail, bytes }) => ({ groups: mail.groups, text: bytes.toString('latin1') })),
  };
}

describe('the server', () => {
  it.each([false, true])(
    'says the same however a stream is cut, and ends with it (submission: %s)',
    (submission) =>
      fc.assert(
        fc.asyncProperty(stream, fc.integer({ min: 1, max: 50 }), async (bytes, size) => {
          const whole = await run(bytes, Math.max(1, bytes.length), submission);
          expect(await run(bytes, size, submission)).toEqual(whole);
          for (const reply of whole.said.split('\r\n').slice(0, -1)) expect(reply).toMatch(/^[2-5][0-9][0-9][- ]/);
          expect(whole.said.match(/^250 2\.0\.0 Ok: queued/gm) ?? []).toHaveLength(whole.taken.length);
        }),
        { numRuns: RUNS },
      ),
    120_000,
  );
});

describe('the grammar', () => {
  it('takes a line apart or refuses it, and never throws anything else', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string()),
        fc.constantFrom('FROM:' as const, 'TO:' as const),
        (text, keyword) => {
          try {
            const { rest } = commandLine(`X ${keyword}${text}`);
            const path = pathAndParameters(rest, keyword, 'bad', 'bad');
            expect(path.address === '' || path.address === 'postmaster' || path.address.includes('@')).toBe(true);
            expect(path.address).not.toMatch(/[\r\n\0<>]/);
          } catch (error) {
            expect(error).toBeInstanceOf(BadCommand);
          }
        },
      ),
      { numRuns: RUNS * 10 },
    );
  });
});

/** The rule itself, without a state machine: split at CRLF.CRLF, take the stuffing off each CRLF line. */
function reference(text: string): { readonly body: string; readonly rest: string; readonly bare: boolean } | undefined {
  const at = `\r\n${text}`.indexOf('\r\n.\r\n');
  if (at < 0) return undefined;
  const stuffed = text.slice(0, at);
  return {
    body: stuffed
      .split('\r\n')
      .map((one) => (one.startsWith('.') ? one.slice(1) : one))
      .join('\r\n'),
    rest: text.slice(at + 3),
    bare: /(?<!\r)\n|\r(?!\n)/.test(stuffed),
  };
}

describe('the decoder', () => {
  const data = fc
    .array(
      fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom('\r\n', '.', '\r', '\n', 'a', '\r\n.\r\n', '\0') },
        fc.string({ maxLength: 5 }),
      ),
      { maxLength: 40 },
    )
    .map((parts) => Buffer.from(parts.join('')).toString('latin1'));

  it('finds the end and the text as the rule says, however it is cut', () => {
    fc.assert(
      fc.property(data, fc.integer({ min: 1, max: 9 }), (text, size) => {
        const bytes = Buffer.from(text, 'latin1');
        const decoder = new DataDecoder();
        const pieces: Buffer[] = [];
        let at = 0;
        while (at < bytes.length && !decoder.done) {
          at += decoder.push(bytes.subarray(at, at + size), (piece) => pieces.push(piece));
        }
        const expected = reference(text);
        expect(decoder.done).toBe(expected !== undefined);
        if (expected === undefined) return;
        expect(bytes.toString('latin1', at)).toBe(expected.rest);
        expect(decoder.bare).toBe(expected.bare);
        if (!expected.bare) expect(Buffer.concat(pieces).toString('latin1')).toBe(expected.body);
      }),
      { numRuns: RUNS * 30 },
    );
  });
});
