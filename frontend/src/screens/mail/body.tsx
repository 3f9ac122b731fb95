import { useEffect, useRef } from 'preact/hooks';
import type { BodyPart, Message } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';

/**
 * The text of a message. HTML is shown in a frame of another origin, which may load nothing and run nothing of the message's; plain text is
 * text of the page.
 */
export function Body({ one }: { readonly one: Message }) {
  const html = one.htmlBody.find(({ type }) => type === 'text/html');
  if (html?.partId) return <HtmlBody html={one.bodyValues[html.partId]?.value ?? ''} parts={one.attachments} />;
  const texts = one.textBody
    .map(({ partId }) => one.bodyValues[partId ?? '']?.value ?? '')
    .filter((text) => text !== '');
  const isTruncated = one.textBody.some(({ partId }) => one.bodyValues[partId ?? '']?.isTruncated);
  if (texts.length === 0) return <p class="muted">{t('reader.empty')}</p>;
  return (
    <>
      {texts.map((text, index) => (
        <pre key={index} class="text" dir="auto">
          {text}
        </pre>
      ))}
      {isTruncated && <p class="notice">{t('reader.truncated')}</p>}
    </>
  );
}

function HtmlBody({ html, parts }: { readonly html: string; readonly parts: readonly BodyPart[] }) {
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => {
    let isWanted = true;
    let close: (() => void) | undefined;
    void import('./frame.ts').then(async ({ showIn }) => {
      if (isWanted && frame.current !== null) close = await showIn(frame.current, html, parts);
    });
    return () => {
      isWanted = false;
      close?.();
    };
  }, [html]);
  return <iframe ref={frame} class="frame" title={t('reader.label')} />;
}
