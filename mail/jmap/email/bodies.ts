import type { BodyPart } from './structure.ts';

/** What a reader shows as text, as HTML, and beside it (RFC 8621 section 4.1.4). */
export interface Bodies {
  readonly textBody: readonly BodyPart[];
  readonly htmlBody: readonly BodyPart[];
  readonly attachments: readonly BodyPart[];
}

/** Where parts that are met now belong; no list: the alternative has one already. */
interface Lists {
  text: BodyPart[] | undefined;
  html: BodyPart[] | undefined;
  readonly attachments: BodyPart[];
}

/** Divides the parts by the method that RFC 8621 section 4.1.4 suggests. */
export function bodiesOf(root: BodyPart): Bodies {
  const textBody: BodyPart[] = [];
  const htmlBody: BodyPart[] = [];
  const attachments: BodyPart[] = [];
  divide([root], 'mixed', false, { text: textBody, html: htmlBody, attachments });
  return { textBody, htmlBody, attachments };
}

function divide(parts: readonly BodyPart[], kind: string, inAlternative: boolean, given: Lists): void {
  const lists = { ...given };
  const before = { text: given.text?.length ?? 0, html: given.html?.length ?? 0 };
  parts.forEach((part, i) => {
    if (part.subParts !== null) {
      const inner = part.type.slice(part.type.indexOf('/') + 1);
      divide(part.subParts, inner, inAlternative || inner === 'alternative', lists);
    } else if (!isInline(part, i, kind)) lists.attachments.push(part);
    else if (kind === 'alternative') alternative(part, lists);
    else {
      if (inAlternative && part.type === 'text/plain') lists.html = undefined;
      if (inAlternative && part.type === 'text/html') lists.text = undefined;
      lists.text?.push(part);
      lists.html?.push(part);
      const isInBoth = lists.text !== undefined && lists.html !== undefined;
      if (!isInBoth && isMedia(part)) lists.attachments.push(part);
    }
  });
  if (kind !== 'alternative' || given.text === undefined || given.html === undefined) return;
  // Where there was one form only, it stands for the other too.
  const text = given.text.slice(before.text);
  const html = given.html.slice(before.html);
  if (text.length === 0) given.text.push(...html);
  if (html.length === 0) given.html.push(...text);
}

function alternative(part: BodyPart, lists: Lists): void {
  if (part.type === 'text/plain') (lists.text ?? lists.attachments).push(part);
  else if (part.type === 'text/html') (lists.html ?? lists.attachments).push(part);
  else lists.attachments.push(part);
}

/** Part of the body, and no attachment. */
function isInline(part: BodyPart, index: number, kind: string): boolean {
  if (part.disposition === 'attachment') return false;
  if (part.type !== 'text/plain' && part.type !== 'text/html' && !isMedia(part)) return false;
  // Of multipart/related only the first is; text with a file's name only in front.
  return index === 0 || (kind !== 'related' && (isMedia(part) || part.name === null));
}

function isMedia({ type }: BodyPart): boolean {
  return /^(image|audio|video)\//.test(type);
}
