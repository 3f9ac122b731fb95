import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { messagesWith, searchWith } from '../../data/contact-history.ts';
import { addressText, type Contact, dateText, fitting, type Kinds, values } from '../../data/contacts/model.ts';
import { books, contacts, membersOf, removeContacts, setFavourite, setMembers } from '../../data/contacts.ts';
import { failed } from '../../data/toasts.ts';
import type { Email } from '../../data/types.ts';
import { shortDate, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { people } from '../mail/names.ts';
import { Photo } from './photo.tsx';
import { write, writeTo } from './write.ts';

interface Props {
  readonly contact: Contact;
  readonly pathTo: (key: string) => string;
  readonly onClose: () => void;
}

/** Somebody's card, or a group's. */
export function ContactView({ contact, pathTo, onClose }: Props) {
  const { route } = useLocation();
  const { key, card, name, emails, isGroup, isFavourite, mayWrite } = contact;
  const called = name || emails[0] || t('contacts.unnamed');
  const job = [values(card.titles)[0]?.name, values(card.organizations)[0]?.name].filter((one) => one !== undefined);
  const book = books.value.find((one) => one.account === contact.account && card.addressBookIds[one.id] === true);
  return (
    <article class="contact-card" aria-label={called}>
      <header class="reader-head">
        <button type="button" class="icon-button back" aria-label={t('contacts.back')} onClick={onClose}>
          <Icon name="back" />
        </button>
        {mayWrite && (
          <>
            <button
              type="button"
              class="icon-button"
              aria-pressed={isFavourite}
              title={t(isFavourite ? 'contacts.unfavourite' : 'contacts.favourite')}
              aria-label={t(isFavourite ? 'contacts.unfavourite' : 'contacts.favourite')}
              onClick={() => void setFavourite(contact)}
            >
              <Icon name="star" filled={isFavourite} />
            </button>
            <a
              class="icon-button"
              href={pathTo(`${key}/edit`)}
              title={t('contacts.edit')}
              aria-label={t('contacts.edit')}
            >
              <Icon name="drafts" />
            </a>
            <button
              type="button"
              class="icon-button"
              title={t('contacts.delete')}
              aria-label={t('contacts.delete')}
              onClick={() => {
                void removeContacts([contact]);
                route(isGroup ? '/contacts' : pathTo(''));
              }}
            >
              <Icon name="trash" />
            </button>
          </>
        )}
      </header>
      <div class="contact-top">
        <Photo contact={contact} isLarge />
        <div>
          <h1>
            <bdi>{called}</bdi>
          </h1>
          {job.length > 0 && <p class="muted">{job.join(', ')}</p>}
          {values(card.nicknames)[0] !== undefined && <p class="muted">“{values(card.nicknames)[0]!.name}”</p>}
        </div>
        {(emails.length > 0 || isGroup) && (
          <button type="button" class="primary" onClick={() => writeTo([contact])}>
            {t(isGroup ? 'contacts.writeGroup' : 'contacts.write')}
          </button>
        )}
      </div>
      {!mayWrite && <p class="notice">{t('contacts.readOnly')}</p>}
      {isGroup ? <Members group={contact} pathTo={pathTo} /> : <Facts contact={contact} />}
      {book?.owner !== undefined && <p class="muted contact-book">{`${book.name} – ${book.owner}`}</p>}
      {!isGroup && emails.length > 0 && <History key={key} name={called} emails={emails} />}
    </article>
  );
}

function Facts({ contact }: { readonly contact: Contact }) {
  const { card } = contact;
  const birth = values(card.anniversaries).find(({ kind }) => kind === 'birth');
  return (
    <dl class="facts">
      <Fact label={t('contacts.email')} isThere={values(card.emails).length > 0}>
        {values(card.emails).map((one) => (
          <p key={one.address}>
            <button
              type="button"
              class="link"
              onClick={() => write([{ name: contact.name || null, email: one.address }])}
            >
              <bdi>{one.address}</bdi>
            </button>{' '}
            <Kind of={one} />
          </p>
        ))}
      </Fact>
      <Fact label={t('contacts.phone')} isThere={values(card.phones).length > 0}>
        {values(card.phones).map((one) => (
          <p key={one.number}>
            <a href={`tel:${one.number.replace(/[^\d+*#]/g, '')}`} dir="ltr">
              {one.number}
            </a>{' '}
            <Kind of={one} isMobile={one.features?.mobile === true} />
          </p>
        ))}
      </Fact>
      <Fact label={t('contacts.address')} isThere={values(card.addresses).length > 0}>
        {values(card.addresses).map((one, index) => (
          <p key={index} class="lines">
            {addressText(one)} <Kind of={one} />
          </p>
        ))}
      </Fact>
      <Fact label={t('contacts.birthday')} isThere={birth !== undefined}>
        {birth !== undefined && <p>{dateText(birth.date)}</p>}
      </Fact>
      <Fact label={t('contacts.link')} isThere={values(card.links).length > 0}>
        {values(card.links).map(({ uri }) => (
          <p key={uri}>
            {/^https?:/i.test(uri) ? (
              <a href={uri} target="_blank" rel="noopener noreferrer nofollow">
                {uri}
              </a>
            ) : (
              uri
            )}
          </p>
        ))}
      </Fact>
      <Fact label={t('contacts.notes')} isThere={values(card.notes).length > 0}>
        {values(card.notes).map(({ note }, index) => (
          <p key={index} class="lines" dir="auto">
            {note}
          </p>
        ))}
      </Fact>
    </dl>
  );
}

function Fact(props: {
  readonly label: string;
  readonly isThere: boolean;
  readonly children: preact.ComponentChildren;
}) {
  if (!props.isThere) return null;
  return (
    <>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </>
  );
}

function Kind({ of: { contexts, label }, isMobile = false }: { readonly of: Kinds; readonly isMobile?: boolean }) {
  const kind = isMobile
    ? 'mobile'
    : contexts?.work === true
      ? 'work'
      : contexts?.private === true
        ? 'private'
        : undefined;
  const said = label ?? (kind === undefined ? undefined : t(`contacts.kind.${kind}`));
  return said === undefined ? null : <span class="muted">{said}</span>;
}

function Members({ group, pathTo }: { readonly group: Contact; readonly pathTo: (key: string) => string }) {
  const text = useSignal('');
  const members = membersOf(group);
  const uids = group.card.members ?? {};
  const others = [...contacts.value.values()].filter(
    (one) => !one.isGroup && one.account === group.account && uids[one.card.uid] !== true,
  );
  const found = text.value.trim() === '' ? [] : fitting(others, text.value).slice(0, 8);
  return (
    <section class="members">
      <h2>{t('contacts.members', { count: members.length })}</h2>
      <ul>
        {members.map((one) => {
          const called = one.name || one.emails[0] || t('contacts.unnamed');
          return (
            <li key={one.key} class="member">
              <Photo contact={one} />
              <a href={pathTo(one.key)}>
                <bdi>{called}</bdi>
              </a>
              {group.mayWrite && (
                <button
                  type="button"
                  class="icon-button"
                  aria-label={t('contacts.leaveGroup', { name: called })}
                  onClick={() => void setMembers(group, [], [one]).catch(failed)}
                >
                  <Icon name="close" />
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {group.mayWrite && (
        <>
          <label class="field">
            <span>{t('contacts.addMembers')}</span>
            <input
              type="search"
              autocomplete="off"
              value={text.value}
              placeholder={t('contacts.search')}
              onInput={({ currentTarget }) => {
                text.value = currentTarget.value;
              }}
            />
          </label>
          <ul class="chip-choices">
            {found.map((one) => (
              <li key={one.key}>
                <button
                  type="button"
                  onClick={() => {
                    text.value = '';
                    void setMembers(group, [one]).catch(failed);
                  }}
                >
                  <bdi>{one.name || one.emails[0]}</bdi> {one.name !== '' && <bdi class="muted">{one.emails[0]}</bdi>}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** What was written to and by somebody last. */
function History({ name, emails }: { readonly name: string; readonly emails: readonly string[] }) {
  const found = useSignal<readonly Email[] | undefined>(undefined);
  const error = useSignal<Error | undefined>(undefined);
  const search = searchWith(emails);
  useEffect(() => {
    messagesWith(emails).then(
      (list) => {
        found.value = list;
      },
      (reason: Error) => {
        error.value = reason;
      },
    );
  }, [search]);
  const path = (id?: string) => `/search${id === undefined ? '' : `/${id}`}?q=${encodeURIComponent(search)}`;
  return (
    <section class="history">
      <h2>{t('contacts.history', { name })}</h2>
      {error.value !== undefined && (
        <p class="error" role="alert">
          {t('list.failed', { reason: error.value.message })}
        </p>
      )}
      {found.value?.length === 0 && <p class="muted">{t('contacts.noHistory')}</p>}
      <ul>
        {found.value?.map((one) => (
          <li key={one.id}>
            <a class="history-row" href={path(one.id)}>
              <bdi class="history-from">{people(one.from)}</bdi>
              <bdi class="history-subject">{one.subject || t('list.noSubject')}</bdi>
              <time class="muted" dateTime={one.receivedAt}>
                {shortDate(one.receivedAt)}
              </time>
            </a>
          </li>
        ))}
      </ul>
      {(found.value?.length ?? 0) > 0 && <a href={path()}>{t('contacts.allHistory')}</a>}
    </section>
  );
}
