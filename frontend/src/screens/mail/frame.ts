import { webmailConfig } from '../../api/config.ts';
import { downloadBlob } from '../../api/jmap.ts';
import type { BodyPart } from '../../data/types.ts';
import { sanitise } from './sanitise.ts';

/** Images of a message's own that are shown, in bytes. */
const IMAGE_BYTES = 20_000_000;
const LONGEST_PX = 200_000;

/** Shows HTML of a message in a frame of the other origin. Gives what ends it. */
export async function showIn(frame: HTMLIFrameElement, html: string, parts: readonly BodyPart[]): Promise<() => void> {
  const { frameOrigin } = await webmailConfig();
  const stopping = new AbortController();
  const { port1: port, port2: theirs } = new MessageChannel();
  const { html: clean, cids } = sanitise(html);
  port.onmessage = async ({ data }: MessageEvent<{ ready?: true; height?: number }>) => {
    if (data.height !== undefined) frame.style.blockSize = `${Math.min(data.height, LONGEST_PX)}px`;
    if (data.ready === undefined) return;
    port.postMessage({ html: clean, images: {} });
    const images = await imagesOf(parts, cids, stopping.signal);
    if (Object.keys(images).length > 0) port.postMessage({ html: clean, images });
  };
  const connect = () => frame.contentWindow!.postMessage('port', '*', [theirs]);
  frame.addEventListener('load', connect, { once: true });
  frame.src = `${frameOrigin}/frame.html`;
  return () => {
    stopping.abort();
    port.close();
  };
}

/** The message's own images (RFC 2392), as far as its text shows them. */
async function imagesOf(
  parts: readonly BodyPart[],
  cids: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Record<string, Blob>> {
  const images: Record<string, Blob> = {};
  let left = IMAGE_BYTES;
  for (const { cid, blobId, size, type } of parts) {
    if (cid === null || blobId === null || !cids.has(cid) || !/^image\/(png|jpeg|gif|webp|avif)$/.test(type)) continue;
    left -= size;
    if (left < 0) break;
    const blob = await downloadBlob(blobId, 'image', type, signal).catch(() => undefined);
    if (blob !== undefined) images[cid] = new Blob([blob], { type });
  }
  return images;
}
