import { TextDecoder } from 'node:util';

/** Labels seen in mail that the WHATWG Encoding Standard (TextDecoder's list) does not know. */
const ALIASES: Record<string, string> = {
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  'latin-1': 'latin1',
  'utf-8-mac': 'utf-8',
  'iso-8859-8-e': 'iso-8859-8',
  unicode: 'utf-16',
};

const decoders = new Map<string, TextDecoder | undefined>();

// Labels come from strangers: the cache stays bounded by counting labels, known and unknown.
const MAX_LABELS = 200;

/** As the Encoding Standard names it. */
function labelOf(charset: string): string {
  const label = charset.trim().toLowerCase();
  return ALIASES[label] ?? label.replace(/^cp(125\d)$/, 'windows-$1');
}

function decoderFor(charset: string): TextDecoder | undefined {
  const label = charset.trim().toLowerCase();
  if (decoders.has(label)) return decoders.get(label);
  let decoder: TextDecoder | undefined;
  try {
    decoder = new TextDecoder(labelOf(label));
  } catch {
    decoder = undefined;
  }
  if (decoders.size >= MAX_LABELS) decoders.clear();
  decoders.set(label, decoder);
  return decoder;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const windows1252 = new TextDecoder('windows-1252');

/** Decodes bytes whose charset nobody named: UTF-8 where they are valid UTF-8, otherwise windows-1252. Never throws. */
export function decodeUnlabelled(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return windows1252.decode(bytes);
  }
}

/**
 * Decodes bytes of a named charset to text; bytes that are wrong in it become U+FFFD. An unknown charset is treated as
 * unlabelled, and so is us-ascii, which many senders name over 8-bit text. Never throws.
 */
export function decodeCharset(bytes: Uint8Array, charset: string): string {
  if (charset === '' || /^(us-)?ascii$/i.test(charset)) return decodeUnlabelled(bytes);
  const decoder = decoderFor(charset);
  return decoder === undefined ? decodeUnlabelled(bytes) : decoder.decode(bytes);
}

/**
 * The same, and whether the bytes were not what they were said to be: wrong in their charset, or of one that nobody knows. With
 * `isCut`, a character that the end of the bytes cuts in two is left out and is no problem.
 */
export function decodeMarked(bytes: Uint8Array, charset: string, isCut: boolean): { text: string; problem: boolean } {
  const isUnlabelled = charset === '' || /^(us-)?ascii$/i.test(charset);
  const label = isUnlabelled ? 'utf-8' : labelOf(charset);
  try {
    return { text: new TextDecoder(label, { fatal: true }).decode(bytes, { stream: isCut }), problem: false };
  } catch {
    // Unknown, or wrong somewhere: as good as can be.
    return { text: decodeCharset(bytes, charset), problem: true };
  }
}
