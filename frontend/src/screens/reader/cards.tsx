import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { downloadBlob } from '../../api/jmap.ts';
import type { Imported } from '../../data/contact-files.ts';
import type { BodyPart } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { exposed } from './bidi.ts';

/** Contacts that are shown: all are added. */
const SHOWN = 50;

interface Shown {
  readonly found: readonly Imported[];
  readonly lines: readonly { readonly name: string; readonly address: string }[];
}

/** Contacts in a file: who they are, and what puts them into one's own. The address book is loaded when it is asked for. */
export function Cards({ file }: { readonly file: BodyPart }) {
  const shown = useSignal<Shown | undefined>(undefined);
  const said = useSignal('');
  const isWorking = useSignal(false);
  const isDone = useSignal(false);
  useEffect(() => {
    cardsIn(file.blobId!).then(
      (read) => {
        shown.value = read;
      },
      (reason: Error) => {
        said.value = t('reader.failed', { reason: reason.message });
      },
    );
  }, []);
  const add = async () => {
    isWorking.value = true;
    try {
      said.value = await addAll(shown.value!.found);
      isDone.value = true;
    } catch (error) {
      said.value = t('action.failed', { reason: (error as Error).message });
    } finally {
      isWorking.value = false;
    }
  };
  const { lines = [] } = shown.value ?? {};
  return (
    <>
      {shown.value === undefined && said.value === '' && <p role="status">{t('files.reading')}</p>}
      {shown.value !== undefined && (
        <p>{lines.length === 0 ? t('files.noCards') : t('files.cards', { count: lines.length })}</p>
      )}
      <ul class="inner-files">
        {lines.slice(0, SHOWN).map(({ name, address }, index) => (
          <li key={index}>
            <bdi>{exposed(name)}</bdi>
            <span class="muted">{exposed(address)}</span>
          </li>
        ))}
      </ul>
      {lines.length > SHOWN && <p class="muted">{t('files.moreCards', { count: lines.length - SHOWN })}</p>}
      <p role="status" class={said.value === '' ? '' : 'notice'}>
        {said.value}
      </p>
      {lines.length > 0 && !isDone.value && (
        <div class="dialog-buttons">
          <button type="button" class="primary" disabled={isWorking.value} onClick={() => void add()}>
            {t('files.addCards')}
          </button>
        </div>
      )}
    </>
  );
}

async function cardsIn(blobId: string): Promise<Shown> {
  const [blob, { readContactFile }, { nameOf, values }] = await Promise.all([
    downloadBlob(blobId, 'contacts.vcf', 'application/octet-stream'),
    import('../../data/contact-files.ts'),
    import('../../data/contacts/model.ts'),
  ]);
  const found = await readContactFile(new File([blob], 'contacts.vcf'));
  const lines = found.flatMap((one) => {
    if (!('card' in one)) return [];
    const card = one.card as unknown as Parameters<typeof nameOf>[0];
    return [{ name: nameOf(card), address: values(card.emails)[0]?.address ?? '' }];
  });
  return { found, lines };
}

/** Says what came of it. */
async function addAll(found: readonly Imported[]): Promise<string> {
  const [{ importInto }, contacts] = await Promise.all([
    import('../../data/contact-files.ts'),
    import('../../data/contacts.ts'),
  ]);
  await contacts.openContacts();
  const book = contacts.defaultBook();
  if (book === undefined) return contacts.loadError.peek()?.message ?? t('files.noBook');
  const stop = new AbortController().signal;
  const { imported, refused } = await importInto(book, found, { onProgress: () => undefined, stop });
  const [first] = refused;
  if (first !== undefined) return t('files.notAdded', { reason: first.reason });
  return imported === 0 ? t('files.known') : t('files.added', { count: imported });
}
