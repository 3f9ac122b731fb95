import type { ClickedLink, Found, FromFrame, Marked, ToFrame } from '../../../frame/protocol.ts';
import { webmailConfig } from '../../api/config.ts';
import { t } from '../../i18n/index.ts';

export interface FrameEvents {
  readonly onFound: (found: Found) => void;
  readonly onHeight: (px: number) => void;
  readonly onMarked: (marked: Marked) => void;
  readonly onLink: (link: ClickedLink) => void;
  readonly onFailed: (reason: string) => void;
}

export interface MessageFrame {
  send(what: ToFrame): void;
  close(): void;
}

const frames = new WeakMap<HTMLIFrameElement, MessageFrame>();

/** What a frame that shows a message is told by. */
export function frameOf(element: HTMLIFrameElement): MessageFrame | undefined {
  return frames.get(element);
}

/** Shows HTML of a message in a frame of the other origin, which cleans it (frontend/frame). Nothing of it comes into this document. */
export async function showIn(
  frame: HTMLIFrameElement,
  html: string,
  isDark: boolean,
  { onFound, onHeight, onMarked, onLink, onFailed }: FrameEvents,
): Promise<MessageFrame> {
  const { frameOrigin } = await webmailConfig();
  const { port1: port, port2: theirs } = new MessageChannel();
  const send = (what: ToFrame) => port.postMessage(what);
  port.onmessage = ({ data }: MessageEvent<FromFrame>) => {
    if ('ready' in data) send({ show: html, isDark, words: { leadsTo: t('reader.leadsTo', { host: '{host}' }) } });
    else if ('found' in data) onFound(data.found);
    else if ('height' in data) onHeight(data.height);
    else if ('marked' in data) onMarked(data.marked);
    else if ('link' in data) onLink(data.link);
    else if ('failed' in data) onFailed(data.failed);
    else if ('pressed' in data) {
      // The page has the focus again: what is pressed next comes here by itself.
      frame.closest<HTMLElement>('[tabindex]')?.focus({ preventScroll: true });
      frame.dispatchEvent(new KeyboardEvent('keydown', { ...data.pressed, bubbles: true, cancelable: true }));
    }
  };
  frame.addEventListener('load', () => frame.contentWindow?.postMessage('port', '*', [theirs]), { once: true });
  frame.src = `${frameOrigin}/frame.html`;
  const made = { send, close: () => port.close() };
  frames.set(frame, made);
  return made;
}
