import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { actionsFor, emailsOf } from '../../data/actions.ts';
import { List } from '../../data/list.ts';
import { byRole, mailboxes } from '../../data/mailboxes.ts';
import { current } from '../../data/sync.ts';
import { t } from '../../i18n/index.ts';
import { MessageList } from './list.tsx';
import { nameOf } from './names.ts';
import { Rail } from './rail.tsx';
import { Reader } from './reader.tsx';

const NEWEST_FIRST = [{ property: 'receivedAt', isAscending: false }];

/** Folders, messages, and the one that is read. */
export default function Mail() {
  const { params } = useRoute();
  const { route } = useLocation();
  const mailbox = mailboxes.value.get(params.mailbox ?? '') ?? byRole('inbox');
  const opened = params.thread;
  const selected = useSignal<ReadonlySet<string>>(new Set());

  const list = useMemo(() => {
    if (mailbox === undefined) return undefined;
    return new List({ filter: { inMailbox: mailbox.id }, sort: NEWEST_FIRST, collapseThreads: true });
  }, [mailbox?.id]);
  useEffect(() => {
    current.value = list;
    selected.value = new Set();
    document.title = mailbox === undefined ? t('app.name') : `${nameOf(mailbox)} – ${t('app.name')}`;
  }, [list]);

  const open = (id: string | undefined) => route(`/mail/${mailbox!.id}${id === undefined ? '' : `/${id}`}`);
  useKeys({
    chosen: () => emailsOf(selected.value.size > 0 ? selected.value : opened === undefined ? [] : [opened]),
    mailbox,
    step: (by) => {
      if (list === undefined) return;
      const next = list.idAt((opened === undefined ? -1 : list.indexOf(opened)) + by);
      if (next !== undefined) open(next);
    },
    close: () => open(undefined),
  });

  return (
    <div class={opened === undefined ? 'mail' : 'mail reading'}>
      <a class="skip" href="#list">
        {t('app.skip')}
      </a>
      <Rail mailbox={mailbox} />
      {mailbox !== undefined && list !== undefined && (
        <MessageList key={mailbox.id} list={list} mailbox={mailbox} opened={opened} selected={selected} onOpen={open} />
      )}
      <Reader id={opened} mailbox={mailbox} onClose={() => open(undefined)} />
    </div>
  );
}

/** Keys that hold wherever nothing is being written. */
function useKeys(given: {
  readonly chosen: () => ReturnType<typeof emailsOf>;
  readonly mailbox: Parameters<typeof actionsFor>[0]['mailbox'];
  readonly step: (by: number) => void;
  readonly close: () => void;
}): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
      if (target.isContentEditable) return;
      if (event.key === 'j') return given.step(1);
      if (event.key === 'k') return given.step(-1);
      if (event.key === 'Escape') return given.close();
      const selection = { emails: given.chosen(), mailbox: given.mailbox };
      const action = actionsFor(selection).find(({ key }) => key === event.key);
      if (action === undefined) return;
      event.preventDefault();
      void action.perform(selection);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
}
