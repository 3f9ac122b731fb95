import { signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { appName } from '../../data/brand.ts';
import { type Contact, fitting, sorted } from '../../data/contacts/model.ts';
import { areLoaded, books, contacts, loadError, membersOf, openContacts } from '../../data/contacts.ts';
import { locale, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { later } from '../../ui/later.tsx';
import { Tabs } from '../mail/tabs.tsx';
import { ContactView } from './card.tsx';
import { ContactList } from './list.tsx';
import { Views } from './views.tsx';
import '../../styles/contacts.css';

const ContactForm = later(() => import('./form.tsx'));
const Duplicates = later(() => import('./duplicates.tsx'));
const Import = later(() => import('./import.tsx'));

/** What is looked for, and who is selected: kept from one card to the next. */
const text = signal('');
const chosen = signal<ReadonlySet<string>>(new Set());
let last = '';

/** The address book: its views, who is in one, and somebody's card. */
export default function Contacts() {
  const { params } = useRoute();
  const { query, route } = useLocation();
  useEffect(() => {
    void openContacts();
    document.title = `${t('contacts.title')} – ${appName()}`;
  }, []);

  const view = query.in ?? '';
  const all = contacts.value;
  const inView = useMemo(() => sorted(viewed(view, all), locale.value), [view, all, books.value, locale.value]);
  const shown = useMemo(() => fitting(inView, text.value), [inView, text.value]);
  const { person: key, what } = params;
  const opened = key === undefined ? undefined : all.get(key);
  const pathTo = (to: string) =>
    `/contacts${to === '' ? '' : `/${to}`}${view === '' ? '' : `?in=${encodeURIComponent(view)}`}`;
  const go = (to: string) => route(pathTo(to));
  useEffect(() => {
    if (view !== last) chosen.value = new Set();
    last = view;
  }, [view]);

  const isForm = key === 'new' || (opened !== undefined && what === 'edit');
  const isTool = view === 'duplicates' || view === 'import';
  const isDetail = key !== undefined || isTool;
  const detail = () => {
    if (view === 'duplicates') return <Duplicates onClose={() => route('/contacts')} />;
    if (view === 'import') return <Import onClose={() => route('/contacts')} />;
    if (isForm) return <ContactForm key={key} contact={opened} onDone={(to: string) => go(to)} />;
    if (opened !== undefined) return <ContactView contact={opened} pathTo={pathTo} onClose={() => go('')} />;
    return (
      <div class="centre muted">
        <Icon name="contacts" />
        <p>{t(key !== undefined && areLoaded.value ? 'contacts.gone' : 'contacts.choose')}</p>
      </div>
    );
  };
  return (
    <div class={isDetail ? 'contacts reading' : 'contacts'}>
      <a class="skip" href="#contacts">
        {t('app.skip')}
      </a>
      <Views view={view} />
      <ContactList
        list={shown}
        opened={key}
        text={text}
        chosen={chosen}
        view={view}
        total={inView.length}
        pathTo={pathTo}
      >
        {loadError.value !== undefined && (
          <p class="notice" role="alert">
            {t('contacts.failed', { reason: loadError.value.message })}{' '}
            <button type="button" class="link" onClick={() => void openContacts()}>
              {t('app.retry')}
            </button>
          </p>
        )}
      </ContactList>
      <main class="contact-detail">{detail()}</main>
      <Tabs />
    </div>
  );
}

/** Who is in a view: all, favourites, an address book, or a group. */
function viewed(view: string, all: ReadonlyMap<string, Contact>): Iterable<Contact> {
  const list = [...all.values()];
  if (view === 'favourites') return list.filter(({ isFavourite }) => isFavourite);
  if (view.startsWith('book:')) {
    const [account, id] = view.slice(5).split('/') as [string, string];
    return list.filter((one) => one.account === account && one.card.addressBookIds[id] === true);
  }
  const group = all.get(view);
  return group === undefined ? list : membersOf(group);
}
