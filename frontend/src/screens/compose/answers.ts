import { accountOf } from '../../api/ids.ts';
import { addressText, isSame } from '../../data/addresses.ts';
import { readDraft } from '../../data/drafts.ts';
import { message } from '../../data/emails.ts';
import type { Identity } from '../../data/identities.ts';
import { escaped, htmlOf, quoted } from '../../data/plain-text.ts';
import { preferences } from '../../data/preferences.ts';
import { identityFor, type ReplyKind, recipientsOf, subjectOf, threadingOf } from '../../data/reply.ts';
import type { Address, Message } from '../../data/types.ts';
import { longDate, t } from '../../i18n/index.ts';
import { clean } from './clean.ts';
import { blank, usual } from './opening.ts';
import { BLANK, signatureHtml, signatureText } from './signature.ts';
import type { Stored, StoredFile } from './stored.ts';
import { textOf } from './text.ts';

/** An answer, or the same passed on. */
export async function ofOriginal(kind: ReplyKind, emailId: string, identities: readonly Identity[]): Promise<Stored> {
  const one = await message(emailId);
  const identity = identityFor(identities, one) ?? usual(identities);
  const isSigned = preferences.peek().signatureUse === 'always';
  const own = identities.map(({ email }) => email);
  const { html, text, cids } = bodyOf(one);
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
    files: await ours(filesOf(one, cids, kind === 'forward')),
    original: { kind, emailId: one.id },
  };
}

/** Files of a message that another shares are copied, so that the message that is written can hold them. */
async function ours(files: readonly StoredFile[]): Promise<readonly StoredFile[]> {
  const theirs = files.flatMap(({ blobId }) =>
    blobId !== undefined && accountOf(blobId) !== undefined ? [blobId] : [],
  );
  if (theirs.length === 0) return files;
  const copies = await (await import('../../data/blobs.ts')).blobsHere(theirs);
  return files.map((file) => ({ ...file, blobId: copies.get(file.blobId ?? '') ?? file.blobId }));
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

/** A draft that the server has. */
export async function ofDraft(emailId: string, identities: readonly Identity[]): Promise<Stored> {
  const { one, wantsReceipt } = await readDraft(emailId);
  const sender = one.from?.[0];
  const identity = identities.find((known) => sender !== undefined && isSame(known, sender)) ?? usual(identities);
  const { html, text, cids, isPlain } = bodyOf(one, true);
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
function bodyOf(one: Message, isOwn = false) {
  const part = one.htmlBody.find(({ type }) => type === 'text/html');
  const values = (parts: Message['textBody']) =>
    parts.map(({ partId }) => one.bodyValues[partId ?? '']?.value ?? '').join('\n');
  const plain = values(one.textBody.filter(({ type }) => type === 'text/plain')).replace(/\r\n?/g, '\n');
  if (part === undefined) return { html: htmlOf(plain), text: plain, cids: new Set<string>(), isPlain: true };
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
