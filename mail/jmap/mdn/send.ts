import * as z from 'zod';
import { type Account, emailId, emailNumber } from '../../account/types.ts';
import { decodeAddresses, parseAddressList } from '../../message/addresses.ts';
import { headerFields } from '../../message/headers.ts';
import { randomName } from '../../ports/index.ts';
import { MDN } from '../capabilities.ts';
import { factsOf } from '../email/facts.ts';
import { emailSettable } from '../email/set.ts';
import { invalidProperties, MethodError, type SetError, SetFailure } from '../errors.ts';
import { type Identity, identities } from '../identity/object.ts';
import { type Call, ID, type Method, method } from '../method.ts';
import { LIMITS } from '../request.ts';
import { applySet, setError } from '../standard/set.ts';
import { checkRecipients } from '../submission/envelope.ts';
import { release } from '../submission/release.ts';
import { composeMdn } from './compose.ts';
import { MDN_SENT, type Mdn, NEW_MDN, type NewMdn } from './object.ts';
import { decideToSend } from './sent.ts';

type Properties = Readonly<Record<string, unknown>>;

/** Whoever asks for more notifications of one message is not told. */
const MAX_ASKING = 20;
/** A message up to this goes back with its notification, in bytes. */
const MAX_ORIGINAL = 10 * 1024 * 1024;
const MAX_HEADER = 256 * 1024;

/** MDN/send (RFC 9007 section 2.1), and the Email/set that it stands for besides. */
export const mdnSend: Method = method({
  capability: MDN,
  args: z.strictObject({
    accountId: z.string(),
    identityId: ID,
    send: z.record(ID, z.record(z.string(), z.unknown())),
    onSuccessUpdateEmail: z.record(ID, z.record(z.string(), z.unknown())).nullish(),
  }),
  async run(call, { accountId, identityId, send, onSuccessUpdateEmail }) {
    const account = await call.account(accountId);
    if (Object.keys(send).length > LIMITS.maxObjectsInSet) {
      throw new MethodError('requestTooLarge', `At most ${LIMITS.maxObjectsInSet} notifications at once`);
    }
    const identity = identities(call.user, account.state).get(call.idOf(identityId) ?? '');
    if (identity === undefined) throw new MethodError('invalidArguments', `There is no identity ${identityId}`);
    // Clients name the keys: `__proto__` must be one like others.
    const sent: Record<string, Properties> = Object.create(null);
    const notSent: Record<string, SetError> = Object.create(null);
    const update: Record<string, Properties> = {};
    for (const [name, given] of Object.entries(send)) {
      try {
        const patch = onSuccessUpdateEmail?.[`#${name}`];
        const { set, forEmailId } = await sendOne(call, account, identity, given, patch);
        sent[name] = set;
        if (patch !== undefined) update[forEmailId] = patch;
      } catch (error) {
        notSent[name] = setError(error);
      }
    }
    const orNull = (one: Readonly<Record<string, unknown>>) => (Object.keys(one).length === 0 ? null : one);
    const answer = { accountId, sent: orNull(sent), notSent: orNull(notSent) };
    if (Object.keys(update).length === 0) return answer;
    const { answer: emails } = await applySet(emailSettable, call, { accountId, update });
    return [
      ['MDN/send', answer],
      ['Email/set', emails],
    ];
  },
});

/** Gives what the server has set besides. Throws `SetFailure`. */
async function sendOne(
  call: Call,
  account: Account,
  identity: Identity,
  given: Properties,
  patch: Properties | undefined,
): Promise<{ readonly set: Properties; readonly forEmailId: string }> {
  const { outbox, accounts, clock, log, random, hostname } = call.deps;
  if (outbox === undefined) throw new SetFailure('forbidden', 'This server does not send');
  const asked = checked(given);
  // RFC 9007 section 2.1: a client must have it marked that a notification was sent.
  if (!marks(patch)) throw invalidProperties(['onSuccessUpdateEmail'], `It must set keywords/${MDN_SENT} of the email`);
  const number = emailNumber(call.idOf(asked.forEmailId) ?? '');
  const found = await askingEmail(call, account, number);
  await checkSender(call, identity, asked);
  const { to, mdn } = notification(identity, asked, found);
  const id = randomName(random, 20);
  const now = clock.now();
  const original = mdn.includeOriginalMessage ? call.deps.blobs.stream(found.blob) : undefined;
  const from = { name: identity.name, email: identity.email };
  const ascii = /^[\x00-\x7f]*$/;
  await outbox.put(
    {
      ...{ id, account: account.id, tenant: call.user.tenant, sendAt: now },
      // RFC 8098 section 3: nobody is to be told where it cannot be delivered.
      from: '',
      routing: identity.email.slice(identity.email.lastIndexOf('@') + 1).toLowerCase(),
      recipients: to,
      smtputf8: !ascii.test([identity.email, ...to].join('')),
    },
    composeMdn({ mdn, id, hostname, from, to, at: now, original }),
  );
  await account.write((draft) => decideToSend(draft, found.number, id));
  try {
    const letter = await outbox.get({ id, sendAt: now });
    if (letter !== undefined) await release({ accounts, outbox, clock, log }, letter);
  } catch (error) {
    // The sweep carries on: it is decided.
    log.warn('jmap.not-released', { account: account.id, id, error: String(error) });
  }
  return { set: serverSet(given, mdn), forEmailId: emailId(found.number) };
}

function checked(given: Properties): NewMdn {
  const parsed = NEW_MDN.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const names = issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [String(issue.path[0])];
  throw invalidProperties(names, `${[...issue.path].join('/') || names[0]}: ${issue.message}`);
}

function marks(patch: Properties | undefined): boolean {
  if (patch === undefined) return false;
  if (patch[`keywords/${MDN_SENT}`] === true) return true;
  const { keywords } = patch as { readonly keywords?: Properties };
  return typeof keywords === 'object' && keywords !== null && keywords[MDN_SENT] === true;
}

interface Found {
  readonly number: number;
  readonly blob: string;
  readonly size: number;
  readonly subject: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

/** The email that asks for a notification. */
async function askingEmail(call: Call, account: Account, number: number | undefined): Promise<Found> {
  const facts = number === undefined ? undefined : factsOf(account.state, number);
  const email = facts && (await account.emails([facts.number])).get(facts.number);
  if (facts === undefined || email === undefined) throw new SetFailure('notFound', 'There is no such email');
  if (facts.keywords.has(MDN_SENT)) throw new SetFailure('mdnAlreadySent', 'A notification was sent already');
  const end = Math.min(email.summary.headerEnd, MAX_HEADER);
  const header = end === 0 ? new Uint8Array() : await call.deps.blobs.get(email.blob, { start: 0, end });
  const { blob, size, summary } = email;
  return { number: facts.number, blob, size, subject: summary.subject ?? '', fields: [...headerFields(header)] };
}

function valuesOf({ fields }: Found, name: string): readonly string[] {
  return fields.filter((field) => field.name === name).map(({ value }) => value);
}

function addressesOf(found: Found, name: string): string[] {
  const all = valuesOf(found, name).flatMap((value) => decodeAddresses(parseAddressList(value)));
  return [...new Map(all.map(({ address }) => [address.toLowerCase(), address])).values()];
}

/** Nobody writes, or answers, in another's name. */
async function checkSender({ deps, user }: Call, { email }: Identity, { finalRecipient }: NewMdn): Promise<void> {
  if (!(await deps.directory.maySendAs(user.id, email))) {
    throw new SetFailure('forbiddenFrom', `You may not write as ${email}`);
  }
  const final = finalRecipient?.replace(/^[^;]*;\s*/, '');
  if (final !== undefined && !(await deps.directory.maySendAs(user.id, final))) {
    throw new SetFailure('forbiddenFrom', `You may not speak for ${final}`);
  }
}

/** What is sent, and to whom: RFC 8098 sections 2.1 and 3.1. */
function notification(identity: Identity, asked: NewMdn, found: Found) {
  const to = addressesOf(found, 'disposition-notification-to');
  if (to.length === 0 || to.length > MAX_ASKING) {
    throw new SetFailure('notFound', 'The email does not ask for a notification (Disposition-Notification-To)');
  }
  checkRecipients({
    mailFrom: { email: '', parameters: null },
    rcptTo: to.map((email) => ({ email, parameters: null })),
  });
  if (asked.disposition.sendingMode === 'mdn-sent-automatically') checkAutomatic(found, to);
  const isAbout = valuesOf(found, 'content-type').some((value) => /^multipart\/report\b/i.test(value));
  if (isAbout) throw new SetFailure('forbidden', 'Reports are not answered by reports (RFC 8098 section 2.1)');
  if (asked.includeOriginalMessage === true && found.size > MAX_ORIGINAL) {
    throw new SetFailure('tooLarge', `A message that goes back has at most ${MAX_ORIGINAL} bytes`);
  }
  const clean = (text: string | undefined) => (text !== undefined && /^[\x20-\x7e]{1,500}$/.test(text) ? text : null);
  const mdn: Mdn & { readonly subject: string; readonly textBody: string } = {
    forEmailId: asked.forEmailId,
    subject: asked.subject ?? `Read: ${found.subject.replace(/[\x00-\x1f\x7f]+/g, ' ')}`.trim(),
    textBody: asked.textBody ?? `Your message was ${asked.disposition.type}.`,
    includeOriginalMessage: asked.includeOriginalMessage ?? false,
    reportingUA: asked.reportingUA ?? null,
    disposition: asked.disposition,
    mdnGateway: null,
    originalRecipient: clean(valuesOf(found, 'original-recipient')[0]),
    finalRecipient: asked.finalRecipient ?? `rfc822; ${identity.email}`,
    originalMessageId: clean(valuesOf(found, 'message-id')[0]),
    error: null,
    extensionFields: asked.extensionFields ?? null,
  };
  return { to, mdn };
}

/** RFC 8098 section 2.1: by itself, a program tells nobody but whom the message came from. */
function checkAutomatic(found: Found, to: readonly string[]): void {
  const [path] = addressesOf(found, 'return-path');
  if (to.length > 1 || path === undefined || path.toLowerCase() !== to[0]!.toLowerCase()) {
    throw new SetFailure('forbidden', 'Not automatically: who asks is not who sent it (RFC 8098 section 2.1)');
  }
}

/** What the client has not set. */
function serverSet(given: Properties, mdn: Mdn): Properties {
  const isSet = ([name, value]: readonly [string, unknown]) => value !== null && value !== false && given[name] == null;
  return Object.fromEntries(Object.entries(mdn).filter(isSet));
}
