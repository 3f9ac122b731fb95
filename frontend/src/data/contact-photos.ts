import { downloadBlob, uploadBlob } from '../api/jmap.ts';

/** Photos of contacts: shown from the server, and made small before they go there. */

const PX = 512;
const KEPT = 200;
const urls = new Map<string, Promise<string>>();

/** An address under which the page can show a blob; of an account, or one's own. */
export function blobUrl(account: string | undefined, blobId: string): Promise<string> {
  let found = urls.get(blobId);
  if (found === undefined) {
    found = downloadBlob(blobId, 'photo', 'image/jpeg', undefined, account).then((blob) => URL.createObjectURL(blob));
    found.catch(() => urls.delete(blobId));
    urls.set(blobId, found);
    const [oldest] = urls.keys();
    if (urls.size > KEPT && oldest !== undefined) {
      void urls.get(oldest)!.then((url) => URL.revokeObjectURL(url));
      urls.delete(oldest);
    }
  }
  return found;
}

/**
 * A photo as it is kept: square, small, drawn anew, so that nothing of the file but what is seen goes on (no place, no camera). Gives its blob.
 * Throws where it is no image.
 */
export async function uploadPhoto(file: Blob): Promise<string> {
  const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const side = Math.min(image.width, image.height);
  const canvas = document.createElement('canvas');
  canvas.width = Math.min(PX, side);
  canvas.height = canvas.width;
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  const [x, y] = [(image.width - side) / 2, (image.height - side) / 2];
  context.drawImage(image, x, y, side, side, 0, 0, canvas.width, canvas.height);
  image.close();
  const drawn = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.86));
  if (drawn === null) throw new Error('no image');
  return (await uploadBlob(drawn)).blobId;
}
