import type { Words } from '../api/push-record.ts';

/** What is said of new mail outside of the pages: the same by a page that is open and by the service worker, so that who hears both is told once. */

/** Of an email. */
export interface Fresh {
  readonly id: string;
  readonly from?: readonly { readonly name: string | null; readonly email: string }[] | null;
  readonly subject?: string | null;
}

export interface Notice {
  readonly title: string;
  readonly options: NotificationOptions & { readonly data: { readonly path: string } };
}

/** More at once are told together. */
const ONE_BY_ONE = 3;
const ICON = '/icon-192.png';

/** `inbox`: its id. `says`: from whom and what about. */
export function noticesOf(
  fresh: readonly Fresh[],
  { inbox, says, words }: { readonly inbox: string | undefined; readonly says: boolean; readonly words: Words },
): readonly Notice[] {
  const [newest] = fresh;
  if (newest === undefined) return [];
  const path = inbox === undefined ? '/' : `/mail/${inbox}`;
  if (!says || fresh.length > ONE_BY_ONE) {
    const title = words.counted[Math.min(fresh.length, words.counted.length - 1)]!;
    return [{ title, options: { icon: ICON, tag: newest.id, data: { path } } }];
  }
  return fresh.map(({ id, from, subject }) => {
    const [sender] = from ?? [];
    return {
      title: sender?.name || sender?.email || words.noSender,
      options: {
        body: subject || words.noSubject,
        icon: ICON,
        // Two tabs, or a tab and the worker, tell it once.
        tag: id,
        data: { path: inbox === undefined ? '/' : `${path}/${id}` },
      },
    };
  });
}

/** Something has come, and it is not known what. */
export function noticeOfSome({ some }: Words): Notice {
  return { title: some, options: { icon: ICON, tag: 'some', data: { path: '/' } } };
}
