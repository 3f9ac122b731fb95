import { type Signal, useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type OpenDomains, openDomains } from '../../api/doors.ts';
import { brand } from '../../data/brand.ts';

const LAST = 'domain';

/** What the server says; undefined until it has. */
export function useOpenDomains(): Signal<OpenDomains | undefined> {
  const open = useSignal<OpenDomains | undefined>(undefined);
  useEffect(() => {
    openDomains().then(
      (found) => {
        open.value = found;
      },
      () => undefined,
    );
  }, []);
  return open;
}

/** Which of them is chosen: by hand, by the host of this page, as last time, or the first. */
export function useChosenDomain(listed: () => readonly string[]) {
  const byHand = useSignal<string | undefined>(undefined);
  const domains = useComputed(listed);
  const chosen = useComputed(() => {
    const wanted = [byHand.value, brand.value.domain, localStorage.getItem(LAST) ?? undefined];
    return wanted.find((one) => one !== undefined && domains.value.includes(one)) ?? domains.value[0];
  });
  const choose = (domain: string) => {
    byHand.value = domain;
    localStorage.setItem(LAST, domain);
  };
  return { domains, chosen, choose };
}
