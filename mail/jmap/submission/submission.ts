import type { State } from '../../account/types.ts';
import { SUBMISSION } from '../capabilities.ts';
import type { Call } from '../method.ts';
import type { Tracked } from '../standard/changes.ts';
import type { Readable } from '../standard/get.ts';
import { EMAIL_SUBMISSION, recipientsOf, type Submission, submissions, utcDate } from './object.ts';
import { type Reports, reportsOf } from './reports.ts';

/** EmailSubmission (RFC 8621 section 7), as it is read. */
export const submissionType: Readable & Tracked = {
  name: EMAIL_SUBMISSION,
  capability: SUBMISSION,
  properties: [
    ...['id', 'identityId', 'emailId', 'threadId', 'envelope', 'sendAt', 'undoStatus', 'deliveryStatus'],
    ...['dsnBlobIds', 'mdnBlobIds'],
  ],

  ids: ({ state }) => [...submissions(state).keys()],

  async load(call, account, ids, properties) {
    const all = submissions(account.state);
    const found = new Map<string, Readonly<Record<string, unknown>>>();
    for (const id of ids) {
      const one = all.get(id);
      if (one === undefined) continue;
      const wantsReports = DERIVED.some((name) => properties.has(name)) && one.undoStatus === 'final';
      const reports = wantsReports ? await reportsOf(call, account, one) : undefined;
      const status = properties.has('deliveryStatus')
        ? { deliveryStatus: await deliveryStatus(call, id, one, reports) }
        : {};
      const { dsn = [], mdn = [] } = reports ?? {};
      found.set(id, { id, ...one, sendAt: utcDate(one.sendAt), ...status, dsnBlobIds: dsn, mdnBlobIds: mdn });
    }
    return found;
  },

  changes: (state: State, since) => state.changes(EMAIL_SUBMISSION, since),
};

/** What is not in the log: it is read when it is asked for. */
const DERIVED = ['deliveryStatus', 'dsnBlobIds', 'mdnBlobIds'];

/** What the queue knows of each recipient, and reports that came back; of those who went to our own accounts neither knows a thing. */
async function deliveryStatus(call: Call, id: string, { undoStatus, envelope }: Submission, reports?: Reports) {
  const { outbox } = call.deps;
  if (undoStatus !== 'final' || outbox === undefined) return null;
  const status = await outbox.status({ id, recipients: [...recipientsOf(envelope)] });
  return Object.fromEntries(
    Array.from(status, ([email, { delivered, reply }]) => {
      const key = email.toLowerCase();
      // While it is in the queue, that is the newest.
      const said = delivered === 'unknown' ? reports?.status.get(key) : undefined;
      const displayed = reports?.displayed.has(key) === true ? 'yes' : 'unknown';
      return [email, { smtpReply: said?.smtpReply ?? reply, delivered: said?.delivered ?? delivered, displayed }];
    }),
  );
}
