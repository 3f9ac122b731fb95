import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { accountOf } from '../../api/ids.ts';
import { ApiError } from '../../api/session.ts';
import { compose } from '../../data/compose.ts';
import { email } from '../../data/emails.ts';
import { isJunk } from '../../data/junk.ts';
import { canLeaveLists, LEFT, leaveList, type WayOut, waysOut } from '../../data/lists.ts';
import { toast } from '../../data/toasts.ts';
import type { Message } from '../../data/types.ts';
import { type Key, t } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { addressShown } from './addresses.tsx';
import { linkOf } from './links.ts';

const SAID: Readonly<Record<WayOut['kind'], Key>> = {
  click: 'unsubscribe.byClick',
  mail: 'unsubscribe.byMail',
  page: 'unsubscribe.byPage',
};
const FAILED: Readonly<Record<string, Key>> = {
  notReached: 'unsubscribe.unreached',
  rateLimit: 'unsubscribe.later',
};

/** Of a list that says how to leave it: nobody is told before the reader has seen who that is (RFC 8058 section 3.2). */
export function Unsubscribe({ one }: { readonly one: Message }) {
  const isAsking = useSignal(false);
  const canClick = useSignal(false);
  const now = email(one.id).value ?? one;
  // One that another message carries is not in the account, and one of somebody else's is theirs to leave.
  const isOwn = Object.keys(one.mailboxIds).length > 0 && accountOf(one.id) === undefined;
  useEffect(() => {
    void canLeaveLists().then(
      (can) => {
        canClick.value = can;
      },
      () => undefined,
    );
  }, []);
  // Who sends junk learns from it that somebody is there.
  if (isJunk(now)) return null;
  const ways = waysOut(one, canClick.value && isOwn);
  if (ways.length === 0) return null;
  if (LEFT in now.keywords) return <p class="unsubscribe muted">{t('unsubscribe.was')}</p>;
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
        <Question
          id={one.id}
          ways={ways}
          onClose={() => {
            isAsking.value = false;
          }}
        />
      )}
    </p>
  );
}

interface Props {
  readonly id: string;
  readonly ways: readonly WayOut[];
  readonly onClose: () => void;
}

function Question({ id, ways, onClose }: Props) {
  // What was asked about stays, whatever becomes of the message meanwhile.
  const [way, ...others] = useSignal(ways).value as [WayOut, ...WayOut[]];
  const isWorking = useSignal(false);
  const error = useSignal<string | undefined>(undefined);
  const target = targetOf(way);
  const go = async () => {
    if (way.kind !== 'click') {
      onClose();
      take(way);
      return;
    }
    isWorking.value = true;
    try {
      const refusal = await leaveList(id);
      if (refusal === undefined) {
        onClose();
        toast(t('unsubscribe.done', { target }));
      } else error.value = t(FAILED[refusal] ?? 'unsubscribe.failed', { target });
    } catch (reason) {
      const isOffline = reason instanceof ApiError && reason.status === 0;
      error.value = isOffline ? t('unsubscribe.offline') : (reason as Error).message;
    } finally {
      isWorking.value = false;
    }
  };
  return (
    <Dialog title={t('unsubscribe.title')} onClose={onClose}>
      <p>{t(SAID[way.kind], { target })}</p>
      {way.kind === 'page' && (
        <p class="address-shown" dir="ltr">
          {way.href}
        </p>
      )}
      <p role="status" class={error.value === undefined ? 'muted' : 'notice'}>
        {isWorking.value ? t('unsubscribe.working', { target }) : error.value}
      </p>
      <div class="dialog-buttons">
        {error.value !== undefined &&
          others.map((other) => (
            <button
              key={other.kind}
              type="button"
              class="secondary"
              onClick={() => {
                onClose();
                take(other);
              }}
            >
              {t(other.kind === 'mail' ? 'unsubscribe.write' : 'unsubscribe.openPage')}
            </button>
          ))}
        <button type="button" class="secondary" onClick={onClose}>
          {t('app.cancel')}
        </button>
        <button type="button" class="primary" disabled={isWorking.value} onClick={() => void go()}>
          {t(error.value !== undefined ? 'app.retry' : way.kind === 'click' ? 'unsubscribe.do' : 'unsubscribe.go')}
        </button>
      </div>
    </Dialog>
  );
}

/** Who is told, as it cannot be taken for somebody else. */
function targetOf({ kind, href }: WayOut): string {
  return kind === 'mail' ? addressShown(decoded(new URL(href).pathname)) : (linkOf(href)?.host ?? href);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function take({ kind, href }: WayOut): void {
  if (kind === 'mail') compose({ kind: 'new', mailto: href });
  else open(href, '_blank', 'noopener,noreferrer');
}
