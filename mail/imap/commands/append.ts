import type { Draft } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { kept } from '../../limits.ts';
import { Continued } from '../append/continued.ts';
import { type Head, messageHead } from '../append/head.ts';
import { admit, checkQuota, noMailbox, type Uploaded, upload } from '../append/upload.ts';
import { AUTHENTICATED, type Command, command, SELECTED } from '../command.ts';
import { isConnectionEnd, No } from '../errors.ts';
import { flagsOfNew } from '../flagging.ts';
import { mailboxName } from '../grammar/mailbox.ts';
import type { Parser } from '../grammar/parser.ts';
import { type SequenceSet, sequenceNumber } from '../grammar/sequence.ts';
import type { Spot } from '../places.ts';
import type { Session } from '../session.ts';
import { checkRemoval } from '../transfer.ts';

/** Messages of one MULTIAPPEND. */
const MAX_MESSAGES = 1_000;

/** The name of the mailbox, and all that follows it. */
interface Args {
  readonly name: string;
  readonly first: Head;
  readonly parser: Parser;
}

/**
 * APPEND (RFC 3501 section 6.3.11) of one message or more (MULTIAPPEND, RFC 3502: all or none), each a literal or put together out of
 * others (CATENATE, RFC 4469).
 */
export const append = command<Args>({
  states: AUTHENTICATED,
  streams: beginning,
  parse: withoutLiteral(beginning),
  async run(session, args) {
    const { spot, uploaded } = await uploadAll(session, args, Math.min(MAX_MESSAGES, session.messageLimit));
    const { result } = await spot.place.account.write((draft) => file(session, draft, spot, uploaded));
    return { code: result };
  },
});

/** REPLACE and UID REPLACE (RFC 8508): what APPEND does with one message, and another one goes in the same entry. */
export function replacing(uid: boolean): Command {
  const replaceBeginning = (parser: Parser): Args & { readonly set: SequenceSet } => {
    parser.space();
    const number = sequenceNumber(parser);
    return { set: [[number, number]], ...beginning(parser) };
  };
  return command<Args & { readonly set: SequenceSet }>({
    states: SELECTED,
    expunges: true,
    uid,
    numbers: !uid,
    streams: replaceBeginning,
    parse: withoutLiteral(replaceBeginning),
    async run(session, args) {
      const { view } = session;
      const check = (): UidSet => {
        const uids = view.resolve(args.set, uid);
        if (view.readOnly) throw new No('READ-ONLY', 'The mailbox was opened with EXAMINE');
        checkRemoval(view, view.place.account.state);
        if (uids.isEmpty) throw new No('NONEXISTENT', 'There is no such message to replace');
        return uids;
      };
      const uids = await abandoning(new Continued(session, args.parser), async () => check());
      const { spot, uploaded } = await uploadAll(session, args, 1);
      const { account } = view.place;
      const remove = (draft: Draft): void => {
        if (!draft.mailboxes.has(view.mailbox)) throw new No('NONEXISTENT', 'This mailbox has been deleted');
        checkRemoval(view, draft);
        if (draft.expunge(view.mailbox, uids).isEmpty) {
          throw new No('EXPUNGEISSUED', 'The message to replace has been expunged');
        }
      };
      const isSame = spot.place.account.id === account.id;
      const { result } = await spot.place.account.write((draft) => {
        const code = file(session, draft, spot, uploaded);
        if (isSame) remove(draft);
        return code;
      });
      // In two accounts it is two entries: for a moment both messages are there, never neither.
      if (!isSame) await account.write(remove);
      // RFC 8508 section 4.3: before the EXPUNGE.
      session.out.line(`* OK [${result}] The replacement is there`);
      return {};
    },
  });
}

function beginning(parser: Parser): Args {
  parser.space();
  const name = mailboxName(parser);
  parser.space();
  return { name, first: messageHead(parser), parser };
}

/** The whole command is here: every message of it is put together without a literal. What is left is read when it is done. */
function withoutLiteral<A extends Args>(begin: (parser: Parser) => A) {
  return (parser: Parser): A => {
    const args = begin(parser);
    const rest = parser.behind();
    parser.pos = parser.text.length;
    return { ...args, parser: rest };
  };
}

/** Takes the messages to the end of the command, which is read whatever happens. */
function uploadAll(
  session: Session,
  { name, first, parser }: Args,
  most: number,
): Promise<{ readonly spot: Spot; readonly uploaded: readonly Uploaded[] }> {
  const rest = new Continued(session, parser);
  return abandoning(rest, async () => {
    const spot = await session.places.find(name, noMailbox);
    const uploaded: Uploaded[] = [];
    let before = { bytes: 0, messages: 0 };
    let head = first;
    for (;;) {
      // RFC 9738 section 3.1.
      if (uploaded.length >= most) throw new No(`MESSAGELIMIT ${most}`, `One APPEND takes at most ${most} messages`);
      await admit(session, spot, head, before);
      const message = await upload(session, spot, head, rest, before);
      uploaded.push(message);
      before = { bytes: before.bytes + message.size, messages: uploaded.length };
      if (rest.parser.atEnd) return { spot, uploaded };
      if (most === 1) rest.parser.end();
      rest.parser.space();
      head = messageHead(rest.parser);
    }
  });
}

async function abandoning<T>(rest: Continued, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isConnectionEnd(error)) await rest.abandon();
    throw error;
  }
}

/** Puts them into the account, with ascending UIDs. Gives APPENDUID (RFC 4315 section 3). */
function file(session: Session, draft: Draft, { place, name }: Spot, uploaded: readonly Uploaded[]): string {
  const mailbox = place.mailbox(draft, name, 'i', noMailbox);
  const now = Math.floor(session.deps.clock.now() / 1000) * 1000;
  // Others may have added something while it was uploaded.
  checkQuota(session, place, kept(draft), {
    bytes: uploaded.reduce((sum, { size }) => sum + size, 0),
    messages: uploaded.length,
  });
  const read: number[] = [];
  const uids = uploaded.map(({ head, blob, size, summary }) => {
    const { date = now } = head;
    const { flags, seen } = flagsOfNew(draft, place, mailbox, head.flags);
    const { uid } = draft.add({ mailboxes: [mailbox.id], blob, size, date, flags, summary })!.placements[0]!;
    if (seen) read.push(uid);
    return uid;
  });
  if (read.length > 0) draft.see(mailbox.id, place.user.id, UidSet.from(read), true);
  return `APPENDUID ${mailbox.uidvalidity} ${UidSet.from(uids)}`;
}
