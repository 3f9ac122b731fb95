import { domainOf } from '../../data/addresses.ts';
import { correspondents } from '../../data/people.ts';
import type { Address } from '../../data/types.ts';
import { mistypedDomain, newOutsiders, speaksOfAttachment } from '../../data/warnings.ts';
import { t } from '../../i18n/index.ts';

interface Written {
  readonly recipients: readonly Address[];
  readonly subject: string;
  /** Without signature and quotes. */
  readonly written: string;
  readonly hasFiles: boolean;
  /** The writer's domain. */
  readonly own: string;
  readonly isAnswer: boolean;
}

/** What looks like a mistake, in words. */
export async function doubtsOf(given: Written): Promise<readonly string[]> {
  const { recipients, subject, written, hasFiles, own, isAnswer } = given;
  const texts: string[] = [];
  if (!hasFiles && speaksOfAttachment(`${subject}\n${written}`)) texts.push(t('compose.doubtAttachment'));
  if (subject.trim() === '') texts.push(t('compose.doubtSubject'));
  const known = await correspondents().catch(() => new Map<string, Address>());
  const isKnown = (email: string) => known.has(email.toLowerCase());
  const domains = new Set([...known.keys()].map(domainOf)).add(own);
  for (const { email } of recipients) {
    const meant = isKnown(email) ? undefined : mistypedDomain(domainOf(email), domains);
    if (meant !== undefined) texts.push(t('compose.doubtDomain', { address: email, domain: meant }));
  }
  const outside = newOutsiders(recipients, own, isKnown).map(({ email }) => email);
  if (outside.length > 0 && !isAnswer)
    texts.push(t('compose.doubtOutside', { addresses: outside.join(', '), domain: own }));
  return texts;
}
