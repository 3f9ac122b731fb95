import * as z from 'zod';

/** How the pages of a domain look, and what stands on them: what may be set, and what follows from it. */

const LOGO_BYTES = 16 * 1024;
const LOGO_PIXELS = 1_024;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** WCAG 2.2, 1.4.3: of text to what it stands on. */
const READABLE = 4.5;

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u);
const webAddress = z.url({ protocol: /^https?$/ }).max(1_000);

export const BRAND_NAME = line(60);
export const BRAND_TITLE = line(100);
export const BRAND_FOOTER = line(300);
/** HTML, which the page that shows it makes harmless: what was kept before a rule changed is then judged by the new one. */
export const BRAND_PAGE = z.string().min(1).max(10_000);
export const BRAND_ACCENT = z
  .string()
  .regex(/^#[0-9a-f]{6}$/i)
  .toLowerCase();

/** As the address of an image, so that it is never a page by itself: in an image nothing runs and nothing loads. */
export const BRAND_LOGO = z
  .string()
  .max(2 * LOGO_BYTES)
  .refine((text) => {
    const [, type, base64] = /^data:image\/(png|svg\+xml);base64,([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
    if (base64 === undefined) return false;
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length > LOGO_BYTES) return false;
    return type === 'png' ? isSmallPng(bytes) : isQuietSvg(bytes.toString());
  });

const ANNOUNCEMENT = z.strictObject({
  text: line(500),
  link: z.strictObject({ url: webAddress, label: line(100).optional() }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
});
export type Announcement = z.infer<typeof ANNOUNCEMENT>;
/** Its text alone will do. */
export const BRAND_ANNOUNCEMENT = z.union([line(500).transform((text): Announcement => ({ text })), ANNOUNCEMENT]);

const WEBMAIL = z.strictObject({ name: line(60), url: webAddress });
export type OtherWebmail = z.infer<typeof WEBMAIL>;
export const OTHER_WEBMAILS = z.array(WEBMAIL).min(1).max(5);

/** Black or white, whichever can be read on the colour: one of them always can. White where both can. */
export function textOn(colour: string): '#ffffff' | '#000000' {
  return contrast('#ffffff', colour) >= READABLE ? '#ffffff' : '#000000';
}

/** From 1 to 21 (WCAG 2.2, "contrast ratio"). Colours as #rrggbb. */
export function contrast(one: string, other: string): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

/** WCAG 2.2, "relative luminance". */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** PNG (RFC 2083) sections 3.1 and 4.1.1: the first chunk says width and height. */
function isSmallPng(bytes: Buffer): boolean {
  if (bytes.length < 33 || !bytes.subarray(0, 8).equals(PNG) || bytes.toString('latin1', 12, 16) !== 'IHDR')
    return false;
  const sides = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return sides.every((side) => side >= 1 && side <= LOGO_PIXELS);
}

/** Nothing in it would run or load even where it is opened by itself. */
function isQuietSvg(text: string): boolean {
  if (!/<svg[\s>]/i.test(text)) return false;
  const loud = [
    /<!(doctype|entity|\[cdata)/i,
    /<\s*[\w:]*(script|foreignobject|iframe|image|style|set|animate\w*|handler)\b/i,
    /[\s"'/]on\w+\s*=/i,
    /href\s*=\s*(?!["']#)/i,
    /url\(\s*["']?(?!#)/i,
    /javascript:/i,
  ];
  return !loud.some((pattern) => pattern.test(text.replace(/<!--[\s\S]*?-->/g, '')));
}
