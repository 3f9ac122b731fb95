import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Found, Marked } from '../../../frame/protocol.ts';
import { isCut } from '../../api/line.ts';
import { hasProxy, ownImages, remoteImages } from '../../data/images.ts';
import { isJunk } from '../../data/junk.ts';
import { isTrusted, preferences, trust } from '../../data/preferences.ts';
import { failed as said } from '../../data/toasts.ts';
import type { Message } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { followClicked } from './following.tsx';
import { type MessageFrame, showIn } from './frame.ts';
import { bringIntoSight, marked, marking, takeFirst, unmarked } from './marks.ts';
import { Notice } from './notice.tsx';
import { wholeInPrint } from './print.ts';
import { QuoteButton } from './text.tsx';

/** A message that is longer is shown as long as this, and on demand as long as the most. */
const CLIPPED_PX = 8_000;
const LONGEST_PX = 200_000;
/** Time in which the frame has to answer; without a line it comes from the browser's store at once, or not at all. */
const PATIENCE_MS = 20_000;
const OFFLINE_PATIENCE_MS = 1_500;

const NOTHING: Found = { remote: [], cids: [], hasQuote: false, isCut: false };

interface Props {
  readonly html: string;
  readonly one: Message;
  readonly isTruncated: boolean;
  readonly onFailed: (reason: string) => void;
}

/** HTML of a message in its frame, with what can be done about it. */
export function HtmlBody({ html, one, isTruncated, onFailed }: Props) {
  const element = useRef<HTMLIFrameElement>(null);
  const frame = useRef<MessageFrame>(undefined);
  const found = useSignal<Found>(NOTHING);
  const height = useSignal(0);
  const isAllShown = useSignal(false);
  const isQuoteShown = useSignal(false);
  const isDark = useSignal(false);
  const images = useSignal<'blocked' | 'loading' | 'shown' | 'missing' | 'none'>('none');
  const stopping = useRef(new AbortController());

  const sender = one.from?.[0]?.email ?? '';
  // What was encrypted tells nobody that it was read (EFAIL).
  const isEncrypted = [...one.attachments, ...one.htmlBody].some(({ type }) => /pgp-encrypted|pkcs7-mime/.test(type));

  const showImages = async (urls = found.peek().remote) => {
    images.value = 'loading';
    try {
      const missing = await remoteImages(
        urls,
        (ready) => frame.current?.send({ images: ready }),
        stopping.current.signal,
      );
      images.value = missing === 0 ? 'shown' : 'missing';
    } catch (error) {
      images.value = 'blocked';
      said(error);
    }
  };

  const onFound = async (what: Found) => {
    clearTimeout(timer.current);
    found.value = what;
    if (marking.peek().length > 0) frame.current?.send({ mark: marking.peek() });
    const { signal } = stopping.current;
    if (what.cids.length > 0) {
      const parts = [...one.attachments, ...one.htmlBody];
      void ownImages(parts, what.cids, (ready) => frame.current?.send({ images: ready }), signal);
    }
    if (what.remote.length === 0 || isEncrypted || !(await hasProxy().catch(() => false))) return;
    if (signal.aborted) return;
    const { remoteImages: wish } = preferences.peek();
    if (!isJunk(one) && (wish === 'always' || isTrusted(sender))) await showImages(what.remote);
    else images.value = 'blocked';
  };

  const onMarked = ({ count, top, isInQuote }: Marked) => {
    if (count === 0) unmarked(element);
    else marked(element, count);
    if (isInQuote) isQuoteShown.value = true;
    if (count === 0 || !takeFirst(one.id)) return;
    if (top > CLIPPED_PX - 100) isAllShown.value = true;
    // The frame has its height in the next frame of the screen.
    requestAnimationFrame(() => {
      const box = element.current;
      if (box !== null) bringIntoSight(box, box.getBoundingClientRect().top + top);
    });
  };
  const words = marking.value;
  const isFound = found.value !== NOTHING;
  useEffect(() => {
    if (isFound) frame.current?.send({ mark: words });
  }, [words]);
  useEffect(() => () => unmarked(element), []);
  useEffect(() => wholeInPrint(() => ({ frame: element.current, height: height.peek() })), []);

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    stopping.current = new AbortController();
    const { signal } = stopping.current;
    timer.current = setTimeout(() => onFailed('timeout'), isCut() ? OFFLINE_PATIENCE_MS : PATIENCE_MS);
    showIn(element.current!, html, isDark.peek(), {
      onFound: (what) => void onFound(what),
      onHeight: (px) => {
        height.value = px;
      },
      onMarked,
      onLink: followClicked,
      onFailed,
    }).then(
      (made) => {
        frame.current = made;
        if (signal.aborted) made.close();
      },
      (error: Error) => onFailed(error.message),
    );
    return () => {
      stopping.current.abort();
      clearTimeout(timer.current);
      frame.current?.close();
      frame.current = undefined;
    };
  }, [html]);

  const isLong = height.value > CLIPPED_PX;
  const shown = Math.min(height.value, isAllShown.value ? LONGEST_PX : CLIPPED_PX);
  return (
    <>
      {images.value !== 'none' && images.value !== 'shown' && (
        <div class="images-bar" role="group" aria-label={t('reader.imagesLabel')}>
          <span>{t(`reader.images.${images.value}`)}</span>
          {images.value === 'blocked' && (
            <span class="bar-buttons">
              <button type="button" class="link" onClick={() => void showImages()}>
                {t('reader.showImages')}
              </button>
              {sender !== '' && (
                <button
                  type="button"
                  class="link"
                  onClick={() => {
                    trust(sender).catch(said);
                    void showImages();
                  }}
                >
                  {t('reader.trustSender')}
                </button>
              )}
            </span>
          )}
        </div>
      )}
      <div
        class={isLong && !isAllShown.value ? 'frame-box clipped' : 'frame-box'}
        data-dark={isDark.value || undefined}
      >
        <iframe
          ref={element}
          class="frame"
          title={t('reader.label')}
          style={shown > 0 ? { blockSize: `${shown}px` } : {}}
        />
      </div>
      {found.value.isCut && !isTruncated && <Notice said="reader.truncated" one={one} />}
      <div class="frame-buttons">
        {isLong && !isAllShown.value && (
          <button
            type="button"
            class="link"
            onClick={() => {
              isAllShown.value = true;
            }}
          >
            {t('reader.showAll')}
          </button>
        )}
        {found.value.hasQuote && (
          <QuoteButton
            isShown={isQuoteShown.value}
            onToggle={() => {
              isQuoteShown.value = !isQuoteShown.value;
              frame.current?.send({ quotes: isQuoteShown.value });
            }}
          />
        )}
        <button
          type="button"
          class="quote-button dark-button"
          aria-pressed={isDark.value}
          onClick={() => {
            isDark.value = !isDark.value;
            frame.current?.send({ isDark: isDark.value });
          }}
        >
          {t('reader.darkMessage')}
        </button>
      </div>
    </>
  );
}
