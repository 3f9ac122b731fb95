/** What a link in a message is, before somebody follows it. Used by the page (plain text) and by the frame (HTML). */

export type Doubt =
  /** The text names another host than the one that it leads to. */
  | 'otherHost'
  /** Letters of several scripts, or such as look like Latin ones (UTS #39). */
  | 'lookalike'
  /** A number in place of a name. */
  | 'number'
  /** `https://bank.example@evil.example/`. */
  | 'signIn';

export interface Link {
  readonly href: string;
  /** As it is shown: in its own letters where they cannot be taken for others. Empty for mailto. */
  readonly host: string;
  readonly doubts: readonly Doubt[];
  /** What is shown in its place. */
  readonly text: string;
}

/** Undefined for what is no link to http, https or mailto. `text`: what is shown in its place. */
export function linkOf(href: string, text = ''): Link | undefined {
  if (!URL.canParse(href)) return undefined;
  const url = new URL(href);
  if (url.protocol === 'mailto:') return { href: url.href, host: '', doubts: [], text };
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const said = hostIn(text);
  const isLookalike = url.hostname.split('.').some(isLookalikeLabel);
  const doubts: Doubt[] = [];
  if (said !== undefined && !isWithin(said, url.hostname)) doubts.push('otherHost');
  if (isLookalike) doubts.push('lookalike');
  if (/^[\d.]+$|^\[/.test(url.hostname)) doubts.push('number');
  if (url.username !== '' || url.password !== '') doubts.push('signIn');
  return { href: url.href, host: isLookalike ? url.hostname : unicodeHost(url.hostname), doubts, text };
}

/** The host that a text pretends to be, as a URL has it. Undefined where it names none. */
export function hostIn(text: string): string | undefined {
  // Invisible letters (U+200B, U+202E ...) are no part of a name, but of an attempt to hide one.
  const visible = text.replace(/[\p{Cf}\u00ad]/gu, '').trim();
  const found =
    /^(?:https?:\/\/)?(?:[^\s/@]*@)?((?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+\p{L}{2,})(?=$|[\s/:?#])/iu.exec(
      visible,
    );
  if (found === null || !URL.canParse(`http://${found[1]}`)) return undefined;
  // "report.pdf", "e.g": a text with one dot is taken for a host only where it could be one on the web.
  if (/\.(?:pdf|docx?|xlsx?|pptx?|txt|zip|png|jpe?g|gif|html?|csv|ics)$/i.test(found[1]!)) return undefined;
  return new URL(`http://${found[1]}`).hostname;
}

/** The same site, or one of the two a part of the other. */
function isWithin(said: string, real: string): boolean {
  const bare = (host: string) => host.replace(/^www\./, '').replace(/\.$/, '');
  const [a, b] = [bare(said), bare(real)];
  return a === b || b.endsWith(`.${a}`) || a.endsWith(`.${b}`);
}

/** A name as people read it (RFC 5891 section 4.2), where nobody can take it for another. */
export function unicodeHost(host: string): string {
  const labels = host.split('.');
  return labels.some(isLookalikeLabel) ? host : labels.map(unicodeLabel).join('.');
}

const SCRIPTS = [
  'Latin',
  'Cyrillic',
  'Greek',
  'Armenian',
  'Hebrew',
  'Arabic',
  'Devanagari',
  'Thai',
  'Georgian',
  'Cherokee',
]
  .concat(['Han', 'Hiragana', 'Katakana', 'Hangul', 'Bopomofo', 'Bengali', 'Tamil', 'Ethiopic', 'Khmer', 'Myanmar'])
  .map((script) => [script, new RegExp(`\\p{Script=${script}}`, 'u')] as const);
/** Scripts that are written together (UTS #39 section 5.2, "highly restrictive"). */
const TOGETHER = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
];
/** Of Cyrillic, Greek and Armenian: those that look like Latin letters or digits. */
const LATIN_LOOKS = /^[аеорсухіјѕһԁԛԝӏьвкмнтгпѵүαονρυτικχωηԍօսզհոց0-9-]+$/u;

function isLookalikeLabel(label: string): boolean {
  if (!/^xn--/i.test(label)) return false;
  const text = unicodeLabel(label);
  if (text === label || /[\p{Cf}\p{M}]/u.test(text.normalize('NFC'))) return true;
  const scripts = SCRIPTS.filter(([, pattern]) => pattern.test(text)).map(([script]) => script);
  if (scripts.length === 0) return true;
  if (scripts.length > 1) return !TOGETHER.some((allowed) => scripts.every((script) => allowed.includes(script)));
  return scripts[0] !== 'Latin' && LATIN_LOOKS.test(text);
}

/** RFC 3492 section 6.2. What cannot be decoded stays as it is. */
export function unicodeLabel(label: string): string {
  if (!/^xn--/i.test(label)) return label;
  const encoded = label.slice(4).toLowerCase();
  const last = encoded.lastIndexOf('-');
  const output = last > 0 ? [...encoded.slice(0, last)].map((letter) => letter.codePointAt(0)!) : [];
  let [n, i, bias] = [128, 0, 72];
  for (let at = last > 0 ? last + 1 : 0; at < encoded.length; ) {
    const before = i;
    for (let weight = 1, k = 36; ; k += 36) {
      const digit = '0123456789'.includes(encoded[at] ?? '')
        ? encoded.charCodeAt(at) - 22
        : encoded.charCodeAt(at) - 97;
      at++;
      if (!(digit >= 0 && digit < 36)) return label;
      i += digit * weight;
      const threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      if (digit < threshold) break;
      weight *= 36 - threshold;
    }
    bias = adapt(i - before, output.length + 1, before === 0);
    n += Math.floor(i / (output.length + 1));
    i %= output.length + 1;
    if (n > 0x10ffff) return label;
    output.splice(i++, 0, n);
  }
  return String.fromCodePoint(...output);
}

function adapt(delta: number, points: number, isFirst: boolean): number {
  let left = isFirst ? Math.floor(delta / 700) : delta >> 1;
  left += Math.floor(left / points);
  let k = 0;
  for (; left > 455; k += 36) left = Math.floor(left / 35);
  return k + Math.floor((36 * left) / (left + 38));
}
