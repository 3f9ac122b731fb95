import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { askReset } from '../../api/doors.ts';
import { brand } from '../../data/brand.ts';
import { t } from '../../i18n/index.ts';
import { useChosenDomain, useOpenDomains } from './domains.ts';
import { DoorPage } from './door-page.tsx';
import { AddressField, wholeAddress } from './fields.tsx';

/** For who has forgotten the password: a link is mailed to the recovery address, where there is one. Whether there is, is not said. */
export function Reset() {
  const asked = useSignal('');
  const error = useSignal('');
  const busy = useSignal(false);
  const open = useOpenDomains();
  const domains = useChosenDomain(() => {
    const listed = open.value?.signIn ?? [];
    const own = brand.value.domain;
    return listed.length > 0 ? listed : own === undefined ? [] : [own];
  });
  const name = useRef<HTMLInputElement>(null);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    busy.value = true;
    error.value = '';
    try {
      const address = wholeAddress(name.current!.value, domains.chosen.value);
      await askReset(address);
      asked.value = address;
    } catch (refusal) {
      error.value = (refusal as Error).message;
    } finally {
      busy.value = false;
    }
  };

  return (
    <DoorPage title={t('reset.title')} links={<a href="/">{t('reset.back')}</a>}>
      <div role="status">{asked.value !== '' && <p>{t('reset.asked', { address: asked.value })}</p>}</div>
      {asked.value === '' && (
        <form class="door-form" onSubmit={submit} aria-busy={busy.value}>
          <p class="muted">{t('reset.text')}</p>
          <AddressField
            label={t(domains.domains.value.length > 0 ? 'signIn.user' : 'signIn.name')}
            domains={domains.domains.value}
            domain={domains.chosen.value}
            onDomain={domains.choose}
            autocomplete="username"
            input={name}
          />
          <p class="error" role="alert">
            {error.value}
          </p>
          <button type="submit" class="primary" disabled={busy.value}>
            {t('reset.submit')}
          </button>
        </form>
      )}
    </DoorPage>
  );
}
