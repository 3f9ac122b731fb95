/**
 * Fuzz of the structure index. `node test/fuzz/structure.ts --inputs 1000000 [--seed S]` runs it at length; the short
 * slice is structure.test.ts. Inputs are messages from a grammar, bent and spliced at random; every failure names the
 * seed that makes it again.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import {
  bodyFromBodystructure,
  filterHeaderFields,
  indexMessage,
  type MessageIndex,
  MessageIndexer,
  type Part,
  readEnvelope,
  resolveSection,
  type Summary,
  summarize,
} from '../../mail/message/index.ts';
import { itemEnd } from '../../mail/message/wire.ts';
import { Dice, MessageWriter } from './messages.ts';

const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\r\n\r\n',
  '\n--',
  '\r\n--b\r\n',
  '\r\n--bb--\r\n',
  '--',
  'Content-Type: multipart/mixed; boundary=b\r\n',
  'Content-Type: multipart/digest; boundary=bb\r\n\r\n',
  'Content-Type: message/rfc822\r\n\r\n',
  '\r\nContent-Type: text/html; charset=utf-16\r\n\r\n<style><p>&#55555;&amp',
  'Content-Transfer-Encoding: base64\r\n',
  '=?utf-8?b?',
  '?=',
  '=?x?q?=E9=?=',
  '"',
  '\\',
  '(',
  ')',
  '<',
  '>',
  '@',
  ',',
  ';',
  ':',
  "*0*=utf-8''%",
  '*1=',
  '\xff\xfe',
  '\xf0\x9f\x98',
  ' ',
  '\t',
];

/** The input of a seed: a wild message, most often bent at random places, now and then spliced with another. */
export function inputFrom(seed: number): Buffer {
  const dice = new Dice(seed);
  let text = new MessageWriter(dice, dice.chance(0.9) ? 'wild' : 'clean').message();
  if (dice.chance(0.2)) {
    const other = new MessageWriter(dice, 'wild').message();
    text = text.slice(0, dice.below(text.length + 1)) + other.slice(dice.below(other.length + 1));
  }
  if (dice.chance(0.02)) text = '';
  for (let n = dice.chance(0.8) ? dice.below(8) : 0; n > 0; n--) text = bend(text, dice);
  return Buffer.from(text, 'latin1');
}

function bend(text: string, dice: Dice): string {
  const at = dice.below(text.length + 1);
  switch (dice.below(6)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(dice.below(256)) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + text.slice(at + dice.below(40));
    case 2:
      return text.slice(0, at) + dice.pick(TOKENS) + text.slice(at);
    case 3:
      return text.slice(0, at) + text.slice(dice.below(at + 1));
    case 4:
      return text.slice(0, at) + dice.pick(TOKENS).repeat(1 + dice.below(20)) + text.slice(at);
    default:
      return dice.chance(0.2) ? text.slice(0, at) : text.slice(0, at) + dice.pick(TOKENS) + text.slice(at + 3);
  }
}

function ensure(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** Throws where an index contradicts itself or its input. */
export function checkIndex(index: MessageIndex, input: Buffer): void {
  const { root } = index;
  ensure(index.size === input.length, "size is not the input's");
  ensure(root.headerStart === 0 && root.bodyEnd === input.length, 'the root does not span the message');
  let count = 0;
  const waiting: Part[] = [root];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    count++;
    ensure(part.headerStart <= part.bodyStart && part.bodyStart <= part.bodyEnd, 'offsets out of order');
    ensure(part.lines >= 0 && part.lines <= part.bodyEnd - part.bodyStart, 'more lines than bytes');
    if (count < 20) ensure(part.lines === countLf(input, part.bodyStart, part.bodyEnd), 'lines miscounted');
    ensure(part.kind !== 0 || part.children.length === 0, 'a leaf has children');
    ensure(part.kind !== 1 || part.children.length > 0, 'a multipart has no part');
    ensure(part.kind !== 2 || (part.children.length === 1 && part.envelope !== null), 'no message in a message part');
    let before = part.bodyStart;
    for (const child of part.children) {
      ensure(child.headerStart >= before && child.bodyEnd <= part.bodyEnd, 'a child reaches out of its place');
      before = child.bodyEnd;
      waiting.push(child);
    }
  }
  ensure(count <= 2 * index.partCount, 'parts miscounted');
}

function countLf(input: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = input.indexOf(10, from); at >= 0 && at < to; at = input.indexOf(10, at + 1)) count++;
  return count;
}

/** Throws where a summary is malformed, or where its sections do not lie in the message. */
export function checkSummary(summary: Summary, input: Buffer): void {
  ensure(itemEnd(summary.envelope, 0) === summary.envelope.length, 'ENVELOPE is not one item');
  ensure(itemEnd(summary.bodystructure, 0) === summary.bodystructure.length, 'BODYSTRUCTURE is not one item');
  const body = bodyFromBodystructure(summary.bodystructure);
  ensure(itemEnd(body, 0) === body.length, 'BODY is not one item');
  ensure(!/[\0\u0100-\uffff]/.test(summary.envelope + summary.bodystructure), 'a char that is no wire byte');
  ensure(readEnvelope(summary.envelope).from.length <= 2_000, 'ENVELOPE cannot be read back');
  ensure(Array.from(summary.preview).length <= 200 && summary.preview.isWellFormed(), 'a bad preview');
  ensure(summary.subject === undefined || summary.subject.isWellFormed(), 'a bad subject');
  ensure(summary.sent === undefined || Number.isInteger(summary.sent), 'a bad date');
  for (const path of [[], [1], [2], [1, 1], [2, 1], [1, 1, 1]]) {
    for (const text of [undefined, 'HEADER', 'TEXT', 'MIME'] as const) {
      const range = resolveSection(summary, text === undefined ? { path } : { path, text });
      if (range === undefined) continue;
      ensure(range.start >= 0 && range.start <= range.end && range.end <= input.length, 'a section out of bounds');
    }
  }
  const header = input.subarray(0, summary.headerEnd);
  const kept = filterHeaderFields(header, ['subject', 'to'], false).length;
  const others = filterHeaderFields(header, ['subject', 'to'], true).length;
  const emptyLine = kept + others - header.length;
  ensure(emptyLine >= 0 && emptyLine <= 2, 'a header field is lost or doubled');
}

/** Indexes the input in random pieces. */
export function indexInPieces(input: Buffer, dice: Dice): MessageIndex {
  const indexer = new MessageIndexer();
  const longest = dice.pick([1, 2, 7, 64, 1_000]);
  for (let at = 0; at < input.length; ) {
    const end = Math.min(input.length, at + 1 + dice.below(longest));
    // A copy that is overwritten afterwards: the indexer must not hold on to chunks.
    const chunk = Buffer.from(input.subarray(at, end));
    indexer.push(chunk);
    chunk.fill(0x2d);
    at = end;
  }
  return indexer.finish();
}

/** Everything that is to hold for one seed; throws where it does not. */
export function checkSeed(seed: number): void {
  const input = inputFrom(seed);
  const index = indexMessage(input);
  checkIndex(index, input);
  const summary = summarize(index);
  checkSummary(summary, input);
  if (seed % 8 !== 0) return;
  const pieces = indexInPieces(input, new Dice(seed));
  ensure(comparable(pieces) === comparable(index), 'the result depends on the chunks');
  ensure(JSON.stringify(summarize(pieces)) === JSON.stringify(summary), 'the summary depends on the chunks');
}

/** An index as text, to compare. */
export function comparable(index: MessageIndex): string {
  const text = (captured: MessageIndex['plain']) => captured && Buffer.from(captured.bytes).toString('latin1');
  return JSON.stringify([index.root, [...index.fields], index.size, text(index.plain), text(index.html)]);
}

/** Runs `inputs` seeds from `seed` on; throws at the first failure, with the seed that makes it again. */
export function fuzz(inputs: number, seed: number): void {
  for (let n = 0; n < inputs; n++) {
    try {
      checkSeed(seed + n);
    } catch (error) {
      throw new Error(`seed ${seed + n}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

/** Inputs of about `size` bytes that a careless parser takes more than linear time on, by name. */
export const ADVERSARIES: Record<string, (size: number) => string> = {
  'empty lines': (n) => `\r\n${'\n'.repeat(n)}`,
  'header lines without colon': (n) => 'x\n'.repeat(n / 2),
  'folded header': (n) => `Subject: x${'\r\n y'.repeat(n / 4)}`,
  'one header line': (n) => `Subject: ${'x'.repeat(n)}`,
  'many To fields': (n) => 'To: a\n'.repeat(n / 6),
  'open comments': (n) => `To: ${'('.repeat(n)}`,
  'open angles': (n) => `To: ${'<'.repeat(n)}`,
  'at signs': (n) => `To: <${'@'.repeat(n)}`,
  commas: (n) => `To: ${','.repeat(n)}`,
  groups: (n) => `To: ${'a:;'.repeat(n / 3)}`,
  dots: (n) => `To: ${'a .'.repeat(n / 3)}@b`,
  'open encoded words': (n) => `Subject: ${'=?a?q?'.repeat(n / 6)}`,
  'encoded words': (n) => `Subject: ${'=?a?q?x?= '.repeat(n / 10)}`,
  'spaces in a subject': (n) => `Subject: =?a?q?x?=${' '.repeat(n)}y`,
  'date of spaces': (n) => `Date: ${' '.repeat(n)}x`,
  'references open': (n) => `References: ${'<'.repeat(n)}`,
  parameters: (n) => `Content-Type: a/b${';x*0=1'.repeat(n / 6)}`,
  'stars in a parameter': (n) => `Content-Type: a/b; ${'*'.repeat(n)}*0=1`,
  'disposition of spaces': (n) => `Content-Disposition: ${'a '.repeat(n / 2)}`,
  'nested messages': (n) => 'Content-Type: message/rfc822\n\n'.repeat(n / 30),
  'nested multiparts': (n) => nest(Math.floor(n / 60)),
  'dashes under 99 boundaries': (n) => underBoundaries(99, '-') + '--\n'.repeat(n / 3),
  'almost boundaries': (n) =>
    underBoundaries(99, 'a') + `--${'a'.repeat(98)}\n`.repeat(n / 101).replaceAll('a\n', 'x\n'),
  'parts without end': (n) => `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\n'.repeat(n / 5)}`,
  'open and close': (n) =>
    `Content-Type: multipart/mixed; boundary=b\n\n${'--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n--c--\n'.repeat(n / 58)}`,
  'open style elements': (n) => `Content-Type: text/html\n\n${'<style'.repeat(n / 6)}`,
  'open html comments': (n) => `Content-Type: text/html\n\n${'<!--'.repeat(n / 4)}`,
  'soft breaks of spaces': (n) => `Content-Transfer-Encoding: quoted-printable\n\n${'= '.repeat(n / 2)}`,
};

/** Multiparts in one another, each with its own boundary, closed again. */
export function nest(depth: number): string {
  const opening = Array.from(
    { length: depth },
    (_, n) => `Content-Type: multipart/mixed; boundary="b${n}."\n\n--b${n}.\n`,
  );
  const closing = Array.from({ length: depth }, (_, n) => `--b${depth - 1 - n}.--\n`);
  return `${opening.join('')}\nin the middle\n${closing.join('')}`;
}

/** Multiparts in one another whose boundaries are a char repeated 1, 2, 3 ... times, left open. */
function underBoundaries(depth: number, char: string): string {
  let text = '';
  for (let n = 1; n <= depth; n++)
    text += `Content-Type: multipart/mixed; boundary="${char.repeat(n)}"\n\n--${char.repeat(n)}\n`;
  return `${text}\n`;
}

/** Milliseconds to index and summarize, the best of three. */
export function timeOf(text: string): number {
  const input = Buffer.from(text, 'latin1');
  let best = Infinity;
  for (let n = 0; n < 3; n++) {
    const start = performance.now();
    const index = indexMessage(input);
    summarize(index);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function main(): void {
  const { values } = parseArgs({
    options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  });
  const inputs = Number(values.inputs);
  const start = performance.now();
  fuzz(inputs, Number(values.seed));
  const seconds = (performance.now() - start) / 1000;
  console.log(`${inputs} inputs from seed ${values.seed} in ${seconds.toFixed(1)} s: nothing found`);
  for (const [name, make] of Object.entries(ADVERSARIES)) {
    const small = timeOf(make(500_000));
    const large = timeOf(make(4_000_000));
    console.log(`${name}: 0.5 MB ${small.toFixed(1)} ms, 4 MB ${large.toFixed(1)} ms`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
