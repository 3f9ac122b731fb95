import { SINGLETON, VACATION, VACATION_RESPONSE, type Vacation, vacationOf } from '../../vacation/object.ts';
import { VACATION as CAPABILITY } from '../capabilities.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import type { Readable } from '../standard/get.ts';
import { patched } from '../standard/patch.ts';
import { notFound, type Settable } from '../standard/set.ts';

/** VacationResponse (RFC 8621 section 8): one object, which is always there. It has no /changes. */
export const vacationType: Readable & Settable = {
  name: VACATION_RESPONSE,
  capability: CAPABILITY,
  properties: ['id', 'isEnabled', 'fromDate', 'toDate', 'subject', 'textBody', 'htmlBody'],

  ids: () => [SINGLETON],

  async load(_call, { state }, ids) {
    return new Map(ids.filter((id) => id === SINGLETON).map((id) => [id, { id, ...vacationOf(state) }]));
  },

  create() {
    throw new SetFailure('singleton', 'There is one vacation response, and it is there already: update it');
  },

  update(draft, id, patch) {
    if (id !== SINGLETON) throw notFound(id);
    const before = vacationOf(draft);
    const { id: given, ...after } = patched({ id, ...before }, patch);
    if (given !== id) throw invalidProperties(['id'], 'The id cannot be changed');
    draft.putObject(VACATION_RESPONSE, SINGLETON, checked(after));
    return null;
  },

  destroy(_draft, id) {
    if (id !== SINGLETON) throw notFound(id);
    throw new SetFailure('singleton', 'The vacation response stays: disable it');
  },
};

function checked(properties: Readonly<Record<string, unknown>>): Vacation {
  const parsed = VACATION.safeParse(properties);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0])];
    throw invalidProperties(names, `${names[0]}: ${issue.message}`);
  }
  const { fromDate, toDate } = parsed.data;
  if (fromDate !== null && toDate !== null && Date.parse(toDate) <= Date.parse(fromDate)) {
    throw invalidProperties(['toDate'], 'toDate is not after fromDate: nobody would be answered');
  }
  return parsed.data;
}
