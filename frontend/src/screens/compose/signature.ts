import type { Identity } from '../../data/identities.ts';
import { htmlOf } from '../../data/plain-text.ts';

type Signature = Pick<Identity, 'htmlSignature' | 'textSignature'>;

/** A line with nothing on it. */
export const BLANK = '<div><br></div>';

export function signatureHtml(identity: Signature): string {
  const inner = innerSignature(identity);
  return inner === '' ? '' : `${BLANK}<div class="signature">${inner}</div>`;
}

/** What stands in the place of the signature. */
export function innerSignature({ htmlSignature, textSignature }: Signature): string {
  if (htmlSignature !== '') return htmlSignature;
  return textSignature === '' ? '' : `<div>--&nbsp;</div>${htmlOf(textSignature)}`;
}

/** RFC 3676 section 4.3. */
export function signatureText({ textSignature }: Signature): string {
  return textSignature === '' ? '' : `\n\n-- \n${textSignature}`;
}
