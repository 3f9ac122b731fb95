/** Messages made by a grammar, from a seed: for the fuzz of the structure index and for comparing it with other parsers. */

/** A small seeded generator of numbers (mulberry32): the same seed gives the same messages everywhere. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** An integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  chance(p: number): boolean {
    return this.next() < p;
  }
}

/** How wild a message is: `clean` follows the RFCs, so that any two parsers must agree on it; `wild` breaks them freely. */
export type Manner = 'clean' | 'wild';

const WORDS = ['alpha', 'report', 'Grüße', 'meeting', 'x', 'invoice-42', 'naïve', 'draft', 'line', '日本語', 'end'];
const TEXT_TYPES = [
  'text/plain',
  'text/html',
  'text/plain; charset=utf-8',
  'text/plain; charset="iso-8859-1"',
  'text/csv',
];
const OTHER_TYPES = ['application/pdf; name="a b.pdf"', 'image/png', 'application/octet-stream', 'audio/x-wav'];
const MULTIPARTS = ['mixed', 'alternative', 'related', 'report', 'signed', 'digest'];

/** Writes one message, as latin1 (one char per byte). */
export class MessageWriter {
  readonly #dice: Dice;
  readonly #wild: boolean;
  readonly #eol: string;
  #boundaries = 0;

  constructor(dice: Dice, manner: Manner) {
    this.#dice = dice;
    this.#wild = manner === 'wild';
    this.#eol = this.#wild && dice.chance(0.2) ? '\n' : '\r\n';
  }

  message(depth = 0): string {
    const d = this.#dice;
    const lines: string[] = [];
    if (d.chance(0.9)) lines.push(`From: ${this.#addresses(1)}`);
    if (d.chance(0.9)) lines.push(`To: ${this.#addresses(1 + d.below(4))}`);
    if (d.chance(0.3)) lines.push(`Cc: ${this.#addresses(1 + d.below(3))}`);
    if (d.chance(0.1)) lines.push(`Reply-To: ${this.#addresses(1)}`);
    if (d.chance(0.9)) lines.push(`Subject: ${this.#text()}`);
    if (d.chance(0.9)) lines.push(`Date: ${this.#date()}`);
    if (d.chance(0.9)) lines.push(`Message-ID: <${d.below(1e9)}.${d.below(1e9)}@example.org>`);
    if (d.chance(0.3)) lines.push(`In-Reply-To: <${d.below(1e9)}@example.org>`);
    if (d.chance(0.3)) lines.push(`References: <1@a>${this.#fold()}<2@b>${this.#fold()}<3@c>`);
    if (d.chance(0.5)) lines.push(`X-Long: ${'word '.repeat(d.below(12))}${this.#fold()}more`);
    if (this.#wild && d.chance(0.1))
      lines.push(d.pick(['no colon here', 'From x@y Mon', ': empty name', 'Bad Name: x', 'Subject : spaced']));
    lines.push('MIME-Version: 1.0');
    return this.#entity(lines, depth, false);
  }

  /** Adds the MIME header to a header, and the body. */
  #entity(header: string[], depth: number, inDigest: boolean): string {
    const d = this.#dice;
    const roll = d.next();
    if (depth < 4 && roll < (depth === 0 ? 0.6 : 0.3)) return this.#multipart(header, depth);
    if (depth < 4 && roll < (depth === 0 ? 0.65 : 0.4)) {
      header.push('Content-Type: message/rfc822');
      return this.#close(header, this.message(depth + 1));
    }
    const text = d.chance(0.6);
    if (d.chance(0.85) || inDigest)
      header.push(`Content-Type: ${this.#fuzzed(d.pick(text ? TEXT_TYPES : OTHER_TYPES))}`);
    if (d.chance(0.3)) header.push(`Content-ID: <${d.below(1e6)}@x>`);
    if (d.chance(0.3)) header.push(`Content-Description: ${d.pick(['a part', 'Teil', 'x "y" \\z'])}`);
    if (d.chance(0.3)) header.push(`Content-Disposition: ${this.#fuzzed(this.#disposition())}`);
    if (d.chance(0.1)) header.push(`Content-Language: ${d.pick(['en', 'en, de', 'fr'])}`);
    if (d.chance(0.1)) header.push('Content-Location: http://example.org/a');
    if (d.chance(0.1)) header.push('Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==');
    const encoding = d.pick(['', '', '7bit', '8bit', 'base64', 'quoted-printable', 'BASE64']);
    if (encoding !== '') header.push(`Content-Transfer-Encoding: ${encoding}`);
    const inBase64 = encoding.toLowerCase() === 'base64' && (!this.#wild || d.chance(0.8));
    return this.#close(header, inBase64 ? this.#base64() : this.#body());
  }

  #multipart(header: string[], depth: number): string {
    const d = this.#dice;
    const kind = d.pick(MULTIPARTS);
    // Prefixes of one another are legal and the trap that parsers fall into.
    const boundary = d.chance(0.3) ? 'b'.repeat(++this.#boundaries) : `=_${d.below(1e6)}_${++this.#boundaries}`;
    header.push(this.#fuzzed(`Content-Type: multipart/${kind};${this.#fold()}boundary="${boundary}"`));
    let body = d.chance(0.3) ? `preamble${this.#eol}` : '';
    const count = this.#wild ? d.below(4) : 1 + d.below(3);
    for (let n = 0; n < count; n++) {
      body += `--${boundary}${d.chance(0.1) ? ' \t' : ''}${this.#eol}`;
      body += `${this.#entity([], depth + 1, kind === 'digest')}${this.#eol}`;
    }
    if (!this.#wild || d.chance(0.8)) body += `--${boundary}--${this.#eol}`;
    if (d.chance(0.2)) body += `epilogue${this.#eol}`;
    return this.#close(header, body);
  }

  #close(header: string[], body: string): string {
    const head = header.map((line) => line + this.#eol).join('');
    if (this.#wild && this.#dice.chance(0.05)) return head + body;
    return head + this.#eol + body;
  }

  #body(): string {
    const d = this.#dice;
    const lines: string[] = [];
    for (let n = d.below(8); n > 0; n--) {
      lines.push(
        d.pick([
          '',
          'hello there',
          '-- ',
          '--not a boundary',
          'caf=C3=A9=20',
          'SGVsbG8gd29ybGQ=',
          'a\tb',
          '.',
          '-',
          'naïve',
          'x'.repeat(d.below(90)),
        ]),
      );
    }
    return Buffer.from(lines.join(this.#eol), 'utf8').toString('latin1');
  }

  #base64(): string {
    const bytes = Buffer.from(Array.from({ length: this.#dice.below(200) }, () => this.#dice.below(256)));
    return bytes.toString('base64').replace(/.{76}/g, `$&${this.#eol}`);
  }

  #disposition(): string {
    return this.#dice.pick([
      'attachment',
      'inline',
      'attachment; filename="report.pdf"',
      "attachment; filename*=utf-8''na%C3%AFve.txt",
      "attachment; filename*0*=utf-8''a%20; filename*1*=b%C3%A9; filename*2*=.txt",
      'attachment; filename*0="long-"; filename*1="name.txt"',
      'attachment; filename="a \\"q\\" b"; size=12',
    ]);
  }

  #addresses(count: number): string {
    const d = this.#dice;
    const one = () =>
      d.pick([
        'alice@example.org',
        'Bob Builder <bob@example.org>',
        '"Last, First" <lf@example.org>',
        '"q \\"in\\" q" <q@example.org>',
        '=?utf-8?q?J=C3=B6rg?= <j@example.org>',
        'team: a@example.org, Bee <b@example.org>;',
        'undisclosed-recipients:;',
        '"odd local"@example.org',
        'carol@[192.0.2.1]',
      ]);
    return Array.from({ length: count }, () => this.#fuzzed(one())).join(`,${this.#fold()}`);
  }

  #text(): string {
    const d = this.#dice;
    const words = Array.from({ length: 1 + d.below(6) }, () => {
      const word = d.pick(WORDS);
      if (/^[\x20-\x7e]*$/.test(word)) return word;
      if (this.#wild && d.chance(0.5)) return Buffer.from(word, 'utf8').toString('latin1');
      if (d.chance(0.5)) return `=?UTF-8?B?${Buffer.from(word, 'utf8').toString('base64')}?=`;
      return `=?utf-8?Q?${Array.from(Buffer.from(word, 'utf8'), (b) => `=${b.toString(16).toUpperCase().padStart(2, '0')}`).join('')}?=`;
    });
    return words.join(' ');
  }

  #date(): string {
    const d = this.#dice;
    const two = (n: number) => String(n).padStart(2, '0');
    const time = `${two(d.below(24))}:${two(d.below(60))}:${two(d.below(60))}`;
    const zone = d.pick(['+0000', '-0800', '+0530', 'GMT', 'EST', '+0100 (CET)']);
    return this.#fuzzed(`${1 + d.below(28)} ${d.pick(['Jan', 'Jun', 'Dec'])} ${1990 + d.below(40)} ${time} ${zone}`);
  }

  #fold(): string {
    return this.#dice.chance(0.3) ? `${this.#eol}${this.#dice.pick([' ', '\t', '  '])}` : ' ';
  }

  /** In a wild message, now and then, with a char changed, dropped or added. */
  #fuzzed(text: string): string {
    if (!this.#wild || !this.#dice.chance(0.1)) return text;
    const at = this.#dice.below(text.length + 1);
    const junk = this.#dice.pick([
      '"',
      '(',
      ')',
      '<',
      '>',
      ';',
      ':',
      '=',
      '*',
      '\0',
      '\r',
      '\\',
      ',',
      '@',
      '[',
      '\xe9',
      "'",
      '%',
      '?',
      '',
    ]);
    return text.slice(0, at) + junk + text.slice(at + this.#dice.below(2));
  }
}

/** A message from a seed. */
export function messageFrom(seed: number, manner: Manner): Buffer {
  return Buffer.from(new MessageWriter(new Dice(seed), manner).message(), 'latin1');
}
