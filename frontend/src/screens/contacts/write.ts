import { addressText } from '../../data/addresses.ts';
import { compose } from '../../data/compose.ts';
import type { Contact } from '../../data/contacts/model.ts';
import { addressesOf } from '../../data/contacts.ts';
import { toast } from '../../data/toasts.ts';
import type { Address } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';

/** Opens a message to all of them: of each the first address, of a group everybody in it. */
export function writeTo(list: readonly Contact[]): void {
  write(addressesOf(list));
}

export function write(addresses: readonly Address[]): void {
  if (addresses.length === 0) {
    toast(t('contacts.noAddresses'));
    return;
  }
  compose({ kind: 'new', mailto: `mailto:${addresses.map((one) => encodeURIComponent(addressText(one))).join(',')}` });
}
