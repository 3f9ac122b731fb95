/**
 * Messages to search in: words by Zipf's law out of a vocabulary of 60,000, numbers and addresses, so that some words are in most messages
 * and most words in few; 2 to 3 KB of text in the mean, plain, with HTML beside it, encoded or with a text attached; always the same by number.
 */
import { SimRandom } from '../support/simrandom.ts';

const VOCABULARY = 60_000;
/** How the frequency of a word falls with its rank; the second number flattens the top, as in natural text. */
const EXPONENT = 1.05;
const FLAT = 2.7;
const SYLLABLES =
  'an ar ba be ca ce co da de di do en er es fa fi ga go ha he in ka ko la le li lo ma me mi mo na ne ni no on or pa pe po ra re ri ro sa se si so ta te ti to un va ve vi vo wa za'.split(
    ' ',
  );
const TOPS = ['example.com', 'example.net', 'example.org', 'mail.example.com'];

const WORDS = vocabulary();
const CUMULATIVE = cumulative();

/** A word by its rank, the most frequent first. */
export function wordOf(rank: number): string {
  return WORDS[rank]!;
}

function vocabulary(): string[] {
  const random = new SimRandom(7, 'vocabulary');
  const words = new Set<string>();
  while (words.size < VOCABULARY) {
    // Frequent words are short.
    const count = 1 + Math.floor(Math.log10(words.size + 10) * 0.9 + random.number() * 1.5);
    let word = Array.from({ length: count }, () => random.pick(SYLLABLES)).join('');
    if (random.chance(0.03)) word = word.replace(/[aeou]/, (vowel) => ({ a: 'ä', e: 'é', o: 'ö', u: 'ü' })[vowel]!);
    words.add(word);
  }
  return [...words];
}

function cumulative(): Float64Array {
  const sums = new Float64Array(VOCABULARY);
  let sum = 0;
  for (let rank = 0; rank < VOCABULARY; rank++) {
    sum += 1 / (rank + 1 + FLAT) ** EXPONENT;
    sums[rank] = sum;
  }
  return sums.map((one) => one / sum);
}

function word(random: SimRandom): string {
  if (random.chance(0.02)) return String(random.int(10 ** (1 + random.int(6))));
  const at = random.number();
  let low = 0;
  let high = VOCABULARY - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (CUMULATIVE[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return WORDS[low]!;
}

function sentence(random: SimRandom, count: number): string {
  const words = Array.from({ length: count }, () => word(random)).join(' ');
  return `${words[0]!.toUpperCase()}${words.slice(1)}.`;
}

function paragraphs(random: SimRandom, count: number): string[] {
  const lines: string[] = [];
  for (let words = 0; words < count; ) {
    const length = Math.min(count - words, 6 + random.int(14));
    lines.push(sentence(random, length));
    words += length;
    if (random.chance(0.2)) lines.push('');
  }
  return lines;
}

function token(random: SimRandom, length: number): string {
  return Buffer.from(random.bytes(length)).toString('base64').replace(/=/g, '');
}

export interface CorpusMessage {
  readonly bytes: Buffer;
  /** UTF-8 bytes of what a reader sees: subject, names and addresses, text. */
  readonly text: number;
}

/** Message `n`, with CRLF. */
export function corpusMessage(n: number): CorpusMessage {
  const random = new SimRandom(n + 1, 'corpus');
  const person = random.int(2_000);
  const from =
    `"${WORDS[500 + person]} ${WORDS[3_000 + person]}" <${WORDS[500 + person]}.${WORDS[3_000 + person]}@${TOPS[person % 4]}>`
      .normalize('NFD')
      .replace(/[^\x20-\x7e]/g, '');
  const subject = sentence(random, 3 + random.int(7));
  // Most are short, some are long: 420 words in the mean.
  const body = paragraphs(random, 40 + Math.floor(-380 * Math.log(1 - random.number())));
  const day = new Date(Date.UTC(2023, 0, 1) + n * 600_000).toUTCString().replace('GMT', '+0000');
  const head = [
    `Received: from mx${n % 9}.example.net (mx${n % 9}.example.net [192.0.2.${n % 250}])`,
    `\tby mail.example.test with ESMTPS id ${token(random, 8)}; ${day}`,
    `DKIM-Signature: v=1; a=ed25519-sha256; d=${TOPS[person % 4]}; s=s1; h=from:to:subject;`,
    `\tbh=${token(random, 32)}; b=${token(random, 64)}`,
    `Date: ${day}`,
    `From: ${from}`,
    `To: <user1@bench.test>`,
    `Subject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=`,
    `Message-ID: <${token(random, 12).replace(/[+/]/g, 'x')}@${TOPS[person % 4]}>`,
    'MIME-Version: 1.0',
  ];
  const kind = random.number();
  const parts = kind < 0.5 ? plain(random, body) : kind < 0.85 ? alternative(body) : attached(random, body);
  const text = [from, subject, ...body, ...parts.more];
  return {
    bytes: Buffer.from(`${[...head, ...parts.lines].join('\r\n')}\r\n`),
    text: text.reduce((sum, line) => sum + Buffer.byteLength(line) + 2, 0),
  };
}

function plain(random: SimRandom, body: readonly string[]) {
  const type = 'Content-Type: text/plain; charset=utf-8';
  if (random.chance(0.6)) return { lines: [type, 'Content-Transfer-Encoding: 8bit', '', ...body], more: [] };
  const encoded = Buffer.from(body.join('\r\n'))
    .toString('base64')
    .match(/.{1,76}/g)!;
  return { lines: [type, 'Content-Transfer-Encoding: base64', '', ...encoded], more: [] };
}

function alternative(body: readonly string[]) {
  const lines = [
    'Content-Type: multipart/alternative; boundary="inner"',
    '',
    '--inner',
    'Content-Type: text/plain; charset=utf-8',
    '',
    ...body,
    '--inner',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<html><head><style>p { margin: 0 0 1em; font-family: sans-serif }</style></head><body>',
    ...body.map((line) => `<p class="text">${line}</p>`),
    '</body></html>',
    '--inner--',
  ];
  return { lines, more: [] };
}

function attached(random: SimRandom, body: readonly string[]) {
  const more = Array.from({ length: 20 + random.int(60) }, () => `${word(random)},${random.int(100_000)}`);
  const lines = [
    'Content-Type: multipart/mixed; boundary="outer"',
    '',
    '--outer',
    'Content-Type: text/plain; charset=utf-8',
    '',
    ...body,
    '--outer',
    `Content-Type: text/csv; charset=utf-8; name="${word(random)}.csv"`,
    'Content-Disposition: attachment',
    '',
    ...more,
    '--outer--',
  ];
  return { lines, more };
}
