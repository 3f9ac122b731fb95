/** What IMAP says of an account, as JMAP has to say it (RFC 8621 section 4.1.1), and a client that follows it by QRESYNC (RFC 7162). */
import type { ImapClient } from './random-clients.ts';

interface Row {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly email: string;
  readonly thread: string;
  readonly size: number;
}

export interface ImapMailbox {
  readonly id: string;
  readonly name: string;
  readonly uidvalidity: number;
  readonly rows: readonly Row[];
}

export async function imapMailboxes(imap: ImapClient): Promise<readonly ImapMailbox[]> {
  const names = (await imap.ask('LIST "" "*"')).flatMap(
    (line) => /^\* LIST \(.*\) "\/" "?([^"]+)"?$/.exec(line)?.[1] ?? [],
  );
  const mailboxes: ImapMailbox[] = [];
  for (const name of names) {
    const selected = (await imap.ask(`EXAMINE "${name}"`)).join('\n');
    const rows = (await imap.ask('UID FETCH 1:* (UID FLAGS EMAILID THREADID RFC822.SIZE)')).flatMap(rowOf);
    const id = /\[MAILBOXID \((\S+)\)\]/.exec(selected)![1]!;
    mailboxes.push({ id, name, uidvalidity: Number(/\[UIDVALIDITY (\d+)\]/.exec(selected)![1]), rows });
  }
  return mailboxes;
}

function rowOf(line: string): Row[] {
  if (!/^\* \d+ FETCH /.test(line)) return [];
  const of = (name: string) => new RegExp(`${name} \\(?([^)\\s]*)`).exec(line)![1]!;
  const flags = /FLAGS \(([^)]*)\)/
    .exec(line)![1]!
    .split(' ')
    .filter((flag) => flag !== '' && flag !== '\\Recent');
  return [{ uid: Number(of('UID')), flags, email: of('EMAILID'), thread: of('THREADID'), size: Number(of('SIZE')) }];
}

const SYSTEM: Readonly<Record<string, string>> = {
  '\\Seen': '$seen',
  '\\Flagged': '$flagged',
  '\\Answered': '$answered',
  '\\Draft': '$draft',
};

export interface Expected {
  readonly mailboxIds: readonly string[];
  readonly keywords: readonly string[];
  readonly threadId: string;
  readonly size: number;
}

/** Emails as JMAP has to show them: not where they are marked as deleted; $seen where all placements are, others where any is. */
export function expectedEmails(mailboxes: readonly ImapMailbox[]): ReadonlyMap<string, Expected> {
  const placements = mailboxes.flatMap(({ id, rows }) =>
    rows.filter(({ flags }) => !flags.includes('\\Deleted')).map((row) => ({ mailbox: id, row })),
  );
  const emails = Map.groupBy(placements, ({ row }) => row.email);
  return new Map(
    Array.from(emails, ([id, places]) => {
      const keywords = new Set(
        places.flatMap(({ row }) => row.flags.map((flag) => SYSTEM[flag] ?? flag.toLowerCase())),
      );
      if (!places.every(({ row }) => row.flags.includes('\\Seen'))) keywords.delete('$seen');
      const mailboxIds = [...new Set(places.map(({ mailbox }) => mailbox))].sort();
      const { thread: threadId, size } = places[0]!.row;
      return [id, { mailboxIds, keywords: [...keywords].sort(), threadId, size }];
    }),
  );
}

/** RFC 8621 section 2. */
export function expectedCounts(emails: ReadonlyMap<string, Expected>, mailbox: string, trash: string) {
  const all = [...emails.values()];
  const here = all.filter(({ mailboxIds }) => mailboxIds.includes(mailbox));
  const isUnread = ({ keywords }: Expected) => !keywords.includes('$seen') && !keywords.includes('$draft');
  // What is in the trash alone does not count elsewhere, and what is not in the trash does not count there.
  const counts = ({ mailboxIds }: Expected) =>
    mailbox === trash ? mailboxIds.includes(trash) : mailboxIds.some((id) => id !== trash);
  const unread = new Set(all.filter((email) => isUnread(email) && counts(email)).map(({ threadId }) => threadId));
  const threads = new Set(here.map(({ threadId }) => threadId));
  return {
    totalEmails: here.length,
    unreadEmails: here.filter(isUnread).length,
    totalThreads: threads.size,
    unreadThreads: [...threads].filter((thread) => unread.has(thread)).length,
  };
}

/** A copy of a mailbox that is brought up to date by QRESYNC alone. */
export class QresyncFollower {
  readonly rows = new Map<number, string>();
  readonly #imap: ImapClient;
  readonly #mailbox: string;
  #known = '';

  private constructor(imap: ImapClient, mailbox: string) {
    this.#imap = imap;
    this.#mailbox = mailbox;
  }

  static async begin(imap: ImapClient, mailbox: string): Promise<QresyncFollower> {
    await imap.ask('ENABLE QRESYNC');
    const follower = new QresyncFollower(imap, mailbox);
    const lines = await imap.ask(`SELECT ${mailbox}`);
    follower.#take([...lines, ...(await imap.ask('UID FETCH 1:* (FLAGS)'))]);
    return follower;
  }

  async follow(): Promise<void> {
    await this.#imap.ask('UNSELECT');
    this.#take(await this.#imap.ask(`SELECT ${this.#mailbox} (QRESYNC (${this.#known}))`));
  }

  #take(lines: readonly string[]): void {
    const text = lines.join('\n');
    const uidvalidity = /\[UIDVALIDITY (\d+)\]/.exec(text)![1];
    this.#known = `${uidvalidity} ${/\[HIGHESTMODSEQ (\d+)\]/.exec(text)![1]}`;
    for (const line of lines) {
      for (const range of /^\* VANISHED (?:\(EARLIER\) )?(\S+)$/.exec(line)?.[1]?.split(',') ?? []) {
        const [first, last = first] = range.split(':').map(Number) as [number, number?];
        for (const uid of this.rows.keys()) if (uid >= first && uid <= last) this.rows.delete(uid);
      }
      const [, uid] = /^\* \d+ FETCH \(.*UID (\d+)/.exec(line) ?? [];
      const [, flags] = /FLAGS \(([^)]*)\)/.exec(line) ?? [];
      if (uid !== undefined && flags !== undefined) this.rows.set(Number(uid), flagText(flags.split(' ')));
    }
  }
}

export function flagText(flags: readonly string[]): string {
  return flags
    .filter((flag) => flag !== '' && flag !== '\\Recent')
    .sort()
    .join(' ');
}
