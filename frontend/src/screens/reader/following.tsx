import { signal } from '@preact/signals';
import { compose } from '../../data/compose.ts';
import { t } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { type Doubt, type Link, linkOf } from './links.ts';

/** A link that is not what it seems, until somebody has said whether to follow it. */
const doubted = signal<Link | undefined>(undefined);

const WHY: Readonly<Record<Doubt, 'link.otherHost' | 'link.lookalike' | 'link.number' | 'link.signIn'>> = {
  otherHost: 'link.otherHost',
  lookalike: 'link.lookalike',
  number: 'link.number',
  signIn: 'link.signIn',
};

/** Follows a link of a message: to an address by writing to it, elsewhere in a tab that knows nothing of this page. */
export function follow(link: Link): void {
  if (link.href.startsWith('mailto:')) compose({ kind: 'new', mailto: link.href });
  else if (link.doubts.length > 0) doubted.value = link;
  else open(link.href, '_blank', 'noopener,noreferrer');
}

/** As `follow`, of what the frame tells. */
export function followClicked({ href, text }: { readonly href: string; readonly text: string }): void {
  const link = linkOf(href, text);
  if (link !== undefined) follow(link);
}

/** Asks about a link that is not what it seems. */
export function LinkQuestion() {
  const link = doubted.value;
  if (link === undefined) return null;
  const close = () => {
    doubted.value = undefined;
  };
  return (
    <Dialog title={t('link.title')} onClose={close}>
      {link.doubts.map((doubt) => (
        <p key={doubt}>{t(WHY[doubt], { text: link.text, host: link.host })}</p>
      ))}
      <p class="address-shown" dir="ltr">
        {link.href}
      </p>
      <div class="dialog-buttons">
        <button type="button" class="secondary" onClick={close}>
          {t('link.stay')}
        </button>
        <a class="danger-button" href={link.href} target="_blank" rel="noopener noreferrer nofollow" onClick={close}>
          {t('link.go', { host: link.host })}
        </a>
      </div>
    </Dialog>
  );
}
