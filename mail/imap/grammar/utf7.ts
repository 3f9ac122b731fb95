/**
 * Modified UTF-7, in which IMAP4rev1 writes mailbox names (RFC 3501 section 5.1.3): printable ASCII stands for itself, "&" is
 * written "&-", all else is UTF-16BE in a base64 with "," for "/" and no padding, between "&" and "-".
 */

export function encodeUtf7(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-';
    const utf16 = Buffer.from(run, 'utf16le').swap16();
    return `&${utf16.toString('base64').replace(/=+$/, '').replaceAll('/', ',')}-`;
  });
}

/** Undefined when it is not modified UTF-7: 8-bit or control characters, a broken or needless shift, half a surrogate pair. */
export function decodeUtf7(text: string): string | undefined {
  if (/[^\x20-\x7e]/.test(text)) return undefined;
  let valid = true;
  const name = text.replace(/&([^-]*)(-?)/g, (_, base64: string, end: string) => {
    if (end === '' || !/^[A-Za-z0-9+,]*$/.test(base64)) valid = false;
    if (base64 === '') return '&';
    const bytes = Buffer.from(base64.replaceAll(',', '/'), 'base64');
    if (!valid || bytes.length % 2 !== 0) {
      valid = false;
      return '';
    }
    return bytes.swap16().toString('utf16le');
  });
  // One name has one spelling: whatever would not be written so again is not taken (RFC 3501: "MUST NOT be used to
  // represent any printing US-ASCII character", no superfluous shifts).
  return valid && name.isWellFormed() && encodeUtf7(name) === text ? name : undefined;
}
