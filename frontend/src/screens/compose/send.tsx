import { ask } from '../../data/asking.ts';
import { type Key, t, when } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { MenuButton, type MenuPart } from '../../ui/menu.tsx';
import type { Composer } from './composer.ts';
import { Glyph } from './icons.tsx';
import type { Status } from './keeping.ts';

const STATUS: Readonly<Record<Exclude<Status, ''>, Key>> = {
  unsaved: 'compose.unsaved',
  saving: 'compose.saving',
  saved: 'compose.saved',
  kept: 'compose.kept',
  sending: 'compose.sending',
  queued: 'compose.queued',
};

/** The foot of a window: send, later, how safe what was written is, and away with it. */
export function SendBar({ composer }: { readonly composer: Composer }) {
  const status = composer.keeping.status.value;
  const isQueued = status === 'queued';
  return (
    <footer class="compose-foot">
      {isQueued ? (
        <button type="button" class="primary" onClick={() => void composer.unqueue()}>
          {t('compose.unqueue')}
        </button>
      ) : (
        <span class="send-group">
          <button
            type="button"
            class="primary send"
            title={t('compose.sendKeys')}
            disabled={status === 'sending'}
            onClick={() => void composer.send()}
          >
            {t('compose.send')}
          </button>
          <MenuButton class="primary send-more" label={t('compose.sendLater')} parts={() => laterParts(composer)}>
            <Glyph name="later" />
          </MenuButton>
        </span>
      )}
      <span class="muted compose-status" role="status">
        {status !== '' && t(STATUS[status])}
      </span>
      <MenuButton label={t('app.more')} parts={() => moreParts(composer)}>
        <Icon name="more" />
      </MenuButton>
      <button
        type="button"
        class="icon-button"
        title={t('compose.discard')}
        aria-label={t('compose.discard')}
        onClick={() => void composer.discard()}
      >
        <Icon name="trash" />
      </button>
    </footer>
  );
}

function moreParts(composer: Composer): readonly MenuPart[] {
  return [
    {
      name: 'receipt',
      label: t('compose.receipt'),
      isChecked: composer.wantsReceipt.peek(),
      perform: () => {
        composer.wantsReceipt.value = !composer.wantsReceipt.peek();
        composer.touch();
      },
    },
  ];
}

function laterParts(composer: Composer): readonly MenuPart[] {
  const times = sendTimes(new Date());
  return [
    ...times.map(({ label, at }) => ({
      name: label,
      label: t(label),
      hint: when(at),
      perform: () => void composer.send(at),
    })),
    'line',
    { name: 'pick', label: t('compose.laterPick'), perform: () => void pick(composer) },
  ];
}

async function pick(composer: Composer): Promise<void> {
  const answer = await ask({ kind: 'time', title: t('compose.sendLater') });
  if (typeof answer === 'string') await composer.send(new Date(answer));
}

const MORNING = 8;
const MONDAY = 1;

/** What is offered, in the writer's own time. */
function sendTimes(now: Date): readonly { readonly label: Key; readonly at: Date }[] {
  const day = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
  const untilMonday = (MONDAY - now.getDay() + 7) % 7 || 7;
  return [
    { label: 'compose.laterHour', at: new Date(now.getTime() + 3_600_000) },
    { label: 'compose.laterTomorrow', at: day(1) },
    ...(untilMonday > 1 ? [{ label: 'compose.laterMonday', at: day(untilMonday) } as const] : []),
  ];
}
