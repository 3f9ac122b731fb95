import { isRaster } from '../../data/images.ts';
import type { BodyPart } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';

/** How files of a message are called, and how they can be shown. */

type PreviewKind = 'image' | 'text' | 'message' | 'contacts' | 'tnef';

/** Files that are opened as text; what is longer is downloaded. */
const TEXT = /^text\/(plain|csv|calendar|vcard|x-vcard|markdown|x-log)$|^application\/json$/;
const VCARD = /^text\/(x-)?vcard$|^text\/directory$/;
const TNEF = /^application\/(vnd\.)?ms-tnef$/;
const PREVIEW_BYTES = 25_000_000;

/** What can be shown without opening it: never HTML, SVG, or anything that runs. */
export function previewOf({ type, name, size: bytes }: BodyPart): PreviewKind | undefined {
  if (bytes > PREVIEW_BYTES) return undefined;
  if (isRaster(type)) return 'image';
  if (VCARD.test(type)) return 'contacts';
  if (TNEF.test(type) || name?.toLowerCase() === 'winmail.dat') return 'tnef';
  if (TEXT.test(type)) return 'text';
  return type === 'message/rfc822' || type === 'message/global' ? 'message' : undefined;
}

export function nameOfFile({ name, type }: BodyPart): string {
  if (name !== null && name !== '') return name;
  if (type === 'message/rfc822') return `${t('reader.attachedMessage')}.eml`;
  return `${t('reader.unnamed')}${type === 'text/calendar' ? '.ics' : type === 'text/vcard' ? '.vcf' : ''}`;
}
