import { BASE64, type EncodingCode, IDENTITY, QUOTED_PRINTABLE, UNKNOWN_ENCODING } from './summary.ts';

/** The code of a Content-Transfer-Encoding value (RFC 2045 6.1); case and comments around it do not matter to callers, who pass the bare token. */
export function encodingCode(token: string): EncodingCode {
  switch (token.toLowerCase()) {
    case '':
    case '7bit':
    case '8bit':
    case 'binary':
      return IDENTITY;
    case 'base64':
      return BASE64;
    case 'quoted-printable':
      return QUOTED_PRINTABLE;
    default:
      return UNKNOWN_ENCODING;
  }
}

/**
 * Undoes a transfer encoding over a whole body or the beginning of one. Lenient as RFC 2045 6.7 and 6.8 ask: bytes
 * outside the base64 alphabet are skipped, a wrong `=` sequence stays as it is. Identity and unknown encodings return
 * the bytes as they are. Never throws.
 */
export function decodeTransfer(body: Uint8Array, encoding: EncodingCode): Uint8Array {
  if (encoding === BASE64) return decodeBase64(body);
  if (encoding === QUOTED_PRINTABLE) return decodeQuotedPrintable(body);
  return body;
}

const B64 = new Int8Array(256).fill(-1);
for (let i = 0; i < 64; i++) {
  B64['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.charCodeAt(i)] = i;
}

// Not Buffer's own decoder: that stops at the first padding, and concatenated base64 blocks occur in mail.
function decodeBase64(body: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.floor((body.length * 3) / 4) + 3);
  let length = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!;
    const value = B64[byte]!;
    if (value >= 0) {
      bits = ((bits << 6) | value) & 0xffffff;
      held += 6;
      if (held >= 8) {
        held -= 8;
        out[length++] = (bits >> held) & 0xff;
      }
    } else if (byte === 0x3d) {
      held = 0;
    }
  }
  return out.subarray(0, length);
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function decodeQuotedPrintable(body: Uint8Array): Uint8Array {
  const out = new Uint8Array(body.length);
  let length = 0;
  // Where the output stands without the white space at the end of the line so far, which transport may have added
  // (RFC 2045 6.7 rule 3).
  let solid = 0;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!;
    if (byte === 0x20 || byte === 0x09) {
      out[length++] = byte;
      continue;
    }
    if (byte === 0x0a || (byte === 0x0d && body[i + 1] === 0x0a)) {
      length = solid;
      out[length++] = byte;
      if (byte === 0x0d) out[length++] = body[++i]!;
    } else if (byte === 0x3d) {
      const after = softBreak(body, i + 1);
      const high = hexValue(body[i + 1]);
      const low = hexValue(body[i + 2]);
      if (after > 0) i = after - 1;
      else if (high >= 0 && low >= 0) {
        out[length++] = (high << 4) | low;
        i += 2;
      } else out[length++] = byte;
    } else {
      out[length++] = byte;
    }
    solid = length;
  }
  return out.subarray(0, length);
}

/** Where the line after a soft line break begins, or -1 where `=` does not begin one. Looks at most 80 bytes ahead, so that time stays linear. */
function softBreak(body: Uint8Array, from: number): number {
  const limit = Math.min(body.length, from + 80);
  for (let i = from; i < limit; i++) {
    const byte = body[i];
    if (byte === 0x0a) return i + 1;
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return -1;
  }
  return limit === body.length ? limit : -1;
}
