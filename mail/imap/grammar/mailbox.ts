import { canonicalName } from '../../account/names.ts';
import { Bad, No } from '../errors.ts';
import { type Parser, quote } from './parser.ts';
import { decodeUtf7, encodeUtf7 } from './utf7.ts';

export const DELIMITER = '/';

/** A mailbox name as Unicode (NFC), INBOX in capitals; also as the first level (RFC 3501 section 5.1). */
export function mailboxName(parser: Parser): string {
  return canonicalName(decode(parser.astring('a mailbox name')));
}

/** A list pattern as Unicode, wildcards kept. */
export function mailboxPattern(parser: Parser): string {
  return decode(parser.listString('a mailbox name with wildcards'));
}

/** A name as it goes on the wire, quoted. */
export function wireName(name: string): string {
  return quote(encodeUtf7(name));
}

function decode(bytes: string): string {
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
