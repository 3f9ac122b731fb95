import { call, downloadBlob, openSession } from '../api/jmap.ts';
import { signedFetch } from '../api/session.ts';
import type { BodyPart } from './types.ts';

/** Images that a message shows: its own, and those on servers of others, which our server fetches (docs/jmap.md, "Remote images"). */

const CAPABILITY = 'https://postern.example/jmap/images';
const RASTER = /^image\/(png|jpeg|gif|webp|avif)$/;
/** Bytes of a message's own images that are shown. */
const MAX_BYTES = 20_000_000;
/** As many as the server fetches for one user at once. */
const AT_ONCE = 6;
const MAX_URLS = 500;

/** By address, as they come. */
export type Take = (images: Readonly<Record<string, Blob>>) => void;

export function isRaster(type: string): boolean {
  return RASTER.test(type.toLowerCase());
}

/** Whether the server fetches images for its users. */
export async function hasProxy(): Promise<boolean> {
  return CAPABILITY in (await openSession()).capabilities;
}

/** Has images fetched by our server. Gives how many could not be. Throws `MethodError` or `ApiError`. */
export async function remoteImages(urls: readonly string[], take: Take, signal: AbortSignal): Promise<number> {
  const { apiUrl } = await openSession();
  const wanted = urls.slice(0, MAX_URLS);
  const { signed } = await call<{ signed: Readonly<Record<string, string>> | null }>('RemoteImage/sign', {
    urls: wanted,
  });
  const waiting = Object.entries(signed ?? {});
  let shown = 0;
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      const [url, path] = next;
      const blob = await signedFetch(new URL(path, new URL(apiUrl, location.href)).pathname, { signal })
        .then((response) => response.blob())
        .catch(() => undefined);
      if (blob === undefined || !isRaster(blob.type)) continue;
      shown++;
      take({ [url]: blob });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return urls.length - shown;
}

/** The message's own (RFC 2392), as far as its text shows them. */
export async function ownImages(
  parts: readonly BodyPart[],
  cids: readonly string[],
  take: Take,
  signal: AbortSignal,
): Promise<void> {
  const wanted = new Set(cids);
  let left = MAX_BYTES;
  for (const { cid, blobId, size, type } of parts) {
    if (cid === null || blobId === null || !wanted.has(cid) || !isRaster(type)) continue;
    left -= size;
    if (left < 0 || signal.aborted) return;
    const blob = await downloadBlob(blobId, 'image', type, signal).catch(() => undefined);
    if (blob !== undefined) take({ [`cid:${cid}`]: new Blob([blob], { type }) });
  }
}
