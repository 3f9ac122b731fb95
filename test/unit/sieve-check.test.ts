/** Scripts that are taken, and those that are refused, with what is wrong and where (RFC 5228 and its extensions). */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Sieve
import { describe, expect, it } from 'vitest';
import { checkScript } from '../../mail/sieve/check.ts';
import { EXTENSIONS } from '../../mail/sieve/extensions.ts';
import { MAX_DEPTH, MAX_LIST, MAX_NODES, MAX_SCRIPT } from '../../mail/sieve/limits.ts';
import { SieveError } from '../../mail/sieve/script.ts';
import { expand } from '../../mail/sieve/strings.ts';
import { COMMANDS, TESTS } from '../../mail/sieve/tables.ts';
import { SCRIPTS } from '../support/sieve.ts';

const check = (script: string) => checkScript(Buffer.from(script));

function refusal(script: string): string {
  try {
    check(script);
  } catch (error) {
    if (!(error instanceof SieveError)) throw error;
    return `${error.at.line}:${error.at.column} ${error.message}`;
  }
  return 'taken';
}

describe('the RFCs’ examples are taken', () => {
  it.each(SCRIPTS.map(({ from, script }) => [from, script] as const))('%s', (_, script) => {
    expect(refusal(script)).toBe('taken');
  });

  it('among them every command, test, argument and extension', () => {
    const words = new Set(
      SCRIPTS.flatMap(({ script }) => script.replace(/#.*$/gm, '').match(/:?[a-z_][a-z0-9_]*/gi) ?? []).map((word) =>
        word.toLowerCase(),
      ),
    );
    const all = [...COMMANDS, ...TESTS].flatMap(([name, { tags = {} }]) => [
      name,
      ...Object.keys(tags).map((tag) => `:${tag}`),
    ]);
    expect([...new Set(all)].filter((word) => !words.has(word))).toEqual([]);
    const required = new Set(SCRIPTS.flatMap(({ script }) => [...check(script).extensions]));
    expect([...EXTENSIONS].filter((name) => !required.has(name))).toEqual([]);
  });
});

describe('what a script says is read as it is meant', () => {
  it('commands, tags, values, tests, blocks', () => {
    const { steps } = check('if not header :IS ["a", "b"] "c" { KEEP; } else { discard; }');
    expect(steps).toMatchObject([
      { name: 'if', tests: [{ name: 'not', tests: [{ name: 'header', values: [['a', 'b'], ['c']] }] }] },
      { name: 'else', block: [{ name: 'discard' }] },
    ]);
    expect(steps[0]!.tests[0]!.tests[0]!.tags).toEqual(new Map([['is', true]]));
    expect(steps[0]!.block).toMatchObject([{ name: 'keep', at: { line: 1, column: 36 } }]);
  });

  it('numbers have units', () => {
    const sizes = ['1', '2K', '3m', '4G'].map(
      (n) => check(`if size :over ${n} { stop; }`).steps[0]!.tests[0]!.values[0],
    );
    expect(sizes).toEqual([1, 2048, 3 * 2 ** 20, 4 * 2 ** 30]);
  });

  it.each([
    ['"a\\"b\\\\c\\d"', 'a"b\\cd'],
    ['"two\nlines"', 'two\r\nlines'],
    ['text:\r\none\r\n..two\r\n.three\r\n.\r\n', 'one\r\n.two\r\nthree\r\n'],
    ['text: # a comment\nx\n.\n', 'x\r\n'],
    ['TEXT:\n.\n', ''],
    ['"/* no comment */ # none"', '/* no comment */ # none'],
  ])('strings: %j', (written, read) => {
    expect(
      check(`redirect /* x */ "a@b.test"; # y\nif header "s" ${written} { stop; }`).steps[1]!.tests[0]!.values[1],
    ).toEqual([read]);
  });

  it.each([
    ['$${hex:40}', '$@'],
    ['${hex: 40 }', '@'],
    ['${HEX: 40}', '@'],
    ['${hex:40', '${hex:40'],
    ['${hex:400}', '${hex:400}'],
    ['${hex:4${hex:30}}', '${hex:40}'],
    ['${unicode:40}', '@'],
    ['${ unicode:40}', '${ unicode:40}'],
    ['${UNICODE:40}', '@'],
    ['${UnICoDE:0000040}', '${UnICoDE:0000040}'],
    ['${Unicode:40}', '@'],
    ['${Unicode:Cool}', '${Unicode:Cool}'],
    ['${unicode:200000', '${unicode:200000'],
    ['${hex:24 7b}hex:40}', '${hex:40}'],
    ['${hex:C3}${hex: a9}', 'é'],
  ])('RFC 5228 section 2.4.2.4: %s', (written, read) => {
    const { steps } = check(`require "encoded-character"; if header "s" "${written}" { stop; }`);
    expect(steps[0]!.tests[0]!.values[1]).toEqual([read]);
    // As it stands where nobody asked for it.
    expect(check(`if header "s" "${written}" { stop; }`).steps[0]!.tests[0]!.values[1]).toEqual([written]);
  });

  it('variables are expanded as RFC 5229 section 3 shows', () => {
    const values: Readonly<Record<string, string>> = { company: 'ACME', '1': 'one' };
    const expanded = (text: string) => expand(text, (name) => values[name] ?? '');
    expect(expanded('&%${}!')).toBe('&%${}!');
    expect(expanded('${doh!}')).toBe('${doh!}');
    expect(expanded('${company}')).toBe('ACME');
    expect(expanded('${BAD${Company}')).toBe('${BADACME');
    expect(expanded('${President, ${Company} Inc.}')).toBe('${President, ACME Inc.}');
    expect(expanded('${1}${2}x')).toBe('onex');
  });
});

describe('refused', () => {
  it.each([
    // The grammar.
    ['keep', '1:5 expected ";" or a block behind keep, not the end of the script'],
    ['keep;\nkeep\n;\n  }', '4:3 expected a command, not "}"'],
    ['if true { keep;', '1:16 expected a command or "}", not the end of the script'],
    ['if anyof (true true) {}', '1:16 true takes no test'],
    ['if anyof (true; true) {}', '1:15 expected "," or ")", not ";"'],
    ['if anyof () {}', '1:11 expected a test, not ")"'],
    ['if header [] "b" {}', '1:12 expected a string, not "]"'],
    ['if header ["a" "b"] "c" {}', '1:16 expected "," or "]", not a string'],
    ['redirect "a@b.test', '1:10 the string is not closed by a quote'],
    ['/* keep;', '1:1 the comment is not closed by */'],
    ['redirect text:\nx\n', '1:10 the text is not closed by a line with a dot alone'],
    ['keep; ?', '1:7 "?" means nothing here'],
    ['keep 12x;', '1:6 "1" means nothing here'],
    ['if size :over 9999999999G {}', '1:15 9999999999G is too large a number'],
    ['ke\0ep;', '1:3 a NUL cannot stand in a script'],
    // Commands and tests.
    ['frob;', '1:1 there is no command frob'],
    ['true;', '1:1 there is no command true'],
    ['if keep {}', '1:4 there is no test keep'],
    ['else { keep; }', '1:1 else stands behind if or elsif'],
    ['if true {} keep; elsif true {}', '1:18 elsif stands behind if or elsif'],
    ['if true {} else {} else {}', '1:20 else stands behind if or elsif'],
    ['if true;', '1:1 if has a block'],
    ['if {}', '1:1 if takes one test, without parentheses'],
    ['if (true, false) {}', '1:1 if takes one test, without parentheses'],
    ['keep true;', '1:6 keep takes no test'],
    ['keep {}', '1:1 keep has no block'],
    ['if allof true {}', '1:4 allof takes tests in parentheses'],
    // Extensions.
    ['require "frob";', '1:9 there is no extension "frob"'],
    ['require "Fileinto";', '1:9 there is no extension "Fileinto"'],
    ['keep; require "fileinto";', '1:7 require stands before all other commands'],
    ['if true { require "fileinto"; }', '1:11 require stands before all other commands'],
    ['require 1;', '1:1 require takes a list of strings'],
    ['fileinto "a";', '1:1 fileinto needs require "fileinto"'],
    ['require "fileinto"; fileinto :copy "a";', '1:30 :copy needs require "copy"'],
    ['if header :count "gt" "a" "1" {}', '1:11 :count needs require "relational"'],
    ['if address :user "a" "b" {}', '1:12 :user needs require "subaddress"'],
    ['if header :comparator "i;ascii-numeric" "a" "1" {}', '1:4 header needs require "comparator-i;ascii-numeric"'],
    ['require "imap4flags"; addflag "x" "y";', '1:31 a variable here needs require "variables"'],
    // Arguments.
    ['redirect;', '1:1 redirect needs more arguments'],
    ['redirect 1;', '1:10 redirect: argument 1 is a string'],
    ['redirect ["a@b.test"];', '1:10 redirect: argument 1 is a string'],
    ['redirect "a@b.test" "c@d.test";', '1:21 redirect takes no more arguments'],
    ['redirect "nobody";', '1:1 redirect: "nobody" is no address'],
    ['if size 1 {}', '1:4 size needs one of :over, :under'],
    ['if size :over :under 1 {}', '1:15 :under and :over exclude each other'],
    ['if header :is :is "a" "b" {}', '1:15 :is is given twice'],
    ['if header :is :contains "a" "b" {}', '1:15 :contains and :is exclude each other'],
    ['if header "a" :is "b" {}', '1:15 arguments with a colon stand before the others'],
    ['if header :frob "a" "b" {}', '1:11 header has no argument :frob'],
    ['if header :comparator "i;frob" "a" "b" {}', '1:4 header: there is no comparator "i;frob"'],
    ['if header "a:" "b" {}', '1:4 header: "a:" is no name of a header field'],
    ['require "index"; if header :last "a" "b" {}', '1:21 :last means nothing without :index'],
    [
      'require "relational"; if header :value "xx" "a" "b" {}',
      '1:26 header: "xx" is none of "gt", "ge", "lt", "le", "eq", "ne"',
    ],
    [
      'require "comparator-i;ascii-numeric"; if header :contains :comparator "i;ascii-numeric" "a" "b" {}',
      '1:42 header: i;ascii-numeric compares numbers, and no parts of them',
    ],
    ['require "envelope"; if envelope "auth" "b" {}', '1:24 envelope: an envelope has "from" and "to", not "auth"'],
    ['require "vacation"; vacation;', '1:21 vacation needs more arguments'],
    ['require "vacation"; vacation :subject "a\nb" "c";', '1:21 vacation: :subject is one line'],
    ['require ["vacation-seconds"]; vacation :days 1 :seconds 1 "x";', '1:48 :seconds and :days exclude each other'],
    ['require "date"; if currentdate "century" "x" {}', '1:20 currentdate: a date has no part "century"'],
    [
      'require "date"; if currentdate :zone "CET" "hour" "x" {}',
      '1:20 currentdate: "CET" is no time zone like "+0100"',
    ],
    [
      'require ["fileinto", "mailboxid", "special-use"]; fileinto :mailboxid "m1" :specialuse "\\\\Junk" "x";',
      '1:76 :specialuse and :mailboxid exclude each other',
    ],
    // Strings.
    ['require "variables"; set "a b" "c";', '1:22 set: "a b" is no name of a variable'],
    ['require "variables"; set "${a}" "c";', '1:26 here a string is as it is: it has no variables'],
    ['require "variables"; set :lower :upper "a" "c";', '1:33 :upper and :lower exclude each other'],
    ['require "variables"; redirect "${env.x}";', '1:31 there is no namespace of ${env.x}'],
    ['require "variables"; redirect "${10}";', '1:31 ${10}: matches are kept up to ${9}'],
    ['require "encoded-character"; redirect "${unicode:D800}";', '1:39 ${unicode:D800} is no character'],
    ['require "encoded-character"; redirect "${unicode:200000}";', '1:39 ${unicode:200000} is no character'],
    ['require "encoded-character"; redirect "${hex:FF}";', '1:39 these bytes are no text in UTF-8'],
  ])('%s', (script, what) => {
    expect(refusal(script)).toBe(what);
  });

  it('what is not UTF-8', () => {
    expect(() => checkScript(Buffer.from([0x6b, 0xff]))).toThrow('a script is UTF-8');
  });

  it('what is more than is taken, and takes what is as much', () => {
    const nested = (levels: number) => `${'if true {'.repeat(levels)}${'}'.repeat(levels)}`;
    expect(refusal(nested(MAX_DEPTH))).toBe('taken');
    expect(refusal(nested(MAX_DEPTH + 2))).toMatch(/at most 32 levels/);
    const nots = (levels: number) => `if ${'not '.repeat(levels)}true {}`;
    expect(refusal(nots(MAX_DEPTH - 1))).toBe('taken');
    expect(refusal(nots(MAX_DEPTH + 1))).toMatch(/at most 32 levels/);
    expect(refusal('keep;'.repeat(MAX_NODES))).toBe('taken');
    expect(refusal('keep;'.repeat(MAX_NODES + 1))).toMatch(/at most 2000 commands and tests/);
    const list = (length: number) => `if exists [${Array(length).fill('"a"').join()}] {}`;
    expect(refusal(list(MAX_LIST))).toBe('taken');
    expect(refusal(list(MAX_LIST + 1))).toMatch(/at most 1000 strings/);
    expect(refusal(' '.repeat(MAX_SCRIPT))).toBe('taken');
    expect(refusal(' '.repeat(MAX_SCRIPT + 1))).toMatch(/at most 65536 bytes/);
  });
});

describe('ihave (RFC 5463): what is not there is an error only where it is run', () => {
  it('behind the test, and nowhere before', () => {
    const { steps } = check('require "ihave"; if ihave "vnd.frob" { frob :x "y"; keep :z; } else { frobnicate; }');
    expect(steps[0]!.block).toMatchObject([
      { name: 'frob', refused: 'there is no command frob' },
      { name: 'keep', refused: 'keep has no argument :z' },
    ]);
    expect(refusal('require "ihave"; frob; if ihave "vnd.frob" {}')).toBe('1:18 there is no command frob');
    expect(refusal('require "ihave"; if ihave "x" { redirect 1; }')).toBe('1:42 redirect: argument 1 is a string');
  });

  it('what is there, and not required, says what it needs', () => {
    const { steps } = check('require "ihave"; if ihave "fileinto" { fileinto :copy "x"; }');
    expect(steps[0]!.block).toMatchObject([{ name: 'fileinto', needs: ['fileinto', 'copy'] }]);
  });

  it('needs to be required itself', () => {
    expect(refusal('if ihave "fileinto" {}')).toBe('1:4 ihave needs require "ihave"');
  });
});
