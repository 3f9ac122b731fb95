import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { differs, duplicatesIn, merged, type Same, SINGLE, type Single } from '../../data/contacts/duplicates.ts';
import { type Card, dateText, nameOf, values } from '../../data/contacts/model.ts';
import { contacts, mergeContacts } from '../../data/contacts.ts';
import { failed } from '../../data/toasts.ts';
import { type Key, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { Photo } from './photo.tsx';

/** Contacts that seem to be the same, side by side. */
export default function Duplicates({ onClose }: { readonly onClose: () => void }) {
  const set = useSignal<ReadonlySet<string>>(new Set());
  const all = contacts.value;
  const found = useMemo(() => duplicatesIn(all.values()), [all]);
  const shown = found.filter((same) => !set.value.has(idOf(same)));
  return (
    <section class="duplicates">
      <header class="reader-head">
        <button type="button" class="icon-button back" aria-label={t('contacts.back')} onClick={onClose}>
          <Icon name="back" />
        </button>
        <h1>{t('contacts.duplicates')}</h1>
      </header>
      <p class="muted duplicates-said">{t(shown.length === 0 ? 'contacts.noDuplicates' : 'contacts.duplicatesSaid')}</p>
      {shown.slice(0, 50).map((same) => (
        <Pair
          key={idOf(same)}
          same={same}
          onLeave={() => {
            set.value = new Set([...set.value, idOf(same)]);
          }}
        />
      ))}
    </section>
  );
}

function idOf({ contacts: list }: Same): string {
  return list.map(({ key }) => key).join(' ');
}

const LABELS: Readonly<Record<Single, Key>> = {
  name: 'contacts.name',
  organizations: 'contacts.organisation',
  titles: 'contacts.job',
  anniversaries: 'contacts.birthday',
  media: 'contacts.photo',
};

function Pair({ same, onLeave }: { readonly same: Same; readonly onLeave: () => void }) {
  const { by, contacts: list } = same;
  const chosen = useSignal<Partial<Record<Single, number>>>({});
  const left = useSignal<ReadonlySet<string>>(new Set());
  const isBusy = useSignal(false);
  const cards = list.map(({ card }) => card);
  const asked = SINGLE.filter((property) => differs(property, cards));
  const id = idOf(same);
  const toggle = (sign: string) => {
    const next = new Set(left.value);
    if (!next.delete(sign)) next.add(sign);
    left.value = next;
  };
  const merge = async () => {
    isBusy.value = true;
    try {
      await mergeContacts(list, merged(cards, chosen.value, left.value));
    } catch (error) {
      failed(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <article class="card pair">
      <p class="muted">{t(by === 'email' ? 'contacts.sameEmail' : 'contacts.sameName')}</p>
      <div class="pair-columns">
        {list.map((contact, column) => (
          <div key={contact.key} class="pair-column">
            <p class="pair-name">
              <Photo contact={contact} />
              <bdi>{contact.name || contact.emails[0]}</bdi>
            </p>
            {asked.map((property) => {
              const value = said(property, contact.card);
              return value === '' ? null : (
                <label key={property} class="check">
                  <input
                    type="radio"
                    name={`${id} ${property}`}
                    checked={(chosen.value[property] ?? firstWith(property, cards)) === column}
                    onChange={() => {
                      chosen.value = { ...chosen.value, [property]: column };
                    }}
                  />
                  <span>
                    <span class="muted">{t(LABELS[property])}</span> <bdi>{value}</bdi>
                  </span>
                </label>
              );
            })}
            {[
              ...values(contact.card.emails).map(
                (one) => [`emails ${one.address.toLowerCase()}`, one.address] as const,
              ),
              ...values(contact.card.phones).map(
                (one) => [`phones ${one.number.replace(/[^\d+]/g, '')}`, one.number] as const,
              ),
            ].map(([sign, value]) => (
              <label key={sign} class="check">
                <input type="checkbox" checked={!left.value.has(sign)} onChange={() => toggle(sign)} />
                <bdi>{value}</bdi>
              </label>
            ))}
          </div>
        ))}
      </div>
      <p class="chip-buttons">
        <button type="button" class="link" onClick={onLeave}>
          {t('contacts.notSame')}
        </button>
        <button type="button" class="primary" disabled={isBusy.value} onClick={() => void merge()}>
          {t('contacts.merge')}
        </button>
      </p>
    </article>
  );
}

function firstWith(property: Single, cards: readonly Card[]): number {
  return cards.findIndex((card) => card[property] !== undefined);
}

function said(property: Single, card: Card): string {
  switch (property) {
    case 'name':
      return card.name === undefined ? '' : nameOf(card);
    case 'organizations':
      return values(card.organizations)[0]?.name ?? '';
    case 'titles':
      return values(card.titles)[0]?.name ?? '';
    case 'anniversaries':
      return values(card.anniversaries)
        .map(({ date }) => dateText(date))
        .join(', ');
    case 'media':
      return values(card.media).length === 0 ? '' : nameOf(card);
  }
}
