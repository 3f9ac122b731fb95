import type { State } from '../../account/types.ts';
import type { AccountInfo } from '../../directory/types.ts';
import { kept } from '../../limits.ts';
import { Refused } from '../../refused.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { No } from '../errors.ts';
import { mailboxName, wireName } from '../grammar/mailbox.ts';
import { type Parser, quote, utf8 } from '../grammar/parser.ts';
import type { Session } from '../session.ts';

/** RFC 9208 section 3.2: all mailboxes of an account share its limits. Their root has this and the account's address as its name. */
const ROOT = '#user/';
/** RFC 9208 section 5.1: STORAGE counts units of 1,024 octets. */
const UNIT = 1024;
const MAX_STORAGE = Math.floor(Number.MAX_SAFE_INTEGER / UNIT);

/** RFC 9208 section 4.1.1. */
export const getQuota = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    return rootName(parser);
  },
  async run(session, root) {
    const account = await accountOf(session, root);
    if (account === undefined || !isLimited(account)) throw noRoot();
    sayQuota(session, account, await stateOf(session, account));
  },
});

/** RFC 9208 section 4.1.2: of a mailbox that does not exist, the root that it would have. An account without limits has none. */
export const getQuotaRoot = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    return mailboxName(parser);
  },
  async run(session, name) {
    const { place, name: local } = await session.places.find(name);
    // Somebody else's limits bind whoever adds something to a mailbox of his.
    if (!place.isOwn) place.mailbox(await place.account.refresh(), local, 'ri');
    const account = place.isOwn ? await renewed(session) : place.owner;
    const roots = isLimited(account) ? ` ${wireRoot(account)}` : '';
    session.out.line(`* QUOTAROOT ${wireName(name, session.utf8Names)}${roots}`);
    if (isLimited(account)) sayQuota(session, account, await stateOf(session, account));
  },
});

/** RFC 9208 section 4.1.3: an administrator sets the limits of an account of his tenant; those that are not named are gone. */
export const setQuota = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    const root = rootName(parser);
    parser.space();
    const limits = parser.list(() => resourceLimit(parser), { empty: true, what: 'limits in parentheses' });
    return { root, limits: new Map(limits) };
  },
  async run(session, { root, limits }) {
    const admin = (await renewed(session)).admin === true;
    const account = await accountOf(session, root);
    if (account === undefined) throw noRoot();
    if (!admin) throw new No('NOPERM', 'Only an administrator sets limits');
    for (const resource of limits.keys()) {
      if (resource !== 'STORAGE' && resource !== 'MESSAGE') {
        throw new No('CANNOT', 'There are limits of STORAGE and MESSAGE only');
      }
    }
    const storage = limits.get('STORAGE') ?? 'none';
    if (storage !== 'none' && storage > MAX_STORAGE) throw new No('LIMIT', `STORAGE is at most ${MAX_STORAGE}`);
    const changed = await session.deps.limits.set(account.address, {
      quota: storage === 'none' ? storage : storage * UNIT,
      maxMessages: limits.get('MESSAGE') ?? 'none',
    });
    if (changed.id === session.user.id) session.user = changed;
    sayQuota(session, changed, await stateOf(session, changed));
  },
});

function rootName(parser: Parser): string {
  return utf8(parser.astring('the name of a quota root'));
}

function resourceLimit(parser: Parser): readonly [string, number] {
  const resource = parser.keyword('the name of a resource');
  parser.space();
  return [resource, parser.number64('a limit')];
}

/** Whose root that is, as far as the user may see it: his own; of the tenant, when he administers it. */
async function accountOf(session: Session, root: string): Promise<AccountInfo | undefined> {
  if (!root.startsWith(ROOT)) return undefined;
  const own = await renewed(session);
  const address = root.slice(ROOT.length);
  if (address === own.address) return own;
  if (own.admin !== true) return undefined;
  try {
    const account = await session.deps.limits.get(address);
    return account.tenant === own.tenant ? account : undefined;
  } catch (error) {
    if (error instanceof Refused && (error.code === 'nonexistent' || error.code === 'invalid')) return undefined;
    throw error;
  }
}

/** The user as the directory knows him now: limits may have been set since the login. */
async function renewed(session: Session): Promise<AccountInfo> {
  const now = await session.deps.limits.get(session.user.address);
  if (now.id === session.user.id) session.user = now;
  return session.user;
}

async function stateOf(session: Session, { id }: AccountInfo): Promise<State> {
  return (id === session.user.id ? session.account : await session.deps.accounts.open(id)).refresh();
}

function isLimited({ quota, maxMessages }: AccountInfo): boolean {
  return quota !== undefined || maxMessages !== undefined;
}

function noRoot(): No {
  return new No('NONEXISTENT', 'There is no such quota root');
}

function wireRoot({ address }: AccountInfo): string {
  return quote(Buffer.from(`${ROOT}${address}`, 'utf8').toString('latin1'));
}

function sayQuota(session: Session, account: AccountInfo, state: State): void {
  const { quota, maxMessages } = account;
  const { bytes, messages } = kept(state);
  const resources: string[] = [];
  if (quota !== undefined) resources.push(`STORAGE ${Math.ceil(bytes / UNIT)} ${Math.floor(quota / UNIT)}`);
  if (maxMessages !== undefined) resources.push(`MESSAGE ${messages} ${maxMessages}`);
  session.out.line(`* QUOTA ${wireRoot(account)} (${resources.join(' ')})`);
}
