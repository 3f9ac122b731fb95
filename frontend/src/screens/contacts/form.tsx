import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { isAddress } from '../../data/addresses.ts';
import { blobUrl, uploadPhoto } from '../../data/contact-photos.ts';
import { cardWith, type Draft, draftOf, type Line } from '../../data/contacts/draft.ts';
import type { Contact } from '../../data/contacts/model.ts';
import { books, createContact, defaultBook, saveContact } from '../../data/contacts.ts';
import { type Key, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';

interface Props {
  /** Undefined: a new one. */
  readonly contact: Contact | undefined;
  /** With the key of what is shown next; '' for nobody. */
  readonly onDone: (key: string) => void;
}

const KINDS = {
  emails: ['', 'private', 'work'],
  phones: ['', 'mobile', 'private', 'work'],
  addresses: ['', 'private', 'work'],
} as const;
type Many = keyof typeof KINDS;

const WORDS: Readonly<Record<Many, { readonly title: Key; readonly one: Key; readonly add: Key }>> = {
  emails: { title: 'contacts.emails', one: 'contacts.email', add: 'contacts.addEmail' },
  phones: { title: 'contacts.phones', one: 'contacts.phone', add: 'contacts.addPhone' },
  addresses: { title: 'contacts.addresses', one: 'contacts.address', add: 'contacts.addAddress' },
};

/** Somebody's card, to be written in. */
export default function ContactForm({ contact, onDone }: Props) {
  const before = contact?.card ?? {};
  const draft = useSignal<Draft>(withLine(draftOf(before), 'emails'));
  const error = useSignal('');
  const isBusy = useSignal(false);
  const writable = books.value.filter(({ myRights }) => myRights.mayWrite);
  const book = useSignal(defaultBook());
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const change = (part: Partial<Draft>) => {
    draft.value = { ...draft.value, ...part };
  };
  const isGroup = contact?.isGroup === true;

  const save = async () => {
    error.value = wrongIn(draft.value);
    if (error.value !== '') return;
    isBusy.value = true;
    try {
      const card = cardWith(before, draft.value);
      if (contact === undefined) onDone(await createContact(card, book.value ?? defaultBook()));
      else {
        await saveContact(contact, card);
        onDone(contact.key);
      }
    } catch (reason) {
      error.value = t('action.failed', { reason: (reason as Error).message });
    } finally {
      isBusy.value = false;
    }
  };
  const text = (
    name: 'given' | 'surname' | 'nickname' | 'organisation' | 'job' | 'link',
    label: Key,
    isFirst = false,
  ) => (
    <label class="field">
      <span>{t(label)}</span>
      <input
        ref={isFirst ? first : null}
        name={name}
        type="text"
        autocomplete="off"
        value={draft.value[name]}
        onInput={({ currentTarget }) => change({ [name]: currentTarget.value })}
      />
    </label>
  );

  return (
    <form
      class="contact-form"
      aria-label={t(contact === undefined ? 'contacts.new' : 'contacts.edit')}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onDone(contact?.key ?? '');
      }}
    >
      <header class="reader-head">
        <h1>{t(contact === undefined ? 'contacts.new' : 'contacts.edit')}</h1>
        <button type="button" class="quiet" onClick={() => onDone(contact?.key ?? '')}>
          {t('app.cancel')}
        </button>
        <button type="submit" class="primary" disabled={isBusy.value}>
          {t('contacts.save')}
        </button>
      </header>
      <div class="form-body">
        <p class="error" role="alert">
          {error.value}
        </p>
        {isGroup ? (
          text('given', 'contacts.groupName', true)
        ) : (
          <>
            <PhotoField draft={draft} account={contact?.account} error={error} />
            <div class="two">
              {text('given', 'contacts.given', true)}
              {text('surname', 'contacts.surname')}
              {text('organisation', 'contacts.organisation')}
              {text('job', 'contacts.job')}
            </div>
            <Lines of="emails" draft={draft} />
            <Lines of="phones" draft={draft} />
            <Lines of="addresses" draft={draft} />
            <div class="two">
              <label class="field">
                <span>{t('contacts.birthday')}</span>
                <input
                  type="date"
                  name="birthday"
                  value={/^\d{4}-\d\d-\d\d$/.test(draft.value.birthday) ? draft.value.birthday : ''}
                  onInput={({ currentTarget }) => change({ birthday: currentTarget.value })}
                />
              </label>
              {text('nickname', 'contacts.nickname')}
              {text('link', 'contacts.link')}
              {contact === undefined && writable.length > 1 && (
                <label class="field">
                  <span>{t('contacts.book')}</span>
                  <select
                    value={book.value?.id}
                    onChange={({ currentTarget }) => {
                      book.value = writable[currentTarget.selectedIndex];
                    }}
                  >
                    {writable.map(({ id, account, name, owner }) => (
                      <option key={`${account}/${id}`} value={id}>
                        {owner === undefined ? name : `${name} – ${owner}`}
                      </option>
                    ))}
                  </select>
                </label>
              )}
            </div>
            <label class="field">
              <span>{t('contacts.notes')}</span>
              <textarea
                name="notes"
                rows={4}
                dir="auto"
                value={draft.value.notes}
                onInput={({ currentTarget }) => change({ notes: currentTarget.value })}
              />
            </label>
          </>
        )}
      </div>
    </form>
  );
}

function Lines({ of, draft }: { readonly of: Many; readonly draft: Signal<Draft> }) {
  const lines = draft.value[of];
  const put = (next: readonly Line[]) => {
    draft.value = { ...draft.value, [of]: next };
  };
  const change = (key: string, part: Partial<Line>) =>
    put(lines.map((line) => (line.key === key ? { ...line, ...part } : line)));
  const words = WORDS[of];
  return (
    <fieldset class="lines-field">
      <legend>{t(words.title)}</legend>
      {lines.map(({ key, value, kind }) => {
        const field = {
          value,
          'aria-label': t(words.one),
          onInput: ({ currentTarget }: { currentTarget: { value: string } }) =>
            change(key, { value: currentTarget.value }),
        };
        return (
          <div key={key} class="line">
            {of === 'addresses' ? (
              <textarea rows={3} dir="auto" {...field} />
            ) : (
              <input
                type="text"
                inputMode={of === 'emails' ? 'email' : 'tel'}
                autocomplete="off"
                spellcheck={false}
                {...field}
              />
            )}
            <select
              aria-label={t('contacts.kind')}
              value={kind}
              onChange={({ currentTarget }) => change(key, { kind: currentTarget.value as Line['kind'] })}
            >
              {KINDS[of].map((one) => (
                <option key={one} value={one}>
                  {t(`contacts.kind.${one === '' ? 'none' : one}`)}
                </option>
              ))}
            </select>
            <button
              type="button"
              class="icon-button"
              aria-label={t('contacts.remove', { name: value || t(words.one) })}
              onClick={() => put(lines.filter((line) => line.key !== key))}
            >
              <Icon name="close" />
            </button>
          </div>
        );
      })}
      <button
        type="button"
        class="link"
        onClick={() => {
          draft.value = withLine(draft.value, of, true);
        }}
      >
        {t(words.add)}
      </button>
    </fieldset>
  );
}

function PhotoField(props: {
  readonly draft: Signal<Draft>;
  readonly account: string | undefined;
  readonly error: Signal<string>;
}) {
  const { draft, account, error } = props;
  const url = useSignal<string | undefined>(undefined);
  const id = draft.value.photo;
  useEffect(() => {
    url.value = undefined;
    if (id === null) return;
    blobUrl(account, id).then(
      (found) => {
        url.value = found;
      },
      () => undefined,
    );
  }, [id]);
  const choose = async (file: File | undefined) => {
    if (file === undefined) return;
    error.value = '';
    try {
      draft.value = { ...draft.value, photo: await uploadPhoto(file) };
    } catch (reason) {
      error.value = reason instanceof DOMException ? t('contacts.badPhoto') : (reason as Error).message;
    }
  };
  return (
    <div class="photo-field">
      {url.value === undefined ? (
        <span class="avatar large" aria-hidden="true">
          <Icon name="contacts" />
        </span>
      ) : (
        <img class="avatar large" src={url.value} alt={t('contacts.photo')} />
      )}
      <label class="quiet file-button">
        {t('contacts.choosePhoto')}
        <input
          type="file"
          class="sr"
          accept="image/*"
          onChange={({ currentTarget }) => {
            void choose(currentTarget.files?.[0]);
            currentTarget.value = '';
          }}
        />
      </label>
      {id !== null && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            draft.value = { ...draft.value, photo: null };
          }}
        >
          {t('contacts.removePhoto')}
        </button>
      )}
    </div>
  );
}

/** With a line to write in. */
function withLine(draft: Draft, of: Many, always = false): Draft {
  if (!always && draft[of].length > 0) return draft;
  const key = `n${crypto.randomUUID().slice(0, 8)}`;
  return { ...draft, [of]: [...draft[of], { key, value: '', kind: of === 'phones' ? 'mobile' : '' }] };
}

function wrongIn({ given, surname, organisation, nickname, emails }: Draft): string {
  const bad = emails.find(({ value }) => value.trim() !== '' && !isAddress(value.trim()));
  if (bad !== undefined) return t('contacts.badEmail', { text: bad.value });
  const says = [given, surname, organisation, nickname, ...emails.map(({ value }) => value)];
  return says.every((one) => one.trim() === '') ? t('contacts.needsName') : '';
}
