import { useComputed, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { actionsFor, emailsOf, type Selection } from '../../data/actions.ts';
import { jobs } from '../../data/jobs.ts';
import type { List } from '../../data/list.ts';
import { everyOf, NONE } from '../../data/selection.ts';
import type { Mailbox } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { MenuButton } from '../../ui/menu.tsx';
import { Rows } from './rows.tsx';

/** Actions beside each other above the list; the others are behind "More". */
const FIRST = 4;
/** Time after which it is shown that rows are about to come, in milliseconds. */
const PATIENCE_MS = 150;

interface Props {
  readonly list: List;
  /** Undefined: of a search. */
  readonly mailbox: Mailbox | undefined;
  readonly title: string;
  readonly opened: string | undefined;
  readonly pathOf: (id: string) => string;
  readonly onOpen: (id: string, index: number) => void;
  /** Beside the title, where nothing is chosen: order, filters. */
  readonly tools?: ComponentChildren;
  /** In place of the rows where there are none. */
  readonly empty: ComponentChildren;
  /** Above the rows: what a search could not understand, an announcement. */
  readonly notice?: ComponentChildren;
}

/** Messages of a query: their head, what is said about them, and the rows. */
export function MessageList({ list, mailbox, title, opened, pathOf, onOpen, tools, empty, notice }: Props) {
  const total = list.total.value;
  const error = list.error.value;
  return (
    <section class="list" id="list" aria-label={t('list.label', { name: title })}>
      {list.chosen.value.ids.size === 0 ? (
        <header class="list-head">
          <Everything list={list} />
          <h1>
            <bdi>{title}</bdi>
          </h1>
          {total !== undefined && <span class="list-count muted">{t('list.count', { count: total })}</span>}
          {tools}
        </header>
      ) : (
        <Bulk list={list} mailbox={mailbox} />
      )}
      {notice}
      {error !== undefined && (
        <p class="notice" role="alert">
          {t('list.failed', { reason: error.message })}{' '}
          <button type="button" class="link" onClick={() => void list.refresh()}>
            {t('app.retry')}
          </button>
        </p>
      )}
      {total === undefined && error === undefined && <Waiting />}
      {total === 0 && <div class="list-empty">{empty}</div>}
      <Rows list={list} mailbox={mailbox} title={title} opened={opened} pathOf={pathOf} onOpen={onOpen} />
      <Jobs />
    </section>
  );
}

function Waiting() {
  const isLong = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      isLong.value = true;
    }, PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return isLong.value ? <div class="skeleton-rows" role="status" aria-label={t('app.loading')} /> : null;
}

/** Chooses all that is on the screen; or nothing, where something is chosen. */
function Everything({ list }: { readonly list: List }) {
  const { ids, isAll } = list.chosen.value;
  const isWhole = isAll || (ids.size > 0 && ids.size === list.total.value);
  return (
    <input
      type="checkbox"
      class="everything"
      aria-label={t('list.chooseAll')}
      title={t('list.chooseAll')}
      checked={isWhole}
      ref={(box) => {
        if (box !== null) box.indeterminate = ids.size > 0 && !isWhole;
      }}
      disabled={list.total.value === 0}
      onChange={() => {
        list.chosen.value = ids.size > 0 ? NONE : everyOf(list.visible());
      }}
    />
  );
}

/** What can be done with those that are chosen. */
function Bulk({ list, mailbox }: { readonly list: List; readonly mailbox: Mailbox | undefined }) {
  const chosen = list.chosen.value;
  const emails = useComputed(() => emailsOf(list.chosen.value.ids));
  const total = list.total.value ?? 0;
  const selection: Selection = {
    emails: emails.value,
    mailbox,
    isThreads: list.query.collapseThreads,
    all: chosen.isAll ? list : undefined,
  };
  const actions = actionsFor(selection);
  const count = chosen.isAll ? total : chosen.ids.size;
  return (
    <>
      <div class="list-head bulk" role="toolbar" aria-label={t('list.chosen', { count })}>
        <Everything list={list} />
        <span class="chosen-count" role="status">
          {t('list.chosen', { count })}
        </span>
        {actions.slice(0, FIRST).map((action) => (
          <button
            key={action.name}
            type="button"
            class="icon-button"
            title={t(action.label)}
            aria-label={t(action.label)}
            onClick={() => void action.perform(selection)}
          >
            <Icon name={action.icon} />
          </button>
        ))}
        <MenuButton
          label={t('app.more')}
          parts={() =>
            actions.slice(FIRST).map((action) => ({
              name: action.name,
              label: t(action.label),
              icon: action.icon,
              perform: () => void action.perform(selection),
            }))
          }
        >
          <Icon name="more" />
        </MenuButton>
      </div>
      {total > chosen.ids.size && (chosen.isAll || list.visible().every((id) => chosen.ids.has(id))) && (
        <p class="choose-all">
          {chosen.isAll ? t('list.allChosen', { count: total }) : t('list.someChosen', { count: chosen.ids.size })}{' '}
          <button
            type="button"
            class="link"
            onClick={() => {
              list.chosen.value = chosen.isAll ? NONE : { ...chosen, isAll: true };
            }}
          >
            {chosen.isAll ? t('list.chooseNone') : t('list.chooseMatching', { count: total })}
          </button>
        </p>
      )}
    </>
  );
}

/** What goes on, how far it is, and how to stop it. */
export function Jobs() {
  return (
    <div role="status" class="jobs">
      {jobs.value.map(({ id, label, done, total, stop }) => (
        <div key={id} class="job">
          <span>{total === undefined ? label : t('job.progress', { label, done, total })}</span>
          <progress aria-label={label} max={total ?? 1} value={total === undefined ? undefined : done} />
          <button type="button" class="link" onClick={stop}>
            {t('job.stop')}
          </button>
        </div>
      ))}
    </div>
  );
}
