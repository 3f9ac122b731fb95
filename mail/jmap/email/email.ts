import { DELETED, emailId, emailNumber, type State, type StoredEmail } from '../../account/types.ts';
import { NotFound } from '../../ports/index.ts';
import { emailBlobId } from '../blob/blob.ts';
import { SNOOZE_URN } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import type { Call } from '../method.ts';
import { inParallel } from '../parallel.ts';
import { LIMITS } from '../request.ts';
import { snoozeProperties } from '../snooze/object.ts';
import type { Tracked } from '../standard/changes.ts';
import type { Readable } from '../standard/get.ts';
import { type Facts, factsOf } from './facts.ts';
import { headerProperty, isHeaderProperty } from './header-property.ts';
import { messageObject, wantsBody } from './object.ts';
import {
  EMAIL_PROPERTIES,
  METADATA,
  READING,
  type Reading,
  SNOOZING,
  USUAL,
  type Wanted,
  wantedOf,
} from './properties.ts';
import { storedSource } from './source.ts';
import { emailChanges } from './tracked.ts';

/** Emails whose blobs are read at the same time. */
const AT_ONCE = 8;

/** Email (RFC 8621 section 4), as it is read. */
export const emailType: Readable<Reading> & Tracked = {
  ...emailChanges,
  properties: EMAIL_PROPERTIES,
  usual: USUAL,
  isProperty: (name) => isHeaderProperty(name) && headerProperty(name) !== undefined,
  more: READING,

  ids: ({ state }) => allEmails(state),

  async load(call, account, ids, properties, args) {
    const withSnooze = SNOOZING.some((name) => properties.has(name));
    if (withSnooze && !call.using.has(SNOOZE_URN)) {
      throw new MethodError('invalidArguments', `${SNOOZING.join(' and ')} need the capability ${SNOOZE_URN}`);
    }
    const wanted = wantedOf(properties, args);
    const { state } = account;
    const facts = ids.flatMap((id) => {
      const number = emailNumber(id);
      return (number === undefined ? undefined : factsOf(state, number)) ?? [];
    });
    const isListed = [...properties].every((name) => METADATA.includes(name) || SNOOZING.includes(name));
    const stored = isListed ? undefined : await account.emails(facts.map(({ number }) => number));
    const found = new Map<string, Readonly<Record<string, unknown>>>();
    await inParallel(facts, AT_ONCE, async (one) => {
      const email = stored?.get(one.number);
      if (stored !== undefined && email === undefined) return;
      const said = email === undefined ? {} : await saidBy(call, email, wanted);
      if (said === undefined) return;
      const id = emailId(one.number);
      found.set(id, { ...said, ...metadata(one), ...(withSnooze ? snoozeProperties(state, id, one) : {}) });
    });
    return found;
  },
};

/** Undefined where the message was erased meanwhile. */
async function saidBy(call: Call, { email, blob, size, summary }: StoredEmail, wanted: Wanted) {
  const source = storedSource(call.deps.blobs, blob, size, wantsBody(wanted));
  try {
    return await messageObject({ blobId: emailBlobId(email), summary, source }, wanted);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** RFC 8621 section 4.1.1. */
function metadata({ number, thread, mailboxes, keywords, size, receivedAt }: Facts) {
  return {
    id: emailId(number),
    blobId: emailBlobId(number),
    threadId: thread,
    mailboxIds: setOf(mailboxes),
    keywords: setOf(keywords),
    size,
    receivedAt: `${new Date(receivedAt).toISOString().slice(0, 19)}Z`,
  };
}

function setOf(names: Iterable<string>): Record<string, true> {
  return Object.fromEntries(Array.from(names, (name) => [name, true]));
}

/** No more than is needed to know that they are too many. */
function allEmails(state: State): string[] {
  const numbers = new Set<number>();
  for (const { id } of state.mailboxes.values()) {
    const rows = state.rows(id);
    for (let row = 0; row < rows.length && numbers.size <= LIMITS.maxObjectsInGet; row++) {
      if ((rows.flags(row).system & DELETED) === 0) numbers.add(rows.email(row));
    }
  }
  return Array.from(numbers, emailId);
}
