import type { AccountInfo } from '../../directory/types.ts';
import { ANYONE, aclOf, changeAcl, rightsOf, userKey } from '../../sharing/acl.ts';
import { hintOf } from '../../sharing/hint.ts';
import { mailboxRights } from '../../sharing/mailbox-rights.ts';
import { rightsOrNull, tellOfShares } from '../../sharing/notify.ts';
import { ALL, EVERY, plainRights, type Rights, type RightsChange } from '../../sharing/rights.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { Bad, No } from '../errors.ts';
import { mailboxName, wireName } from '../grammar/mailbox.ts';
import { type Parser, quote, utf8 } from '../grammar/parser.ts';
import type { Place } from '../places.ts';
import { rightsChange, rightsText } from '../rights.ts';
import type { Session } from '../session.ts';

/** SETACL (RFC 4314 section 3.1). */
export const setAcl = command({
  states: AUTHENTICATED,
  parse(parser) {
    const { name, identifier } = mailboxAndIdentifier(parser);
    parser.space();
    return { name, identifier, change: rightsChange(parser.astring('rights')) };
  },
  run: (session, { name, identifier, change }) => changeRights(session, name, identifier, change),
});

/** DELETEACL (RFC 4314 section 3.2). */
export const deleteAcl = command({
  states: AUTHENTICATED,
  parse: mailboxAndIdentifier,
  run: (session, { name, identifier }) =>
    changeRights(session, name, identifier, { mode: 'set', rights: new Set<string>() }),
});

/** GETACL (RFC 4314 section 3.3): the owner first, who has all rights without an entry. */
export const getAcl = command({
  states: AUTHENTICATED,
  parse: onlyMailbox,
  async run(session, name) {
    const { place, name: local } = await session.places.find(name);
    const state = await place.account.refresh();
    const mailbox = place.mailbox(state, local, 'a');
    const entries = [identifierText(place.owner.address), rightsText(EVERY)];
    for (const [key, rights] of aclOf(state, mailbox.id, place.owner)) {
      const identifier = await identifierOf(session, place, key);
      // Who is gone has no rights, and his id no address.
      if (identifier !== undefined) entries.push(identifierText(identifier), rightsText(new Set(rights)));
    }
    session.out.line(`* ACL ${wireName(place.fullName(mailbox), session.utf8Names)} ${entries.join(' ')}`);
  },
});

/** LISTRIGHTS (RFC 4314 section 3.4): the owner always has all rights, and everybody else what he is given, each right by itself. */
export const listRights = command({
  states: AUTHENTICATED,
  parse: mailboxAndIdentifier,
  async run(session, { name, identifier }) {
    const { place, name: local } = await session.places.find(name);
    const mailbox = place.mailbox(await place.account.refresh(), local, 'a');
    const who = await subjectOf(session, place, identifier);
    const always = who.isOwner && !who.key.startsWith('-') ? rightsText(EVERY) : '""';
    const rest = who.isOwner ? [] : [...`${ALL}cd`];
    const full = wireName(place.fullName(mailbox), session.utf8Names);
    session.out.line(['* LISTRIGHTS', full, identifierText(who.identifier), always, ...rest].join(' '));
  },
});

/** MYRIGHTS (RFC 4314 section 3.5), for who has any right that shows that the mailbox is there. */
export const myRights = command({
  states: AUTHENTICATED,
  parse: onlyMailbox,
  async run(session, name) {
    const { place, name: local } = await session.places.find(name);
    const state = await place.account.refresh();
    const mailbox = place.mailbox(state, local, 'lrikxtea');
    sayMyRights(session, place.fullName(mailbox), place.rights(state, mailbox));
  },
});

/** One untagged MYRIGHTS response. */
export function sayMyRights(session: Session, name: string, rights: Rights): void {
  session.out.line(`* MYRIGHTS ${wireName(name, session.utf8Names)} ${rightsText(rights)}`);
}

function onlyMailbox(parser: Parser): string {
  parser.space();
  return mailboxName(parser);
}

function mailboxAndIdentifier(parser: Parser): { name: string; identifier: string } {
  const name = onlyMailbox(parser);
  parser.space();
  const identifier = utf8(parser.astring('an identifier')).normalize('NFC');
  if (identifier === '' || identifier === '-') throw new Bad('Expected an address or "anyone"');
  return { name, identifier };
}

/** Who an identifier means. */
interface Subject {
  /** As a list of rights names him. */
  readonly key: string;
  /** In the spelling of the directory. */
  readonly identifier: string;
  readonly isOwner: boolean;
  /** Undefined: everybody. */
  readonly account: AccountInfo | undefined;
}

/** Throws `No`, with the same words for who is not there and for who belongs to another tenant. */
async function subjectOf(session: Session, place: Place, identifier: string): Promise<Subject> {
  const dash = identifier.startsWith('-') ? '-' : '';
  const name = identifier.slice(dash.length);
  if (name === ANYONE) return { key: dash + ANYONE, identifier, isOwner: false, account: undefined };
  const account = await session.deps.sharing.accountNamed(name);
  if (account === undefined || account.tenant !== place.owner.tenant) {
    throw new No('CANNOT', 'There is nobody of that name to share with: write a whole address, or "anyone"');
  }
  return {
    key: dash + userKey(account.id),
    identifier: dash + account.address,
    isOwner: account.id === place.owner.id,
    account,
  };
}

async function changeRights(
  session: Session,
  name: string,
  identifier: string,
  change: RightsChange,
): Promise<undefined> {
  const { place, name: local } = await session.places.find(name);
  const { account, owner } = place;
  place.mailbox(await account.refresh(), local, 'a');
  const who = await subjectOf(session, place, identifier);
  if (who.isOwner) return refuseForOwner(who, change);
  if (change.mode !== 'remove' && change.rights.size > 0 && owner.public !== true && !who.key.startsWith('-')) {
    await hintOf(session.deps, owner, who.account, 'mail');
  }
  const { result } = await account.write((draft) => {
    const mailbox = place.mailbox(draft, local, 'a');
    const rights = () => {
      if (who.account === undefined) return null;
      const all = rightsOf(aclOf(draft, mailbox.id, owner), owner, who.account);
      return rightsOrNull(mailboxRights(all));
    };
    const oldRights = rights();
    changeAcl(draft, mailbox, owner, who.key, change);
    return { mailbox, oldRights, newRights: rights() };
  });
  if (who.account === undefined) return undefined;
  const { mailbox, ...changed } = result;
  const object = {
    objectType: 'Mailbox',
    objectAccountId: owner.id,
    objectId: mailbox.id,
    name: mailbox.name,
  } as const;
  await tellOfShares(session.deps, session.user, [{ grantee: who.account.id, ...object, ...changed }]);
  return undefined;
}

/** The owner's rights are what they are; to say so once more does no harm. */
function refuseForOwner({ key }: Subject, { mode, rights }: RightsChange): undefined {
  const keeps = mode === 'set' ? plainRights(rights) === ALL : mode === 'add';
  if (key.startsWith('-') ? rights.size > 0 : !keeps) {
    throw new No('CANNOT', 'The owner of a mailbox always has all rights');
  }
  return undefined;
}

/** Undefined for an account that is gone. */
async function identifierOf(session: Session, { owner }: Place, key: string): Promise<string | undefined> {
  const dash = key.startsWith('-') ? '-' : '';
  const plain = key.slice(dash.length);
  if (plain === ANYONE) return key;
  const account = await session.deps.sharing.account(plain.slice(userKey('').length));
  return account === undefined || account.tenant !== owner.tenant ? undefined : dash + account.address;
}

/** RFC 4314 section 7: an astring; in UTF-8 a literal, where the client has not said that it takes more. */
function identifierText(identifier: string): string {
  const bytes = Buffer.from(identifier, 'utf8').toString('latin1');
  return /^[!#$&'+,\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+$/.test(bytes) ? bytes : quote(bytes);
}
