import { useSignal } from '@preact/signals';
import type { BodyPart, Message } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { HtmlBody } from './html.tsx';
import { Notice } from './notice.tsx';
import { Text } from './text.tsx';

/**
 * The text of a message. Each part is shown by itself: parts that were made one document could read each other (EFAIL). HTML is shown in a
 * frame of another origin, which may load nothing and run nothing of the message's; plain text is text of the page.
 */
export function Body({ one }: { readonly one: Message }) {
  const shown = one.htmlBody.filter(({ type }) => type === 'text/html' || type === 'text/plain');
  const values = shown.map((part) => ({ part, text: one.bodyValues[part.partId ?? '']?.value ?? '' }));
  const isTruncated = shown.some(({ partId }) => one.bodyValues[partId ?? '']?.isTruncated);
  const isBroken = shown.some(({ partId }) => one.bodyValues[partId ?? '']?.isEncodingProblem);
  if (values.every(({ text }) => text.trim() === '')) return <p class="muted">{t('reader.empty')}</p>;
  return (
    <>
      {isBroken && <Notice said="reader.broken" one={one} />}
      {values.map(({ part, text }) =>
        part.type === 'text/html' ? (
          <Part key={part.partId} html={text} one={one} isTruncated={isTruncated} />
        ) : (
          <Text key={part.partId} text={text} of={one.id} />
        ),
      )}
      {isTruncated && <Notice said="reader.truncated" one={one} />}
    </>
  );
}

interface PartProps {
  readonly html: string;
  readonly one: Message;
  /** Whether it is said already that only the beginning is shown. */
  readonly isTruncated: boolean;
}

/** One part of HTML; where it cannot be shown, its words. */
function Part({ html, one, isTruncated }: PartProps) {
  const failed = useSignal<string | undefined>(undefined);
  if (failed.value === undefined)
    return <HtmlBody html={html} one={one} isTruncated={isTruncated} onFailed={(reason) => (failed.value = reason)} />;
  const plain = one.textBody.filter(({ type }) => type === 'text/plain');
  return (
    <>
      <Notice said="reader.htmlFailed" one={one} />
      {plain.map(({ partId }: BodyPart) => (
        <Text key={partId} text={one.bodyValues[partId ?? '']?.value ?? ''} of={one.id} />
      ))}
    </>
  );
}
