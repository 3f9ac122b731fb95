import { addressField, encodedText, folded, headerText, mailDate } from '../message/render.ts';
import type { Vacation } from './object.ts';
import type { Author } from './rules.ts';

export interface AnswerInput {
  /** Makes the Message-ID and the boundary: the same input gives the same bytes. */
  readonly id: string;
  readonly hostname: string;
  readonly vacation: Pick<Vacation, 'subject' | 'textBody' | 'htmlBody'>;
  readonly author: Author;
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What is answered. */
  readonly message: {
    readonly subject?: string | undefined;
    /** Without angle brackets. */
    readonly messageId?: string | undefined;
    readonly references?: readonly string[] | undefined;
  };
}

/** RFC 8621 section 8: what is said where the user has written nothing. */
const DEFAULT_TEXT = 'I am away at the moment. I will read your message when I am back.';
const MAX_SUBJECT = 200;
const MAX_REFERENCES = 20;

/** The answer as a message (RFC 3834 section 3, RFC 5230 sections 5.1 to 5.8). */
export function composeAnswer({ id, hostname, vacation, author, to, at, message }: AnswerInput): Uint8Array {
  const { subject, textBody, htmlBody } = vacation;
  const about = subject ?? `Auto: ${oneLine(message.subject ?? '')}`.trimEnd();
  const header = [
    folded('Date', mailDate(at)),
    folded('From', addressField(author)),
    folded('To', addressField({ email: to })),
    folded('Subject', headerText(about)),
    folded('Message-ID', `<${id}@${hostname}>`),
    ...thread(message),
    // RFC 3834 section 5: nothing may answer this by itself.
    folded('Auto-Submitted', 'auto-replied'),
    folded('MIME-Version', '1.0'),
  ];
  const text = textBody ?? (htmlBody === null ? DEFAULT_TEXT : null);
  const parts = [
    ...(text === null ? [] : [part('text/plain', text)]),
    ...(htmlBody === null ? [] : [part('text/html', htmlBody)]),
  ];
  const [only, ...more] = parts as [string, ...string[]];
  const body =
    more.length === 0
      ? only
      : `Content-Type: multipart/alternative; boundary="${id}"\r\n\r\n${parts.map((one) => `--${id}\r\n${one}\r\n`).join('')}--${id}--\r\n`;
  return Buffer.from(`${header.join('')}${body}`);
}

function thread({ messageId, references }: AnswerInput['message']): readonly string[] {
  if (messageId === undefined || !isId(messageId)) return [];
  const before = (references ?? []).filter(isId);
  const all = [...before, messageId].slice(-MAX_REFERENCES).map((one) => `<${one}>`);
  return [folded('In-Reply-To', `<${messageId}>`), folded('References', all.join(' '))];
}

/** What a stranger has written may hold line ends: they would begin fields of his own. */
function oneLine(text: string): string {
  const clean = text.replace(/[\x00-\x1f\x7f]+/g, ' ');
  return clean.slice(0, MAX_SUBJECT).toWellFormed();
}

function isId(text: string): boolean {
  return /^[\x21-\x3b=\x3f-\x7e]{1,500}$/.test(text);
}

function part(type: string, value: string): string {
  const { encoding, text } = encodedText(value);
  const end = text.endsWith('\r\n') ? '' : '\r\n';
  return `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${text}${end}`;
}
