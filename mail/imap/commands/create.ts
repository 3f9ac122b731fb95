import { inheritByNew } from '../../sharing/acl.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { Bad, No } from '../errors.ts';
import { checkNewName, DELIMITER, mailboxName } from '../grammar/mailbox.ts';
import type { Parser } from '../grammar/parser.ts';
import { parentOf } from '../places.ts';
import { roleOf } from '../special-use.ts';

/**
 * RFC 3501 section 6.3.3: a delimiter at the end says only that there will be inferiors. With CREATE-SPECIAL-USE (RFC 6154 section 3), and
 * MAILBOXID (RFC 8474 section 4.1).
 */
export const create = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    const name = mailboxName(parser);
    const uses = parser.skip(' ') ? createUses(parser) : [];
    return { name: name.endsWith(DELIMITER) ? name.slice(0, -1) : name, uses };
  },
  async run(session, { name, uses }) {
    if (name === 'INBOX') throw new No('CANNOT', 'INBOX is there already');
    checkNewName(name);
    const roles = uses.map(roleOf);
    if (roles.includes(undefined) || roles.length > 1) {
      throw new No('USEATTR', 'A new mailbox has one use at most: \\Archive, \\Drafts, \\Junk, \\Sent or \\Trash');
    }
    const spot = await session.places.locate(name);
    if (spot === undefined) throw notThere();
    const { place } = spot;
    const { result } = await place.account.write((draft) => {
      const parent = parentOf(draft, spot.name);
      // RFC 4314 section 4: who may not see what is there is told the same.
      if (!place.isOwn && !place.rights(draft, parent).has('k')) throw notThere();
      const [role] = roles;
      if (role !== undefined && !place.isOwn) throw new No('USEATTR', 'Only the owner says what a mailbox is used for');
      if (role !== undefined && [...draft.mailboxes.values()].some((mailbox) => mailbox.role === role)) {
        throw new No('USEATTR', 'Another mailbox has that use');
      }
      const before = new Set(draft.mailboxes.keys());
      const { id } = draft.createMailbox(spot.name, role);
      inheritByNew(draft, parent, before);
      return id;
    });
    return { code: `MAILBOXID (${result})` };
  },
});

function notThere(): No {
  return new No('NOPERM', 'You may not make a mailbox there');
}

/** `(USE (\Sent))`, in capitals: the one parameter of CREATE (RFC 4466 section 2.2). */
function createUses(parser: Parser): string[] {
  parser.expect('(', 'parameters in parentheses');
  parser.expect('USE', 'USE, the one parameter of CREATE');
  parser.space();
  const use = () => {
    parser.expect('\\', 'an attribute with a backslash');
    return `\\${parser.keyword('an attribute')}`;
  };
  const uses = parser.list(use, { empty: true, what: 'attributes in parentheses' });
  parser.expect(')');
  if (new Set(uses).size < uses.length) throw new Bad('An attribute is given twice');
  return uses;
}
