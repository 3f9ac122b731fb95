import { Buffer, isUtf8 } from 'node:buffer';
import { BadCommand, REPLY, type Reply } from './replies.ts';

/** One command line taken apart at its first space. */
export interface CommandLine {
  /** Upper case. */
  readonly verb: string;
  /** What follows, without outer spaces. */
  readonly rest: string;
}

// Non-ASCII is for SMTPUTF8 (RFC 6531 section 3.3). Dots may stand anywhere in a local part: some real addresses break the rule
// of RFC 5321 section 4.1.2, and only their own domain has a say in it.
const ATOM = String.raw`[A-Za-z0-9!#$%&'*+\-/=?^_\x60{|}~.\u0080-\u{10ffff}]+`;
const QUOTED = String.raw`"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"`;
const LABEL = String.raw`[A-Za-z0-9_\-\u0080-\u{10ffff}]+`;
const DOMAIN = String.raw`${LABEL}(?:\.${LABEL})*\.?`;
const LITERAL = String.raw`\[[\x21-\x5a\x5e-\x7e]{1,255}\]`;
// The source route of RFC 5321 appendix C is read and forgotten.
const PATH = new RegExp(`^<(?:@[^:<> ]{1,256}:)?(${ATOM}|${QUOTED})@(${DOMAIN}|${LITERAL})>`, 'u');
const DOT_STRING = /^[^\s"\\<>@,:;()[\]]+$/;
const PARAMETER = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^\x00-\x20=\x7f]+))?$/;
const NON_ASCII = /[\u0080-\u{10ffff}]/u;

/** Longest address: 64 octets before the @ and 255 behind it (RFC 5321 section 4.5.3.1); longer local parts exist (VERP). */
const MAX_ADDRESS = 320;
const MAX_DOMAIN = 255;

/** Takes a line apart. `line` is latin1, as read; its text is UTF-8 (RFC 6531 section 3.1). Throws BadCommand. */
export function commandLine(line: string): CommandLine {
  let text = line;
  if (/[\x80-\xff]/.test(line)) {
    const bytes = Buffer.from(line, 'latin1');
    if (!isUtf8(bytes)) throw new BadCommand(REPLY.notUtf8);
    text = bytes.toString('utf8');
  }
  const space = text.indexOf(' ');
  if (space < 0) return { verb: text.toUpperCase(), rest: '' };
  return { verb: text.slice(0, space).toUpperCase(), rest: text.slice(space + 1).trim() };
}

/** The arguments of MAIL and RCPT. */
export interface PathAndParameters {
  /** `local@domain`, the local part unquoted where it needs no quotes; '' is the null path. */
  readonly address: string;
  /** Whether the address has characters beyond ASCII. */
  readonly nonAscii: boolean;
  /** By upper-case keyword; a parameter without value has ''. */
  readonly parameters: ReadonlyMap<string, string>;
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/**
 * Reads `FROM:<path> [parameters]` or `TO:<path> [parameters]` (RFC 5321 section 4.1.2). A space behind the colon is let pass,
 * since many clients send one. Throws BadCommand: `bad` when the form is wrong, `badAddress` when the path is.
 */
export function pathAndParameters(
  rest: string,
  keyword: 'FROM:' | 'TO:',
  bad: Reply,
  badAddress: Reply,
): PathAndParameters {
  if (rest.length < keyword.length || rest.slice(0, keyword.length).toUpperCase() !== keyword)
    throw new BadCommand(bad);
  const text = rest.slice(keyword.length).trimStart();
  const path = readPath(text, keyword);
  if (path === undefined) throw new BadCommand(badAddress);
  const tail = text.slice(path.length);
  if (tail !== '' && !tail.startsWith(' ')) throw new BadCommand(badAddress);
  return {
    address: path.address,
    nonAscii: NON_ASCII.test(path.address),
    parameters: tail === '' ? NO_PARAMETERS : readParameters(tail, bad),
  };
}

function readPath(text: string, keyword: string): { readonly address: string; readonly length: number } | undefined {
  if (keyword === 'FROM:' && text.startsWith('<>')) return { address: '', length: 2 };
  const match = PATH.exec(text);
  if (match === null) {
    // The one address without a domain (RFC 5321 section 4.5.1).
    const bare = keyword === 'TO:' ? /^<postmaster>/i.exec(text) : null;
    return bare === null ? undefined : { address: 'postmaster', length: bare[0].length };
  }
  const domain = match[2]!;
  const address = `${unquoted(match[1]!)}@${domain}`;
  if (domain.length > MAX_DOMAIN || address.length > MAX_ADDRESS) return undefined;
  return { address, length: match[0].length };
}

/** Quotes that mean nothing go, so that one mailbox has one spelling (RFC 5321 section 4.1.2). */
function unquoted(local: string): string {
  if (!local.startsWith('"')) return local;
  const inner = local.slice(1, -1).replace(/\\(.)/g, '$1');
  return DOT_STRING.test(inner) ? inner : local;
}

function readParameters(text: string, bad: Reply): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const word of text.split(' ')) {
    if (word === '') continue;
    const match = PARAMETER.exec(word);
    if (match === null) throw new BadCommand(bad);
    const name = match[1]!.toUpperCase();
    if (parameters.has(name)) throw new BadCommand(REPLY.badParameter);
    parameters.set(name, match[2] ?? '');
  }
  return parameters;
}
