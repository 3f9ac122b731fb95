import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { account } from '../../api/session.ts';
import { compose } from '../../data/compose.ts';
import { email } from '../../data/emails.ts';
import { asksForReceipt, declineReceipt, sendReceipt } from '../../data/receipts.ts';
import type { Message } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { failed, toast } from '../../ui/toast.tsx';
import { addressShown } from './addresses.tsx';
import { Dialog } from './dialog.tsx';
import { linkOf } from './links.ts';

/** What a message asks of who reads it: each a line above its text. */
export function Bars({ one }: { readonly one: Message }) {
  return (
    <>
      <Receipt one={one} />
      <Unsubscribe one={one} />
    </>
  );
}

function Receipt({ one }: { readonly one: Message }) {
  const isAsked = useSignal(false);
  const isSending = useSignal(false);
  useEffect(() => {
    void asksForReceipt(one, account.peek()?.address ?? '').then((asks) => {
      isAsked.value = asks;
    });
  }, [one]);
  const isAnswered = '$mdnsent' in (email(one.id).value?.keywords ?? one.keywords);
  if (!isAsked.value || isAnswered) return null;
  const answer = async (work: () => Promise<void>, said?: string) => {
    isSending.value = true;
    try {
      await work();
      isAsked.value = false;
      if (said !== undefined) toast(said);
    } catch (error) {
      failed(error);
    } finally {
      isSending.value = false;
    }
  };
  return (
    <div class="images-bar" role="group" aria-label={t('receipt.label')}>
      <span>{t('receipt.asked')}</span>
      <span class="bar-buttons">
        <button
          type="button"
          class="link"
          disabled={isSending.value}
          onClick={() => void answer(() => sendReceipt(one), t('receipt.sent'))}
        >
          {t('receipt.send')}
        </button>
        <button
          type="button"
          class="link"
          disabled={isSending.value}
          onClick={() => void answer(() => declineReceipt(one))}
        >
          {t('receipt.decline')}
        </button>
      </span>
    </div>
  );
}

/**
 * Of a list that says how to leave it (RFC 2369 section 3.2). By mail where it takes that: that it was read from here is told to nobody
 * else. The one click of RFC 8058 would have to be made by a server.
 */
function Unsubscribe({ one }: { readonly one: Message }) {
  const isAsking = useSignal(false);
  const urls = one['header:List-Unsubscribe:asURLs'] ?? [];
  const link = ['mailto:', 'https:']
    .map((scheme) => urls.find((url) => url.toLowerCase().startsWith(scheme)))
    .map((url) => (url === undefined ? undefined : linkOf(url)))
    .find((found) => found !== undefined);
  if (link === undefined) return null;
  const isMail = link.href.startsWith('mailto:');
  const target = isMail ? addressShown(decodeURIComponent(new URL(link.href).pathname)) : link.host;
  const close = () => {
    isAsking.value = false;
  };
  return (
    <p class="unsubscribe">
      <span class="muted">{t('unsubscribe.is')}</span>{' '}
      <button
        type="button"
        class="link"
        onClick={() => {
          isAsking.value = true;
        }}
      >
        {t('unsubscribe.do')}
      </button>
      {isAsking.value && (
        <Dialog title={t('unsubscribe.title')} onClose={close}>
          <p>{t(isMail ? 'unsubscribe.byMail' : 'unsubscribe.byPage', { target })}</p>
          <div class="dialog-buttons">
            <button type="button" class="secondary" onClick={close}>
              {t('app.cancel')}
            </button>
            <button
              type="button"
              class="primary"
              onClick={() => {
                close();
                if (isMail) compose({ kind: 'new', mailto: link.href });
                else open(link.href, '_blank', 'noopener,noreferrer');
              }}
            >
              {t('unsubscribe.go')}
            </button>
          </div>
        </Dialog>
      )}
    </p>
  );
}
