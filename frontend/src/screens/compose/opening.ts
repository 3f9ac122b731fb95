import type { Opening } from '../../data/compose.ts';
import type { Identity } from '../../data/identities.ts';
import { kept } from '../../data/mirror.ts';
import { htmlOf } from '../../data/plain-text.ts';
import { preferences } from '../../data/preferences.ts';
import { t } from '../../i18n/index.ts';
import { BLANK, signatureHtml, signatureText } from './signature.ts';
import type { Stored } from './stored.ts';

/** What a window begins with. Throws where a link is none that may be followed, and where the server does not have the message. */
export async function begin(opening: Opening, identities: readonly Identity[]): Promise<Stored> {
  if (opening.kind === 'new') return ofLink(opening.mailto, identities);
  if (opening.kind === 'kept') {
    const found = await kept<Stored>(opening.key);
    if (found === undefined) throw new Error(t('compose.gone'));
    return found.state;
  }
  const { ofDraft, ofOriginal } = await import('./answers.ts');
  return opening.kind === 'draft'
    ? ofDraft(opening.emailId, identities)
    : ofOriginal(opening.kind, opening.emailId, identities);
}

export function blank(identity: Identity): Stored {
  return {
    messageId: `${crypto.randomUUID()}@${identity.email.split('@').at(-1)}`,
    identityId: identity.id,
    to: [],
    cc: [],
    bcc: identity.bcc ?? [],
    subject: '',
    isPlain: preferences.peek().composeFormat === 'plain',
    html: '',
    text: '',
    inReplyTo: null,
    references: null,
    wantsReceipt: false,
    files: [],
    emailIds: [],
    original: undefined,
    queued: undefined,
  };
}

export function usual(identities: readonly Identity[]): Identity {
  const { defaultIdentity } = preferences.peek();
  return identities.find(({ id }) => id === defaultIdentity) ?? identities[0]!;
}

async function ofLink(link: string | undefined, identities: readonly Identity[]): Promise<Stored> {
  const identity = usual(identities);
  const isSigned = preferences.peek().signatureUse !== 'never';
  const asked = link === undefined ? undefined : (await import('../../data/mailto.ts')).parseMailto(link);
  if (link !== undefined && asked === undefined) throw new Error(t('compose.badLink'));
  const body = asked?.body ?? '';
  return {
    ...blank(identity),
    to: asked?.to ?? [],
    cc: asked?.cc ?? [],
    bcc: [...(identity.bcc ?? []), ...(asked?.bcc ?? [])],
    subject: asked?.subject ?? '',
    html: `${body === '' ? BLANK : htmlOf(body)}${isSigned ? signatureHtml(identity) : ''}`,
    text: `${body}${isSigned ? signatureText(identity) : ''}`,
  };
}
