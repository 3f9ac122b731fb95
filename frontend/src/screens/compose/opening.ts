import { addressText, isSame } from '../../data/addresses.ts';
import type { Opening } from '../../data/compose.ts';
import { readDraft } from '../../data/drafts.ts';
import { message } from '../../data/emails.ts';
import type { Identity } from '../../data/identities.ts';
import { parseMailto } from '../../data/mailto.ts';
import { kept } from '../../data/mirror.ts';
import { escaped, htmlOf, quoted } from '../../data/plain-text.ts';
import { preferences } from '../../data/preferences.ts';
import { identityFor, type ReplyKind, recipientsOf, subjectOf, threadingOf } from '../../data/reply.ts';
import type { Address, Message } from '../../data/types.ts';
import { longDate, t } from '../../i18n/index.ts';
import type { StoredFile } from './attachment.ts';
import { textOf } from './text.ts';

/** All that a window has, as it is kept in this browser. */
export interface Stored {
  readonly messageId: string;
  readonly identityId: string;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly subject: string;
  readonly isPlain: boolean;
  readonly html: string;
  readonly text: string;
  readonly inReplyTo: readonly string[] | null;
  readonly references: readonly string[] | null;
  readonly wantsReceipt: boolean;
  readonly files: readonly StoredFile[];
  /** What the server has of it; the last is the newest. */
  readonly emailIds: readonly string[];
  /** What it answers or passes on. */
  readonly original: { readonly kind: ReplyKind; readonly emailId: string } | undefined;
  /** It is to be sent as soon as the server is reached: seconds for which it can be undone, or when. */
  readonly queued: number | Date | undefined;
}

/** What a window begins with. Throws where a link is none that may be followed, and where the server does not have the message. */
export async function begin(opening: Opening, identities: readonly Identity[]): Promise<Stored> {
  if (opening.kind === 'kept') {
    const found = await kept<Stored>(opening.key);
    if (found === undefined) throw new Error(t('compose.gone'));
    return found.state;
  }
  if (opening.kind === 'draft') return ofDraft(opening.emailId, identities);
  if (opening.kind === 'new') return ofLink(opening.mailto, identities);
  return ofOriginal(opening.kind, await message(opening.emailId), identities);
}

function blank(identity: Identity): Stored {
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

function usual(identities: readonly Identity[]): Identity {
  const { defaultIdentity } = preferences.peek();
  return identities.find(({ id }) => id === defaultIdentity) ?? identities[0]!;
}

function ofLink(link: string | undefined, identities: readonly Identity[]): Stored {
  const identity = usual(identities);
  const isSigned = preferences.peek().signatureUse !== 'never';
  const asked = link === undefined ? undefined : parseMailto(link);
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

const BLANK = '<div><br></div>';

async function ofOriginal(kind: ReplyKind, one: Message, identities: readonly Identity[]): Promise<Stored> {
  const identity = identityFor(identities, one) ?? usual(identities);
  const isSigned = preferences.peek().signatureUse === 'always';
  const own = identities.map(({ email }) => email);
  const { html, text, cids } = await bodyOf(one);
  const when = longDate(one.sentAt ?? one.receivedAt);
  const name = one.from?.[0] === undefined ? t('list.noSender') : addressText(one.from[0]);
  const said = t('compose.wrote', { when, name });
  const header = headerLines(one, when);
  return {
    ...blank(identity),
    ...recipientsOf(kind, one, own),
    bcc: (identity.bcc ?? []).filter((address) => !own.some((email) => isSame({ email }, address))),
    subject: subjectOf(kind, one.subject),
    html:
      `${BLANK}${isSigned ? signatureHtml(identity) : ''}${BLANK}` +
      (kind === 'forward'
        ? `${header.map((line) => `<div>${escaped(line)}</div>`).join('')}${BLANK}<div>${html}</div>`
        : `<div>${escaped(said)}</div><blockquote type="cite" class="quote">${html}</blockquote>`),
    text:
      `\n${isSigned ? signatureText(identity) : ''}\n\n` +
      (kind === 'forward' ? `${header.join('\n')}\n\n${text}` : `${said}\n${quoted(text)}`),
    ...threadingOf(kind, one),
    files: filesOf(one, cids, kind === 'forward'),
    original: { kind, emailId: one.id },
  };
}

function headerLines(one: Message, when: string): readonly string[] {
  const all = (addresses: readonly Address[] | null) => (addresses ?? []).map(addressText).join(', ');
  return [
    t('compose.forwarded'),
    `${t('compose.from')}: ${all(one.from)}`,
    `${t('compose.date')}: ${when}`,
    `${t('compose.subject')}: ${one.subject ?? ''}`,
    `${t('compose.to')}: ${all(one.to)}`,
    ...(one.cc?.length ? [`${t('compose.cc')}: ${all(one.cc)}`] : []),
  ];
}

async function ofDraft(emailId: string, identities: readonly Identity[]): Promise<Stored> {
  const { one, wantsReceipt } = await readDraft(emailId);
  const sender = one.from?.[0];
  const identity = identities.find((known) => sender !== undefined && isSame(known, sender)) ?? usual(identities);
  const { html, text, cids, isPlain } = await bodyOf(one, true);
  return {
    ...blank(identity),
    messageId: one.messageId?.[0] ?? blank(identity).messageId,
    to: one.to ?? [],
    cc: one.cc ?? [],
    bcc: one.bcc ?? [],
    subject: one.subject ?? '',
    isPlain,
    html,
    text,
    inReplyTo: one.inReplyTo,
    references: one.references,
    wantsReceipt,
    files: filesOf(one, cids, true),
    emailIds: [emailId],
  };
}

/** The text of a message, cleaned, in both forms; and which of its images it shows. */
async function bodyOf(one: Message, isOwn = false) {
  const part = one.htmlBody.find(({ type }) => type === 'text/html');
  const values = (parts: Message['textBody']) =>
    parts.map(({ partId }) => one.bodyValues[partId ?? '']?.value ?? '').join('\n');
  const plain = values(one.textBody.filter(({ type }) => type === 'text/plain')).replace(/\r\n?/g, '\n');
  if (part === undefined) return { html: htmlOf(plain), text: plain, cids: new Set<string>(), isPlain: true };
  const { clean } = await import('./clean.ts');
  // Where images load nothing.
  const box = document.implementation.createHTMLDocument('').createElement('div');
  box.append(clean(one.bodyValues[part.partId ?? '']?.value ?? '', isOwn));
  for (const image of box.querySelectorAll<HTMLElement>('img[data-src]')) image.setAttribute('src', image.dataset.src!);
  const shown = [...box.querySelectorAll<HTMLElement>('img[data-cid]')].map((image) => {
    const cid = image.dataset.cid!;
    image.setAttribute('src', `cid:${encodeURIComponent(cid)}`);
    return cid;
  });
  return { html: box.innerHTML, text: plain === '' ? textOf(box) : plain, cids: new Set(shown), isPlain: false };
}

function filesOf(one: Message, cids: ReadonlySet<string>, hasAll: boolean): readonly StoredFile[] {
  return one.attachments.flatMap(({ blobId, name, type, size, cid }, index): readonly StoredFile[] => {
    if (blobId === null) return [];
    const isShown = cid !== null && cids.has(cid) && type.startsWith('image/');
    if (!isShown && !hasAll) return [];
    const called = name ?? (type === 'message/rfc822' ? `${index + 1}.eml` : `${index + 1}`);
    return [{ blobId, name: called, type, size, cid: isShown ? cid : null, file: undefined }];
  });
}

export function signatureHtml({ htmlSignature, textSignature }: Identity): string {
  const inner = innerSignature({ htmlSignature, textSignature });
  return inner === '' ? '' : `${BLANK}<div class="signature">${inner}</div>`;
}

/** What stands in the place of the signature. */
export function innerSignature({
  htmlSignature,
  textSignature,
}: Pick<Identity, 'htmlSignature' | 'textSignature'>): string {
  return htmlSignature !== ''
    ? htmlSignature
    : textSignature === ''
      ? ''
      : `<div>--&nbsp;</div>${htmlOf(textSignature)}`;
}

/** RFC 3676 section 4.3. */
export function signatureText({ textSignature }: Pick<Identity, 'textSignature'>): string {
  return textSignature === '' ? '' : `\n\n-- \n${textSignature}`;
}
