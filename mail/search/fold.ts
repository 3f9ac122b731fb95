import { unicodeCasemap } from './collation.ts';

/**
 * The form in which words are indexed and compared: that of i;unicode-casemap (RFC 5051), and on top of it diacritics gone, lower case,
 * and a few letters spelled out. What is done on top is done to each character by itself, so that wherever the casemaps of two texts hold
 * each other, so do their folded forms: what IMAP's comparator finds can be looked for among folded words.
 */
export function fold(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  return unicodeCasemap(text)
    .replace(DIACRITICS, '')
    .toLowerCase()
    .replace(SPELLED, (letter) => SPELLING[letter]!);
}

/** Marks that readers leave out when they type: of Latin, Greek, Cyrillic, Hebrew and Arabic. In other scripts marks are letters. */
const DIACRITICS = new RegExp(
  `[${[
    ...[String.raw`\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f`],
    ...[String.raw`\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7`, String.raw`\u0610-\u061a\u064b-\u065f\u0670`],
  ].join('')}]`,
  'g',
);

/** Letters that no decomposition knows; and the sigma, whose lower case would depend on what follows it. */
const SPELLING: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ς: 'σ',
};
const SPELLED = /[ßæœøłđς]/g;
