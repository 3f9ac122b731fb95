/** Enough to tell what an image is. */
export const SNIFFED = 16;

/** What servers call the types of images that are served, and those that say nothing. SVG is a program, and never among them. */
const SAID: ReadonlySet<string> = new Set([
  ...['image/png', 'image/jpeg', 'image/jpg', 'image/pjpeg', 'image/gif', 'image/webp', 'image/avif'],
  ...['', 'application/octet-stream', 'binary/octet-stream'],
]);

/** Whether a server says that it is an image of a type that is served, or does not say otherwise. */
export function mayBeImage(said: string): boolean {
  return SAID.has(said);
}

/** The type of an image by how it begins; undefined where it is none that is served. */
export function imageType(start: Uint8Array): string | undefined {
  const text = Buffer.from(start.buffer, start.byteOffset, start.length).toString('latin1');
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(text)) return 'image/gif';
  if (/^RIFF[\s\S]{4}WEBPVP8[ LX]/.test(text)) return 'image/webp';
  if (/^[\s\S]{4}ftypavi[fs]/.test(text)) return 'image/avif';
  return undefined;
}
