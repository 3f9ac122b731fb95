import type { State } from '../../account/types.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { No } from '../errors.ts';
import { mailboxName, wireName } from '../grammar/mailbox.ts';
import type { Parser } from '../grammar/parser.ts';
import type { Session } from '../session.ts';

/** RFC 9208 section 3.1: all mailboxes of an account share one limit, whose root is named like the top of the hierarchy. */
const ROOT = '';
/** RFC 9208 section 5.1: STORAGE counts units of 1,024 octets. */
const UNIT = 1024;

/** RFC 9208 section 4.1.2. */
export const getQuota = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    return parser.astring('the name of a quota root');
  },
  async run(session, root) {
    checkRoot(session, root);
    sayQuota(session, await session.account.refresh());
  },
});

/** RFC 9208 section 4.1.3. An account without a limit has no root. */
export const getQuotaRoot = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    return mailboxName(parser);
  },
  async run(session, name) {
    const state = await session.account.refresh();
    if (state.mailboxNamed(name) === undefined) throw new No('NONEXISTENT', 'There is no such mailbox');
    session.out.line(
      `* QUOTAROOT ${wireName(name, session.utf8Names)}${session.quota === undefined ? '' : ` "${ROOT}"`}`,
    );
    sayQuota(session, state);
  },
});

/** RFC 9208 section 4.1.4. Limits are set in the directory, by those who administer it. */
export const setQuota = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    const root = parser.astring('the name of a quota root');
    parser.space();
    parser.list(() => resourceLimit(parser), { empty: true, what: 'limits in parentheses' });
    return root;
  },
  run(session, root) {
    checkRoot(session, root);
    throw new No('NOPERM', 'Only an administrator sets limits');
  },
});

function resourceLimit(parser: Parser): void {
  parser.keyword('the name of a resource');
  parser.space();
  parser.number('a limit');
}

function checkRoot(session: Session, root: string): void {
  if (root !== ROOT || session.quota === undefined) throw new No('NONEXISTENT', 'There is no such quota root');
}

function sayQuota(session: Session, state: State): void {
  if (session.quota === undefined) return;
  const used = Math.ceil(state.bytes / UNIT);
  session.out.line(`* QUOTA "${ROOT}" (STORAGE ${used} ${Math.floor(session.quota / UNIT)})`);
}
