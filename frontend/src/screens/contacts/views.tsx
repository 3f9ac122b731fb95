import { useLocation } from 'preact-iso';
import { ask } from '../../data/asking.ts';
import { sorted } from '../../data/contacts/model.ts';
import { books, contacts, createContact } from '../../data/contacts.ts';
import { failed } from '../../data/toasts.ts';
import { locale, t } from '../../i18n/index.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';

/** What can be looked at: all, favourites, groups, books, and what tidies them. */
export function Views({ view }: { readonly view: string }) {
  const { route } = useLocation();
  const groups = sorted(
    [...contacts.value.values()].filter(({ isGroup }) => isGroup),
    locale.value,
  );
  const isFew = books.value.length < 2;
  const newGroup = async () => {
    const name = await ask({
      ...{ kind: 'text', title: t('contacts.newGroup'), label: t('contacts.groupName'), value: '' },
      yes: t('contacts.save'),
    } as const);
    if (!name?.trim()) return;
    try {
      const key = await createContact({ kind: 'group', name: { full: name.trim() }, members: {} });
      route(`/contacts/${key}?in=${key}`);
    } catch (error) {
      failed(error);
    }
  };
  const link = (to: string, label: string, icon: IconName, path = '/contacts') => (
    <li key={to}>
      <a
        class="folder"
        href={to === '' ? path : `${path}?in=${encodeURIComponent(to)}`}
        aria-current={to === view ? 'page' : undefined}
      >
        <Icon name={icon} />
        <bdi class="name">{label}</bdi>
      </a>
    </li>
  );
  return (
    <nav class="contact-views" aria-label={t('contacts.views')}>
      <ul>
        <li>
          <a class="folder" href="/">
            <Icon name="inbox" />
            <span class="name">{t('contacts.toMail')}</span>
          </a>
        </li>
        {link('', t('contacts.all'), 'contacts')}
        {link('favourites', t('contacts.favourites'), 'star')}
      </ul>
      <div class="views-head">
        <h2>{t('contacts.groups')}</h2>
        <button type="button" class="icon-button" aria-label={t('contacts.newGroup')} onClick={() => void newGroup()}>
          <Icon name="add" />
        </button>
      </div>
      <ul>{groups.map((group) => link(group.key, group.name, 'contacts', `/contacts/${group.key}`))}</ul>
      {!isFew && (
        <>
          <div class="views-head">
            <h2>{t('contacts.books')}</h2>
          </div>
          <ul>
            {books.value.map(({ account, id, name, owner }) =>
              link(`book:${account}/${id}`, owner === undefined ? name : `${name} – ${owner}`, 'folder'),
            )}
          </ul>
        </>
      )}
      <ul class="views-tools">
        {link('duplicates', t('contacts.duplicates'), 'filter')}
        {link('import', t('contacts.import'), 'download')}
      </ul>
    </nav>
  );
}
