import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BASE64, type EncodingCode, IDENTITY, QUOTED_PRINTABLE } from '../../mail/message/summary.ts';
import { decodeTransfer } from '../../mail/message/transfer.ts';
import { TransferDecoder } from '../../mail/message/transfer-stream.ts';

function decoded(bytes: Uint8Array, cuts: readonly number[], encoding: EncodingCode): Buffer {
  const decoder = new TransferDecoder(encoding);
  const out: Uint8Array[] = [];
  let at = 0;
  for (const cut of [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    out.push(Buffer.from(decoder.push(bytes.subarray(at, cut))));
    at = Math.max(at, cut);
  }
  return Buffer.concat([...out, decoder.end()]);
}

const char = fc.constantFrom(...'ABCDabcd0189+/=_- \t\r\n!é=\n='.split(''));

test.each([
  ['base64', BASE64],
  ['quoted-printable', QUOTED_PRINTABLE],
  ['nothing', IDENTITY],
] as const)('decodes %s in any chunks to what it is whole', (_, encoding) => {
  fc.assert(
    fc.property(fc.array(char, { maxLength: 200 }), fc.array(fc.nat(300), { maxLength: 6 }), (chars, cuts) => {
      const bytes = Buffer.from(chars.join(''), 'latin1');
      expect(decoded(bytes, cuts, encoding)).toEqual(Buffer.from(decodeTransfer(bytes, encoding)));
    }),
  );
});

test('decodes a line without an end to the same, whatever the chunks', () => {
  const bytes = Buffer.alloc(300_000, 'a=3D b ');
  const whole = decoded(bytes, [], QUOTED_PRINTABLE);
  expect(decoded(bytes, [1, 65_536, 65_537, 200_000], QUOTED_PRINTABLE)).toEqual(whole);
});
