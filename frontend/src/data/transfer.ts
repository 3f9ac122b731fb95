import { accountOf, bareId } from '../api/ids.ts';
import { call, mailAccount } from '../api/jmap.ts';
import { type Refusals, throwRefused } from '../api/method-error.ts';
import { t } from '../i18n/index.ts';
import { members, nameOfTarget, type Selection } from './actions.ts';
import { allIds } from './changes.ts';
import { runJob } from './jobs.ts';
import { may } from './others.ts';
import { current } from './sync.ts';
import { failed, toast } from './toasts.ts';
import type { Email, Mailbox } from './types.ts';

/** From one account to another an email is copied (RFC 8621 section 4.7); to be moved, it is then taken out where it was. */

/** Emails of one request: each is written anew. */
const BATCH = 50;

type Flags = Pick<Email, 'id' | 'mailboxIds' | 'keywords'>;

/** What was there before, and the copy of it. */
interface Copied {
  readonly was: Flags;
  readonly id: string;
}

/** With Undo, where what is undone may be. */
export async function transfer(selection: Selection, to: Mailbox, how: 'move' | 'copy'): Promise<void> {
  const { mailbox, all } = selection;
  const list = current.peek();
  if (how === 'move' && all === undefined) list?.remove(new Set(selection.emails.map(({ id }) => id)));
  try {
    const copied = await runJob(t('job.copying'), async (progress) => {
      const ids = all === undefined ? (await members(selection)).map(({ id }) => id) : await allIds(all, progress);
      const done: Copied[] = [];
      for (let at = 0; at < ids.length && !progress.signal.aborted; at += BATCH) {
        progress.tell(at, ids.length);
        const { list: before } = await call<{ list: Flags[] }>('Email/get', {
          ids: ids.slice(at, at + BATCH),
          properties: ['id', 'mailboxIds', 'keywords'],
        });
        const made = await copyInto(before, () => ({ [to.id]: true }));
        done.push(...made);
        if (how === 'move')
          await takeOut(
            made.map(({ was }) => was),
            mailbox?.id,
          );
      }
      return done;
    });
    const values = { count: copied.length, name: nameOfTarget(to) };
    const canUndo = how === 'copy' || may(mailbox, 'mayAddItems');
    if (copied.length > 0)
      toast(
        t(how === 'move' ? 'action.moved' : 'action.copied', values),
        canUndo ? () => void takeBack(copied, mailbox?.id, to, how) : undefined,
      );
  } catch (error) {
    failed(error, () => void transfer(selection, to, how));
  }
  await list?.refresh();
}

async function takeBack(
  copied: readonly Copied[],
  from: string | undefined,
  to: Mailbox,
  how: 'move' | 'copy',
): Promise<void> {
  try {
    await runJob(t('job.undoing'), async (progress) => {
      for (let at = 0; at < copied.length && !progress.signal.aborted; at += BATCH) {
        progress.tell(at, copied.length);
        const batch = copied.slice(at, at + BATCH);
        if (how === 'move') await putBack(batch, from);
        await takeOut(
          batch.map(({ id }) => ({ id, mailboxIds: { [to.id]: true }, keywords: {} })),
          to.id,
        );
      }
    });
  } catch (error) {
    failed(error, () => void takeBack(copied, from, to, how));
  }
  await current.peek()?.refresh();
}

/** What was only taken out of one of its mailboxes is still there. */
async function putBack(copied: readonly Copied[], from: string | undefined): Promise<void> {
  const gone = copied.filter(({ was }) => !stays(was, from));
  await copyInto(
    gone.map(({ was, id }) => ({ ...was, id })),
    (index) => gone[index]!.was.mailboxIds,
  );
  const rest = copied.filter(({ was }) => stays(was, from));
  if (rest.length === 0) return;
  const { notUpdated } = await call<{ notUpdated: Refusals }>('Email/set', {
    update: Object.fromEntries(rest.map(({ was }) => [was.id, { [`mailboxIds/${from}`]: true }])),
  });
  throwRefused(notUpdated);
}

/** Copies emails of one account into mailboxes of another. Throws the first refusal, with what was done before it undone. */
async function copyInto(
  emails: readonly Flags[],
  mailboxIdsOf: (index: number) => Readonly<Record<string, true>>,
): Promise<readonly Copied[]> {
  const own = await mailAccount();
  const [first] = emails;
  if (first === undefined) return [];
  const fromAccountId = accountOf(first.id) ?? own;
  const accountId = accountOf(Object.keys(mailboxIdsOf(0))[0]!) ?? own;
  const create = Object.fromEntries(
    emails.map(({ id, keywords }, index) => [
      `c${index}`,
      {
        id: bareId(id),
        keywords,
        mailboxIds: Object.fromEntries(Object.keys(mailboxIdsOf(index)).map((one) => [bareId(one), true])),
      },
    ]),
  );
  const { created, notCreated } = await call<{
    created: Readonly<Record<string, { readonly id: string }>> | null;
    notCreated: Refusals;
  }>('Email/copy', { fromAccountId, accountId, create });
  // Of one's own account the answer has bare ids, of another's ids with the account (api/elsewhere.ts).
  const copies = Object.entries(created ?? {}).map(([key, { id }]) => ({ was: emails[Number(key.slice(1))]!, id }));
  if (Object.keys(notCreated ?? {}).length > 0 && copies.length > 0)
    await call('Email/set', { destroy: copies.map(({ id }) => id) }).catch(() => undefined);
  throwRefused(notCreated);
  return copies;
}

/** Out of a mailbox; what is in no other is destroyed. */
async function takeOut(emails: readonly Flags[], mailbox: string | undefined): Promise<void> {
  if (emails.length === 0) return;
  const { notUpdated, notDestroyed } = await call<{ notUpdated: Refusals; notDestroyed: Refusals }>('Email/set', {
    update: Object.fromEntries(
      emails.filter((one) => stays(one, mailbox)).map(({ id }) => [id, { [`mailboxIds/${mailbox}`]: null }]),
    ),
    destroy: emails.filter((one) => !stays(one, mailbox)).map(({ id }) => id),
  });
  throwRefused(notUpdated, notDestroyed);
}

function stays({ mailboxIds }: Flags, without: string | undefined): boolean {
  return without !== undefined && Object.keys(mailboxIds).some((id) => id !== without);
}
