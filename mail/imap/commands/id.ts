import { ANY, command } from '../command.ts';
import { Bad } from '../errors.ts';
import type { Parser } from '../grammar/parser.ts';

/** RFC 2971 section 3.3. */
const MAX_FIELDS = 30;
const MAX_FIELD = 30;
const MAX_VALUE = 1024;

/** RFC 2971: who the client is goes to the log, and no further. */
export const id = command({
  states: ANY,
  parse(parser) {
    parser.space();
    return idList(parser);
  },
  run(session, fields) {
    if (fields.size > 0) session.deps.log.debug('imap.client', Object.fromEntries(fields));
    session.out.line('* ID ("name" "Postern")');
  },
});

function idList(parser: Parser): Map<string, string | undefined> {
  const fields = new Map<string, string | undefined>();
  if (parser.skipNil()) return fields;
  parser.list(
    () => {
      const name = parser.string('the name of a field').toLowerCase();
      parser.space();
      const value = parser.nstring('a value or NIL');
      if (name.length > MAX_FIELD) throw new Bad(`An ID field has a name of at most ${MAX_FIELD} bytes`);
      if ((value ?? '').length > MAX_VALUE) throw new Bad(`An ID field has a value of at most ${MAX_VALUE} bytes`);
      if (fields.has(name)) throw new Bad('An ID field is given twice');
      fields.set(name, value);
      if (fields.size > MAX_FIELDS) throw new Bad(`ID has at most ${MAX_FIELDS} fields`);
    },
    { empty: true, what: 'NIL or a list of fields in parentheses' },
  );
  return fields;
}
