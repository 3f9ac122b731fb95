import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Imported, ImportProblem, Outcome } from '../../data/contact-files.ts';
import { type Book, type Card, nameOf, values } from '../../data/contacts/model.ts';
import { books, defaultBook, loadError, openContacts } from '../../data/contacts.ts';
import { size, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';

const SHOWN = 50;

interface Ready {
  readonly found: readonly Imported[];
  readonly known: ReadonlySet<number>;
}

/** Brings contacts of a file: says first what is in it, then makes them. */
export default function Import({ onClose }: { readonly onClose: () => void }) {
  const ready = useSignal<Ready | undefined>(undefined);
  const done = useSignal<number | undefined>(undefined);
  const outcome = useSignal<Outcome | undefined>(undefined);
  const error = useSignal('');
  const writable = books.value.filter(({ myRights }) => myRights.mayWrite);
  const book = useSignal<Book | undefined>(undefined);
  const stop = useRef<AbortController>(undefined);
  const chosen = () => book.value ?? defaultBook();
  const to = chosen();

  const read = async (file: File | undefined) => {
    if (file === undefined) return;
    error.value = '';
    ready.value = undefined;
    outcome.value = undefined;
    // Whoever is quick has chosen a file before the address books are here.
    await openContacts();
    const into = chosen();
    if (into === undefined) {
      error.value = loadError.peek()?.message ?? t('contacts.readOnly');
      return;
    }
    const files = await import('../../data/contact-files.ts');
    if (file.size > files.MAX_FILE) {
      error.value = t('contacts.importTooLarge', { size: size(files.MAX_FILE) });
      return;
    }
    try {
      const found = await files.readContactFile(file);
      ready.value = { found, known: files.knownOf(found, into) };
    } catch (reason) {
      error.value = (reason as Error).message;
    }
  };
  const start = async () => {
    const { importInto } = await import('../../data/contact-files.ts');
    stop.current = new AbortController();
    done.value = 0;
    error.value = '';
    try {
      outcome.value = await importInto(to!, ready.value!.found, {
        onProgress: (count) => {
          done.value = count;
        },
        stop: stop.current.signal,
      });
      ready.value = undefined;
    } catch (reason) {
      error.value = t('action.failed', { reason: (reason as Error).message });
    } finally {
      done.value = undefined;
    }
  };

  const { found = [], known = new Set() } = ready.value ?? {};
  const cards = found.filter((one) => 'card' in one);
  const wrong = found.flatMap((one) => ('wrong' in one ? [{ line: one.line, reason: reasonOf(one.wrong) }] : []));
  const count = cards.length - known.size;
  return (
    <section class="import">
      <header class="reader-head">
        <button type="button" class="icon-button back" aria-label={t('contacts.back')} onClick={onClose}>
          <Icon name="back" />
        </button>
        <h1>{t('contacts.import')}</h1>
      </header>
      <div class="form-body">
        <p>{t('contacts.importSaid')}</p>
        {writable.length > 1 && (
          <label class="field">
            <span>{t('contacts.book')}</span>
            <select
              onChange={({ currentTarget }) => {
                book.value = writable[currentTarget.selectedIndex];
              }}
            >
              {writable.map(({ id, account, name, owner }) => (
                <option key={`${account}/${id}`} selected={id === to?.id}>
                  {owner === undefined ? name : `${name} – ${owner}`}
                </option>
              ))}
            </select>
          </label>
        )}
        <label class="quiet file-button">
          {t('contacts.chooseFile')}
          <input
            type="file"
            class="sr"
            accept=".vcf,.vcard,.csv,text/vcard,text/csv"
            onChange={({ currentTarget }) => {
              void read(currentTarget.files?.[0]);
              currentTarget.value = '';
            }}
          />
        </label>
        <p class="error" role="alert">
          {error.value}
        </p>
        {done.value !== undefined && (
          <div class="import-progress">
            <progress max={count} value={done.value} aria-label={t('contacts.import')} />
            <span role="status">{t('contacts.importing', { done: done.value, all: count })}</span>
            <button type="button" class="quiet" onClick={() => stop.current?.abort()}>
              {t('contacts.importStop')}
            </button>
          </div>
        )}
        {outcome.value !== undefined && <Done outcome={outcome.value} />}
        {ready.value !== undefined && done.value === undefined && (
          <>
            <p role="status">
              <strong>
                {cards.length === 0 ? t('contacts.importNone') : t('contacts.importFound', { count: cards.length })}
              </strong>{' '}
              {known.size > 0 && t('contacts.importKnown', { count: known.size })}
            </p>
            <Wrong lines={wrong} />
            {count > 0 && (
              <button type="button" class="primary" onClick={() => void start()}>
                {t('contacts.importStart', { count })}
              </button>
            )}
            <Preview
              cards={cards.slice(0, SHOWN).map(({ card }) => card as unknown as Card)}
              more={cards.length - SHOWN}
            />
          </>
        )}
      </div>
    </section>
  );
}

function Done({ outcome: { imported, refused, isStopped } }: { readonly outcome: Outcome }) {
  return (
    <>
      <p class="notice" role="status">
        {t(isStopped ? 'contacts.importStopped' : 'contacts.imported', { count: imported })}
      </p>
      <Wrong lines={refused} />
    </>
  );
}

function Wrong({ lines }: { readonly lines: readonly { readonly line: number; readonly reason: string }[] }) {
  if (lines.length === 0) return null;
  return (
    <div class="import-wrong">
      <p>{t('contacts.importBad', { count: lines.length })}</p>
      <ul>
        {lines.slice(0, SHOWN).map(({ line, reason }) => (
          <li key={line}>{t('contacts.importLine', { line, reason })}</li>
        ))}
        {lines.length > SHOWN && <li>{t('contacts.importMore', { count: lines.length - SHOWN })}</li>}
      </ul>
    </div>
  );
}

function Preview({ cards, more }: { readonly cards: readonly Card[]; readonly more: number }) {
  if (cards.length === 0) return null;
  return (
    <div class="import-preview">
      <table>
        <thead>
          <tr>
            <th scope="col">{t('contacts.name')}</th>
            <th scope="col">{t('contacts.email')}</th>
            <th scope="col">{t('contacts.phone')}</th>
          </tr>
        </thead>
        <tbody>
          {cards.map((card) => (
            <tr key={card.uid}>
              <td>{nameOf(card)}</td>
              <td>{values(card.emails)[0]?.address}</td>
              <td>{values(card.phones)[0]?.number}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="muted">{t('contacts.importMore', { count: more })}</p>}
    </div>
  );
}

function reasonOf(wrong: ImportProblem): string {
  return t(`contacts.wrong.${wrong.kind}`, wrong.kind === 'email' ? { value: wrong.value } : {});
}
