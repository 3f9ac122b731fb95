import { canonicalName } from '../../account/names.ts';
import type { StoredEmail } from '../../account/types.ts';
import { filterHeaderFields, parseSection, resolveSection, type SectionSpec } from '../../message/sections.ts';
import { No } from '../errors.ts';
import type { Session } from '../session.ts';

/** What an IMAP URL without a server (RFC 5092 section 7.2) names: a message, or a part of it. */
export interface MessageUrl {
  /** Absent: the selected mailbox. */
  readonly mailbox?: string;
  readonly uidvalidity?: number;
  readonly uid: number;
  readonly section: SectionSpec;
}

const URL =
  /^(?:\/(?<mailbox>[^;/?#][^;?#]*)(?:;UIDVALIDITY=(?<validity>[1-9]\d{0,9}))?)?\/?;UID=(?<uid>[1-9]\d{0,9})(?:\/;SECTION=(?<section>[^;/?#]+))?(?:\/;PARTIAL=(?<offset>\d{1,10})\.(?<length>[1-9]\d{0,9}))?$/i;

/** Undefined where it is none. */
export function parseMessageUrl(text: string): MessageUrl | undefined {
  const groups = URL.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const mailbox = decoded(groups.mailbox ?? '');
  const name = decoded(groups.section ?? '');
  if (mailbox === undefined || name === undefined) return undefined;
  const partial =
    groups.offset === undefined ? undefined : { offset: Number(groups.offset), length: Number(groups.length) };
  const section = parseSection(name, partial);
  if (section === undefined) return undefined;
  return {
    ...(groups.mailbox === undefined ? {} : { mailbox: canonicalName(mailbox.replace(/\/$/, '')) }),
    ...(groups.validity === undefined ? {} : { uidvalidity: Number(groups.validity) }),
    uid: Number(groups.uid),
    section,
  };
}

/** The bytes that a URL names, as BODY[section] would give them. Throws `No` with BADURL (RFC 4469 section 5). */
export async function* urlBytes(session: Session, text: string): AsyncGenerator<Uint8Array, void, void> {
  const { blobs } = session.deps;
  const url = parseMessageUrl(text);
  const email = url === undefined ? undefined : await emailOf(session, url);
  const where = email === undefined ? undefined : resolveSection(email.summary, url!.section);
  if (email === undefined || where === undefined) {
    throw new No(
      `BADURL "${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`,
      'There is no such message',
    );
  }
  if (where.end <= where.start) return;
  const range = { start: where.start, end: where.end };
  if (where.kind === 'range') {
    yield* blobs.stream(email.blob, range);
    return;
  }
  const { names, not, partial } = where;
  const fields = filterHeaderFields(await blobs.get(email.blob, range), names, not);
  yield partial === undefined ? fields : fields.subarray(partial.offset, partial.offset + partial.length);
}

async function emailOf(session: Session, url: MessageUrl): Promise<StoredEmail | undefined> {
  const { selected } = session;
  const spot = url.mailbox === undefined ? undefined : await session.places.locate(url.mailbox);
  const place = url.mailbox === undefined ? selected?.place : spot?.place;
  if (place === undefined) return undefined;
  const { account } = place;
  const state = await account.refresh();
  const mailbox = spot === undefined ? state.mailboxes.get(selected!.mailbox) : state.mailboxNamed(spot.name);
  if (mailbox === undefined || !place.rights(state, mailbox).has('r')) return undefined;
  if (url.uidvalidity !== undefined && url.uidvalidity !== mailbox.uidvalidity) return undefined;
  const rows = state.rows(mailbox.id);
  const row = rows.find(url.uid);
  if (row < 0) return undefined;
  const email = rows.email(row);
  return (await account.emails([email])).get(email);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
