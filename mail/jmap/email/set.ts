import { type Draft, emailId, emailNumber } from '../../account/types.ts';
import { randomName } from '../../ports/index.ts';
import { blobOf, emailBlobId } from '../blob/blob.ts';
import { MAIL } from '../capabilities.ts';
import { invalidProperties, type SetError, SetFailure } from '../errors.ts';
import { planSnooze } from '../snooze/plan.ts';
import { prepareSnoozes, wishFor } from '../snooze/prepare.ts';
import { patched } from '../standard/patch.ts';
import { attempt, notFound, type SetContext, type Settable } from '../standard/set.ts';
import { compose } from './compose.ts';
import { bodyOf } from './create-body.ts';
import { fieldsOf, isField } from './create-properties.ts';
import { type Facts, factsOf, flagOf } from './facts.ts';
import { dateField, renderField } from './header-render.ts';
import { maxAttachments, maxMessage } from './limits.ts';
import { keywordSet, mailboxesOf, Placing } from './placing.ts';
import { checkRoom, file, type Stored, storeMessage } from './raw.ts';
import { receivedAt } from './received.ts';

type Properties = Readonly<Record<string, unknown>>;

/** What a creation may have besides header fields. */
const CREATABLE: ReadonlySet<string> = new Set([
  ...['mailboxIds', 'keywords', 'receivedAt'],
  ...['bodyStructure', 'bodyValues', 'textBody', 'htmlBody', 'attachments'],
]);

/** Email/set (RFC 8621 section 4.6). */
export const emailSettable: Settable = {
  name: 'Email',
  capability: MAIL,

  /** The message is durable before the entry names it. */
  async prepare(call, account, properties): Promise<Stored> {
    const unknown = Object.keys(properties).filter((name) => !CREATABLE.has(name) && !isField(name));
    if (unknown.length > 0) throw invalidProperties(unknown, `These cannot be set: ${unknown.join(', ')}`);
    mailboxesOf(account.state, properties.mailboxIds, (given) => call.idOf(given));
    keywordSet(properties.keywords);
    receivedAt(properties.receivedAt, 0);
    const fields = fieldsOf(properties, '');
    let bytes = 0;
    const body = await bodyOf(properties, async (blobId) => {
      const blob = await blobOf(call, account, call.idOf(blobId) ?? blobId);
      bytes += blob?.size ?? 0;
      return blob;
    });
    for (const name of body.fields.keys()) {
      if (!fields.has(name)) continue;
      throw invalidProperties(['bodyStructure'], `bodyStructure: the email has the field ${name} already`);
    }
    const most = maxAttachments(await maxMessage(call.deps));
    if (bytes > most) {
      throw new SetFailure('tooLarge', `The blobs of an email have at most ${most} bytes`);
    }
    await checkRoom(call, account, bytes);
    // RFC 8621 section 4.6: the server sets these two where the client does not.
    const { random, clock, hostname } = call.deps;
    const has = (name: string) => fields.has(name) || body.fields.has(name);
    if (!has('date')) fields.set('date', dateField(clock.now()));
    if (!has('message-id')) {
      const id = `${randomName(random, 24)}@${hostname}`;
      fields.set('message-id', renderField('Message-ID', 'MessageIds', [id], 'messageId'));
    }
    return storeMessage(
      call,
      compose(fields, body, () => `=_${randomName(random, 32)}`),
    );
  },

  create(draft, properties, { call, idOf }, prepared) {
    return file(call, draft, prepared as Stored, {
      mailboxes: mailboxesOf(draft, properties.mailboxIds, idOf),
      flags: [...keywordSet(properties.keywords)].map(flagOf),
      date: receivedAt(properties.receivedAt, call.deps.clock.now()),
    });
  },

  prepareUpdates: prepareSnoozes,

  update(draft, id, patch, context) {
    const placing = new Placing(draft, context.call.ownerOf(draft));
    plan(placing, draft, id, patch, context);
    placing.apply();
    return null;
  },

  updateAll(draft, patches, context) {
    const placing = new Placing(draft, context.call.ownerOf(draft));
    const failures: Record<string, SetError> = {};
    for (const [id, patch] of patches) attempt(failures, id, () => plan(placing, draft, id, patch, context));
    placing.apply();
    return failures;
  },

  destroy(draft, id, context) {
    const failures = this.destroyAll!(draft, [id], context);
    if (failures[id] !== undefined) throw notFound(id);
  },

  destroyAll(draft, ids, { call }) {
    const placing = new Placing(draft, call.ownerOf(draft));
    const failures: Record<string, SetError> = {};
    for (const id of ids) attempt(failures, id, () => placing.destroy(existing(draft, id).number));
    placing.apply();
    return failures;
  },
};

function existing(draft: Draft, id: string): Facts {
  const number = emailNumber(id);
  const facts = number === undefined ? undefined : factsOf(draft, number);
  if (facts === undefined) throw notFound(id);
  return facts;
}

function plan(placing: Placing, draft: Draft, id: string, patch: Properties, context: SetContext<unknown>): void {
  const { idOf, call } = context;
  const facts = existing(draft, id);
  const changes: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(patch)) {
    const [property] = path.split('/', 1) as [string];
    if (property === 'mailboxIds' || property === 'snoozed') changes[path] = value;
    // Keywords are the same in any case (RFC 8621 section 4.1.1).
    else if (property === 'keywords') changes[path.toLowerCase()] = value;
    else if (!isAsItIs(facts, path, value)) {
      throw invalidProperties([property], `${property} cannot be changed: only keywords and mailboxIds can`);
    }
  }
  const now = { mailboxIds: trueFor(facts.mailboxes), keywords: trueFor(facts.keywords) };
  if (Object.keys(changes).some((path) => path.split('/', 1)[0] === 'snoozed')) {
    const wish = wishFor(call, id);
    const { snoozed: _, ...others } = changes;
    const keywords = Object.keys(others).length === 0 ? undefined : keywordSet(patched(now, others).keywords);
    const mailboxIds = trueFor(planSnooze(placing, draft, facts, wish, keywords, idOf));
    context.said.set(id, { mailboxIds });
    return;
  }
  const next = patched(now, changes);
  const isChanged = (property: string) => Object.keys(changes).some((path) => path.split('/', 1)[0] === property);
  placing.change(
    facts.number,
    isChanged('mailboxIds') ? mailboxesOf(draft, next.mailboxIds, idOf) : undefined,
    isChanged('keywords') ? keywordSet(next.keywords) : undefined,
  );
}

/** RFC 8620 section 5.3: what cannot be changed may be given where it is what it is. */
function isAsItIs({ number, thread, size, receivedAt: date }: Facts, property: string, value: unknown): boolean {
  const known: Properties = { id: emailId(number), blobId: emailBlobId(number), threadId: thread, size };
  if (property === 'receivedAt') return typeof value === 'string' && Date.parse(value) === date;
  return Object.hasOwn(known, property) && known[property] === value;
}

function trueFor(names: Iterable<string>): Record<string, true> {
  return Object.fromEntries(Array.from(names, (name) => [name, true]));
}
