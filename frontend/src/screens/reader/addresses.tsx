import { useSignal } from '@preact/signals';
import type { Address, Email, Message } from '../../data/types.ts';
import { longDate, t } from '../../i18n/index.ts';
import { exposed } from './bidi.ts';
import { unicodeHost } from './links.ts';

/** An address as it is: its domain in letters that cannot be taken for others, nothing in it that turns its direction. */
export function addressShown(email: string): string {
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1);
  const host = URL.canParse(`http://${domain}`) ? unicodeHost(new URL(`http://${domain}`).hostname) : domain;
  return exposed(
    at < 0 ? email : `${email.slice(0, at)}@${host.toLowerCase() === domain.toLowerCase() ? domain : host}`,
  );
}

export function nameShown({ name, email }: Address): string {
  return name === null || name.trim() === '' ? addressShown(email) : exposed(name);
}

/** A name, with the address beside it: a name says whatever its owner wants. */
export function Person({ address }: { readonly address: Address }) {
  const shown = addressShown(address.email);
  const name = nameShown(address);
  return (
    <span class="person">
      <bdi class="sender">{name}</bdi>
      {name !== shown && (
        <>
          {' '}
          <bdi class="muted address">&lt;{shown}&gt;</bdi>
        </>
      )}
    </span>
  );
}

/** Names of recipients that are shown before the rest is counted. */
const SHOWN = 3;
/** Of a field, before somebody asks for all. */
const LISTED = 50;
/** As many as the server gives of a field. */
const MOST = 2_000;

/** Whom a message went to in one line, and on demand everything that it says of people and dates. */
export function Recipients({ one }: { readonly one: Email & Partial<Message> }) {
  const isOpen = useSignal(false);
  const all = [...(one.to ?? []), ...(one.cc ?? []), ...(one.bcc ?? [])];
  const names = all.slice(0, SHOWN).map(nameShown).join(', ');
  const more = all.length - SHOWN;
  return (
    <>
      <button
        type="button"
        class="recipients"
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        <bdi>{all.length === 0 ? t('reader.noRecipients') : t('reader.to', { names })}</bdi>
        {more > 0 && <span> {t('reader.moreRecipients', { count: more })}</span>}
        <span class="sr"> {t('reader.details')}</span>
        <span class="arrow" aria-hidden="true" />
      </button>
      {isOpen.value && (
        <dl class="details">
          <People label={t('reader.from')} addresses={one.from} />
          {one.from?.[0] !== undefined && <AddContact address={one.from[0]} />}
          <People label={t('reader.replyTo')} addresses={one.replyTo} />
          <People label={t('reader.toLabel')} addresses={one.to} />
          <People label={t('reader.cc')} addresses={one.cc} />
          <People label={t('reader.bcc')} addresses={one.bcc} />
          {one.sentAt && <Line label={t('reader.sent')} text={longDate(one.sentAt)} />}
          <Line label={t('reader.received')} text={longDate(one.receivedAt)} />
        </dl>
      )}
    </>
  );
}

/** The address book is loaded when it is asked for. */
function AddContact({ address }: { readonly address: Address }) {
  return (
    <div>
      <dt />
      <dd>
        <button
          type="button"
          class="link"
          onClick={() => {
            void import('../../data/contacts.ts').then(({ addContact }) => addContact(address));
          }}
        >
          {t('reader.addContact')}
        </button>
      </dd>
    </div>
  );
}

function People({
  label,
  addresses,
}: {
  readonly label: string;
  readonly addresses: readonly Address[] | null | undefined;
}) {
  const isAllShown = useSignal(false);
  if (!addresses || addresses.length === 0) return null;
  const shown = isAllShown.value ? addresses : addresses.slice(0, LISTED);
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {shown.map((address, index) => (
          <Person key={index} address={address} />
        ))}
        {shown.length < addresses.length && (
          <button
            type="button"
            class="link"
            onClick={() => {
              isAllShown.value = true;
            }}
          >
            {t('people.showAll', { count: addresses.length })}
          </button>
        )}
        {addresses.length >= MOST && <span>{t('people.tooMany')}</span>}
      </dd>
    </div>
  );
}

function Line({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{text}</dd>
    </div>
  );
}
