import { isAddress, parseRecipients } from './addresses.ts';
import type { Address } from './types.ts';

export interface Mailto {
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly subject: string;
  readonly body: string;
}

/**
 * What a link asks to be written (RFC 6068): recipients, subject and text, and nothing else, least of all files. Undefined for what is no
 * such link, and where a field of the header has a line break, which would begin another field.
 */
export function parseMailto(link: string): Mailto | undefined {
  const [, path = '', query = ''] = /^mailto:([^?]*)(?:\?(.*))?$/is.exec(link.trim()) ?? [];
  if (!/^mailto:/i.test(link.trim())) return undefined;
  const found = { to: decode(path), cc: '', bcc: '', subject: '', body: '' };
  for (const pair of query.split('#')[0]!.split('&')) {
    const [name = '', ...rest] = pair.split('=');
    const key = decode(name).toLowerCase();
    const value = decode(rest.join('='));
    if (key === 'subject' || key === 'body') found[key] = value;
    else if (key === 'to' || key === 'cc' || key === 'bcc') found[key] += `${found[key] === '' ? '' : ','}${value}`;
  }
  const { body, ...header } = found;
  if (Object.values(header).some((value) => /[\r\n\0]/.test(value))) return undefined;
  return {
    to: addresses(header.to),
    cc: addresses(header.cc),
    bcc: addresses(header.bcc),
    subject: header.subject,
    body: body.replace(/\r\n?/g, '\n').replaceAll('\0', ''),
  };
}

function addresses(text: string): readonly Address[] {
  return parseRecipients(text).filter(({ email }) => isAddress(email));
}

/** RFC 6068 section 5: a plus sign is a plus sign. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
