import type { State } from '../../account/types.ts';
import { SUBMISSION } from '../capabilities.ts';
import type { Call } from '../method.ts';
import type { Tracked } from '../standard/changes.ts';
import type { Readable } from '../standard/get.ts';
import { EMAIL_SUBMISSION, recipientsOf, type Submission, submissions, utcDate } from './object.ts';

/** EmailSubmission (RFC 8621 section 7), as it is read. */
export const submissionType: Readable & Tracked = {
  name: EMAIL_SUBMISSION,
  capability: SUBMISSION,
  properties: [
    ...['id', 'identityId', 'emailId', 'threadId', 'envelope', 'sendAt', 'undoStatus', 'deliveryStatus'],
    ...['dsnBlobIds', 'mdnBlobIds'],
  ],

  ids: ({ state }) => [...submissions(state).keys()],

  async load(call, { state }, ids, properties) {
    const all = submissions(state);
    const found = new Map<string, Readonly<Record<string, unknown>>>();
    for (const id of ids) {
      const one = all.get(id);
      if (one === undefined) continue;
      const status = properties.has('deliveryStatus') ? { deliveryStatus: await deliveryStatus(call, id, one) } : {};
      found.set(id, { id, ...one, sendAt: utcDate(one.sendAt), ...status, dsnBlobIds: [], mdnBlobIds: [] });
    }
    return found;
  },

  changes: (state: State, since) => state.changes(EMAIL_SUBMISSION, since),
};

/** What the queue knows of each recipient; of those who went to our own accounts it knows nothing. */
async function deliveryStatus(call: Call, id: string, { undoStatus, envelope }: Submission) {
  const { outbox } = call.deps;
  if (undoStatus !== 'final' || outbox === undefined) return null;
  const status = await outbox.status({ id, recipients: [...recipientsOf(envelope)] });
  return Object.fromEntries(
    Array.from(status, ([email, { delivered, reply }]) => [
      email,
      { smtpReply: reply, delivered, displayed: 'unknown' },
    ]),
  );
}
