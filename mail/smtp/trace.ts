import type { Clock } from '../ports/clock.ts';

/** What the trace header tells. */
export interface TraceFacts {
  readonly id: string;
  readonly hostname: string;
  /** The name given with EHLO or HELO. */
  readonly hello: string;
  readonly extended: boolean;
  readonly address: string;
  readonly cipher: string | undefined;
  readonly authenticated: boolean;
  readonly smtputf8: boolean;
  readonly from: string;
  /** The recipient, where there is exactly one: naming several would tell each of the others (RFC 5321 section 7.6). */
  readonly recipient: string | undefined;
  /** Only mail that stays here gets its Return-Path here: what leaves again must not have one (RFC 5321 section 4.4). */
  readonly returnPath: boolean;
  readonly received: number;
}

/** Return-Path and Received, each line ended with CRLF (RFC 5321 section 4.4). Text to be written as UTF-8. */
export function traceHeader(facts: TraceFacts): string {
  const returnPath = facts.returnPath ? `Return-Path: <${facts.from}>\r\n` : '';
  const address = facts.address.includes(':') ? `IPv6:${facts.address}` : facts.address;
  const recipient = facts.recipient === undefined ? '' : `\r\n\tfor <${facts.recipient}>`;
  // RFC 8314 section 4.3.
  const tls = facts.cipher === undefined ? '' : `\r\n\ttls ${facts.cipher}`;
  return (
    `${returnPath}Received: from ${facts.hello} ([${address}])\r\n` +
    `\tby ${facts.hostname} with ${protocol(facts)} id ${facts.id}${recipient}${tls};\r\n` +
    `\t${mailDate(facts.received)}\r\n`
  );
}

/** RFC 3848 and RFC 6531 section 4.3. */
function protocol(facts: TraceFacts): string {
  const base = facts.smtputf8 ? 'UTF8SMTP' : facts.extended ? 'ESMTP' : 'SMTP';
  if (base === 'SMTP') return base;
  return base + (facts.cipher === undefined ? '' : 'S') + (facts.authenticated ? 'A' : '');
}

/** RFC 5322 section 3.3, in UTC. */
export function mailDate(ms: ReturnType<Clock['now']>): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}

/** What of a header block matters on the way in. */
export interface HeaderFacts {
  readonly received: number;
  readonly date: boolean;
  readonly messageId: boolean;
}

/** Looks through the header block at the start of `text` (latin1), up to the first empty line. */
export function headerFacts(text: string): HeaderFacts {
  const end = text.startsWith('\r\n') ? 0 : text.indexOf('\r\n\r\n');
  const header = end < 0 ? text : text.slice(0, end);
  let received = 0;
  let date = false;
  let messageId = false;
  for (const match of header.matchAll(/^(received|date|message-id)[ \t]*:/gim)) {
    const name = match[1]!.toLowerCase();
    if (name === 'received') received++;
    else if (name === 'date') date = true;
    else messageId = true;
  }
  return { received, date, messageId };
}
