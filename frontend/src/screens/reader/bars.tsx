import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { account } from '../../api/account.ts';
import { email } from '../../data/emails.ts';
import { asksForReceipt, declineReceipt, sendReceipt } from '../../data/receipts.ts';
import { failed, toast } from '../../data/toasts.ts';
import type { Message } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { Unsubscribe } from './unsubscribe.tsx';

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
