import { canonicalName } from '../../account/names.ts';
import { Bad, No } from '../errors.ts';
import { type Parser, quote, quoteUtf8, utf8 } from './parser.ts';
import { decodeUtf7, encodeUtf7 } from './utf7.ts';

export const DELIMITER = '/';

/** A mailbox name as Unicode (NFC), INBOX in capitals; also as the first level (RFC 3501 section 5.1). */
export function mailboxName(parser: Parser): string {
  return canonicalName(decode(parser.astring('a mailbox name'), parser));
}

/** A list pattern as Unicode, wildcards kept. */
export function mailboxPattern(parser: Parser): string {
  return decode(parser.listString('a mailbox name with wildcards'), parser);
}

/** A name as it goes on the wire, quoted: in UTF-8 to a client that has switched it on, else in modified UTF-7. */
export function wireName(name: string, inUtf8: boolean): string {
  return inUtf8 ? quoteUtf8(name) : quote(encodeUtf7(name));
}

function decode(bytes: string, { utf8Names }: Parser): string {
  if (utf8Names) {
    const text = utf8(bytes);
    // RFC 9051 section 5.1: what is not Net-Unicode may be refused; then no name has two spellings.
    if (text !== text.normalize('NFC')) throw new No('CANNOT', 'Mailbox names are in Unicode Normalization Form C');
    if (/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text))
      throw new Bad('Expected a mailbox name without control characters');
    return text;
  }
  const name = decodeUtf7(bytes);
  if (name === undefined) throw new Bad('Expected a mailbox name in modified UTF-7 (RFC 3501 section 5.1.3)');
  return name.normalize('NFC');
}

/**
 * Refuses a name that no LIST pattern could name alone. All else that a name must not be is the account's to say.
 */
export function checkNewName(name: string): void {
  if (/[%*]/.test(name)) throw new No('CANNOT', 'A mailbox name must not contain % or *, which are wildcards');
}
