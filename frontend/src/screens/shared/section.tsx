import '../../styles/shared.css';
import { accountOf, idIn } from '../../api/ids.ts';
import { fold } from '../../data/folders.ts';
import { folded } from '../../data/layout.ts';
import { type Node, treeOf } from '../../data/mailboxes.ts';
import { type Other, others, othersMailboxes } from '../../data/others.ts';
import type { Mailbox } from '../../data/types.ts';
import { enShared } from '../../i18n/en-shared.ts';
import { addWords, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { Folder } from '../mail/rail.tsx';

addWords(enShared);

/** In the rail: what others share, by its owner. */
export default function Others({ mailbox }: { readonly mailbox: Mailbox | undefined }) {
  return (
    <section class="others" aria-label={t('share.section')}>
      <h2>{t('share.section')}</h2>
      {others.value.map((one) => (
        <OfOther key={one.account} one={one} mailbox={mailbox} />
      ))}
    </section>
  );
}

function OfOther({ one, mailbox }: { readonly one: Other; readonly mailbox: Mailbox | undefined }) {
  const key = idIn(one.account, '');
  const isFolded = folded.value.includes(key);
  const nodes = treeOf([...othersMailboxes.value.values()].filter(({ id }) => accountOf(id) === one.account));
  return (
    <>
      <button type="button" class="other" aria-expanded={!isFolded} title={one.address} onClick={() => fold(key)}>
        <Icon name="chevron" />
        <bdi class="name">{one.name}</bdi>
      </button>
      {!isFolded && (
        <ul class="other-folders" aria-label={t('share.of', { name: one.name })}>
          {shownOf(nodes).map((node) => (
            <Folder key={node.mailbox.id} node={node} isCurrent={node.mailbox.id === mailbox?.id} />
          ))}
        </ul>
      )}
    </>
  );
}

/** Not what is below one that is folded. */
function shownOf(nodes: readonly Node[]): readonly Node[] {
  const shown: Node[] = [];
  let within = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    if (node.depth > within) continue;
    within = folded.value.includes(node.mailbox.id) ? node.depth : Number.POSITIVE_INFINITY;
    shown.push(node);
  }
  return shown;
}
