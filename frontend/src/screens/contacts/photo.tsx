import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { blobUrl } from '../../data/contact-photos.ts';
import { photoOf } from '../../data/contacts/draft.ts';
import type { Contact } from '../../data/contacts/model.ts';
import { colourOf, initials } from '../mail/names.ts';

/** Somebody's photo, or letters of his name. */
export function Photo({ contact, isLarge = false }: { readonly contact: Contact; readonly isLarge?: boolean }) {
  const id = photoOf(contact.card);
  const url = useSignal<string | undefined>(undefined);
  useEffect(() => {
    url.value = undefined;
    if (id === undefined) return undefined;
    let isWanted = true;
    blobUrl(contact.account, id).then(
      (found) => {
        if (isWanted) url.value = found;
      },
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [id]);
  const kind = isLarge ? 'avatar large' : 'avatar';
  if (url.value !== undefined) return <img class={kind} src={url.value} alt="" />;
  const address = { name: contact.name === '' ? null : contact.name, email: contact.emails[0] ?? contact.name };
  // Letters that are no text: a button with a name of its own is not called by them.
  const letters = initials(address.email === '' ? undefined : address);
  return <span class={kind} data-colour={colourOf(address)} data-letters={letters} aria-hidden="true" />;
}
