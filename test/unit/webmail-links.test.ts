import { describe, expect, it } from 'vitest';
import { exposed } from '../../frontend/src/screens/reader/bidi.ts';
import { hostIn, linkOf, unicodeHost, unicodeLabel } from '../../frontend/src/screens/reader/links.ts';
import { blocksOf, piecesOf, quoteAt } from '../../frontend/src/screens/reader/quotes.ts';

describe('links', () => {
  it.each([
    ['https://example.com/a', 'Read more', []],
    ['https://www.example.com/', 'example.com', []],
    ['https://login.example.com/', 'https://example.com/login', []],
    ['https://evil.example/', 'https://bank.example/login', ['otherHost']],
    ['https://evil.example/', 'www.bank\u200b.example', ['otherHost']],
    ['https://bank.example.evil.example/', 'bank.example', ['otherHost']],
    ['https://evil.example/', 'report.pdf', []],
    ['http://192.0.2.7/', 'here', ['number']],
    ['http://[2001:db8::1]/', 'here', ['number']],
    ['https://bank.example@evil.example/', 'your bank', ['signIn']],
    // Cyrillic letters that look like Latin ones.
    ['https://аррӏе.com/', 'here', ['lookalike']],
    ['https://pаypal.com/', 'here', ['lookalike']],
    ['https://bücher.example/', 'here', []],
    ['https://例え.jp/', 'here', []],
    ['https://почта.example/', 'here', []],
    ['mailto:mary@example.net', 'evil.example', []],
  ])('%s, shown as %s', (href, text, doubts) => {
    expect(linkOf(href, text)?.doubts).toEqual(doubts);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'blob:x', '/path', ''])(
    'takes %s for none',
    (href) => {
      expect(linkOf(href)).toBeUndefined();
    },
  );

  it('shows names in their letters only where they cannot be taken for others', () => {
    expect(unicodeHost('xn--bcher-kva.example')).toBe('bücher.example');
    expect(unicodeHost('xn--80ak6aa92e.com')).toBe('xn--80ak6aa92e.com');
    expect(linkOf('https://bücher.example/')?.host).toBe('bücher.example');
  });

  // RFC 3492 section 7.1 (B), (L) and (S).
  it.each([
    ['xn--ihqwcrb4cv8a8dqg056pqjye', '他们为什么不说中文'],
    ['xn--3B-ww4c5e180e575a65lsy2b', '3年b組金八先生'],
    ['xn--bcher-kva', 'bücher'],
    ['xn--\u0001', 'xn--\u0001'],
    ['plain', 'plain'],
  ])('decodes %s', (label, text) => {
    expect(unicodeLabel(label)).toBe(text);
  });

  it('finds the host that a text names', () => {
    expect(hostIn('https://Bank.example/login?x')).toBe('bank.example');
    expect(hostIn('Click here')).toBeUndefined();
    expect(hostIn('e.g. this')).toBeUndefined();
  });
});

describe('plain text', () => {
  const text = 'Yes.\n\nOn Friday Mary wrote:\n> Lunch?\n>> Where?\n> Here.\n\n';

  it('knows how deep each line is quoted (RFC 3676 section 4.5)', () => {
    expect(blocksOf(text)).toEqual([
      { depth: 0, lines: ['Yes.', '', 'On Friday Mary wrote:'] },
      { depth: 1, lines: ['Lunch?'] },
      { depth: 2, lines: ['Where?'] },
      { depth: 1, lines: ['Here.'] },
      { depth: 0, lines: ['', ''] },
    ]);
  });

  it('folds what is quoted at the end, not what is answered line by line, nor all of a message', () => {
    expect(quoteAt(blocksOf(text))).toBe(1);
    expect(quoteAt(blocksOf('> Lunch?\nYes.\n'))).toBe(2);
    expect(quoteAt(blocksOf('> only\n> quoted'))).toBe(1);
    expect(quoteAt(blocksOf('nothing quoted'))).toBe(1);
  });

  it('makes links of addresses, without what ends the sentence', () => {
    const shown = piecesOf(
      'See (https://example.com/a_(b)) or http://example.net/x. Write to mary@example.net, please.',
    );
    expect(shown.map((piece) => (typeof piece === 'string' ? piece : [piece.href]))).toEqual([
      'See (',
      ['https://example.com/a_(b)'],
      ') or ',
      ['http://example.net/x'],
      '. Write to ',
      ['mailto:mary@example.net'],
      ', please.',
    ]);
    expect(piecesOf('javascript:alert(1) <b>x</b>')).toEqual(['javascript:alert(1) <b>x</b>']);
  });
});

it('shows letters that turn what follows (UAX #9)', () => {
  expect(exposed('annual\u202efdp.exe')).toBe('annual[U+202E]fdp.exe');
  expect(exposed('\u2066x\u2069')).toBe('[U+2066]x[U+2069]');
  expect(exposed('שלום\u200f')).toBe('שלום\u200f');
});
