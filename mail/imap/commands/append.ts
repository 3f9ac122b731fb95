import type { Draft, State } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { MessageIndexer } from '../../message/indexer.ts';
import { summarize } from '../../message/summarize.ts';
import type { Summary } from '../../message/summary.ts';
import { AUTHENTICATED, command, type Done } from '../command.ts';
import { Bad, isConnectionEnd, No } from '../errors.ts';
import { dateTime } from '../grammar/dates.ts';
import { flagList } from '../grammar/flags.ts';
import { mailboxName } from '../grammar/mailbox.ts';
import { Parser } from '../grammar/parser.ts';
import type { Session } from '../session.ts';

/** Messages up to this are in memory when they are written; longer ones go to the blob as they come. */
const SMALL = 256 * 1024;
/** Messages of one MULTIAPPEND. */
const MAX_MESSAGES = 1_000;
const MAX_LINE = 8 * 1024;

/** What stands before a message's literal, and the literal's announcement. */
interface Head {
  readonly flags: readonly string[];
  readonly date: number | undefined;
  readonly size: number;
  readonly synchronizing: boolean;
}

/** A message that is durable as a blob and not yet in the account. */
interface Uploaded {
  readonly head: Head;
  readonly blob: string;
  readonly summary: Summary;
}

/** APPEND (RFC 3501 section 6.3.11) of one message or more (MULTIAPPEND, RFC 3502: all or none). */
export const append = command({
  states: AUTHENTICATED,
  streams(parser) {
    parser.space();
    const name = mailboxName(parser);
    parser.space();
    return { name, first: messageHead(parser) };
  },
  parse(parser): { name: string; first: Head } {
    parser.space();
    mailboxName(parser);
    parser.space();
    messageHead(parser);
    throw new Bad('Expected the message as a literal');
  },
  async run(session, { name, first }) {
    const uploaded: Uploaded[] = [];
    let head: Head | undefined = first;
    while (head !== undefined) {
      await admit(session, name, head, uploaded);
      uploaded.push(await upload(session, head));
      head = await nextHead(session);
    }
    return file(session, name, uploaded);
  },
});

/** `[(flags)] ["date"] {size}`, up to the end of the line. */
function messageHead(parser: Parser): Head {
  let flags: readonly string[] = [];
  let date: number | undefined;
  if (parser.peek() === '(') {
    flags = flagList(parser);
    parser.space();
  }
  if (parser.peek() === '"') {
    date = dateTime(parser);
    parser.space();
  }
  const literal = /^\{(\d{1,15})(\+?)\}$/.exec(parser.text.slice(parser.pos));
  if (literal === null) return parser.fail('flags, a date-time or the message as a literal');
  return { flags, date, size: Number(literal[1]), synchronizing: literal[2] === '' };
}

/** Refuses a message before it is sent; one that comes unasked (LITERAL+) is thrown away with all behind it. */
async function admit(session: Session, name: string, head: Head, before: readonly Uploaded[]): Promise<void> {
  const state =
    session.account.state.mailboxNamed(name) === undefined ? await session.account.refresh() : session.account.state;
  const bytes = before.reduce((sum, { head: { size } }) => sum + size, head.size);
  let refusal: No | undefined;
  if (state.mailboxNamed(name) === undefined) {
    refusal = new No('TRYCREATE', 'There is no such mailbox; create it first');
  } else if (head.size > session.maxMessage) {
    refusal = new No('TOOBIG', `A message has at most ${session.maxMessage} bytes`);
  } else if (head.size === 0) {
    // RFC 3502 section 6.3.11: how a client gives up.
    refusal = new No('CANNOT', 'A message has at least one byte');
  } else if (before.length >= MAX_MESSAGES) {
    refusal = new No('LIMIT', `One command appends at most ${MAX_MESSAGES} messages`);
  } else if (isOver(session, state, bytes)) refusal = overQuota();
  if (refusal === undefined) return;
  await skipAll(session, head);
  throw refusal;
}

/** Whether the account would keep more than it may. Only APPEND adds bytes: a copy within the account counts once (design: rule 14). */
function isOver(session: Session, state: State, bytes: number): boolean {
  return session.quota !== undefined && state.bytes + bytes > session.quota;
}

function overQuota(): No {
  return new No('OVERQUOTA', 'The account would be over its quota; delete something first');
}

/** Reads to the end of a command that has failed, as far as the client sends it without asking. */
async function skipAll(session: Session, failed: Head): Promise<void> {
  let head: Head | undefined = failed;
  while (head !== undefined && !head.synchronizing) {
    await session.input.skip(head.size);
    head = announcedBy(await session.input.line(MAX_LINE));
  }
}

function announcedBy(line: string): Head | undefined {
  const literal = /\{(\d{1,15})(\+?)\}$/.exec(line);
  if (literal === null) return undefined;
  return { flags: [], date: undefined, size: Number(literal[1]), synchronizing: literal[2] === '' };
}

/** Takes the literal: to a blob, and through the indexer. When the store fails, the rest is read and thrown away. */
async function upload(session: Session, head: Head): Promise<Uploaded> {
  const { input, out, deps } = session;
  if (head.synchronizing) out.line('+ Ready for the message');
  const indexer = new MessageIndexer();
  let left = head.size;
  async function* indexed(): AsyncGenerator<Uint8Array> {
    for await (const piece of input.bytes(head.size)) {
      left -= piece.length;
      indexer.push(piece);
      yield piece;
    }
  }
  let source: Uint8Array | AsyncIterable<Uint8Array>;
  if (head.size <= SMALL) {
    source = await input.exact(head.size);
    left = 0;
    indexer.push(source as Uint8Array);
  } else source = indexed();
  try {
    const { name } = await deps.blobs.put('raw', source, { owners: 1 });
    return { head, blob: name, summary: summarize(indexer.finish()) };
  } catch (error) {
    if (isConnectionEnd(error)) throw error;
    await input.skip(left);
    const next = announcedBy(await input.line(MAX_LINE));
    if (next !== undefined) await skipAll(session, next);
    throw error;
  }
}

/** What follows a message: the end of the command, or a space and the next message. */
async function nextHead(session: Session): Promise<Head | undefined> {
  const line = await session.input.line(MAX_LINE);
  if (line === '') return undefined;
  try {
    const parser = new Parser(line);
    parser.space();
    return messageHead(parser);
  } catch (error) {
    const literal = announcedBy(line);
    if (literal !== undefined) await skipAll(session, literal);
    throw error;
  }
}

/** Puts them into the account: one entry, with ascending UIDs. */
async function file(session: Session, name: string, uploaded: readonly Uploaded[]): Promise<Done> {
  const now = Math.floor(session.deps.clock.now() / 1000) * 1000;
  const bytes = uploaded.reduce((sum, { head: { size } }) => sum + size, 0);
  const { result } = await session.account.write((draft) => {
    const mailbox = draft.mailboxNamed(name);
    if (mailbox === undefined) throw new No('TRYCREATE', 'There is no such mailbox; create it first');
    // Others may have added something while it was uploaded.
    if (isOver(session, draft, bytes)) throw overQuota();
    const uids = uploaded.map((message) => add(draft, mailbox.id, message, now));
    return { uidvalidity: mailbox.uidvalidity, uids: UidSet.from(uids) };
  });
  return { code: `APPENDUID ${result.uidvalidity} ${result.uids}` };
}

function add(draft: Draft, mailbox: string, { head, blob, summary }: Uploaded, now: number): number {
  const added = draft.add({
    mailboxes: [mailbox],
    blob,
    size: head.size,
    date: head.date ?? now,
    flags: head.flags,
    summary,
  });
  return added!.placements[0]!.uid;
}
