import '../../styles/mail-files.css';
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { exportMailbox } from '../../data/mail-files/export.ts';
import { MailImport, type Refusal, type State } from '../../data/mail-files/import.ts';
import { byRole, mailboxes, pathOf, tree } from '../../data/mailboxes.ts';
import { current } from '../../data/sync.ts';
import { enFiles } from '../../i18n/en-files.ts';
import { addWords, size, t } from '../../i18n/index.ts';
import { Jobs } from '../mail/list.tsx';
import { nameOf } from '../mail/names.ts';
import { Field, Group, Problem } from './parts.tsx';

addWords(enFiles);

/** Refusals that are shown. */
const SHOWN = 20;

/** Messages out of files, and into files. */
export default function MailFiles() {
  return (
    <>
      <Import />
      <Export />
    </>
  );
}

/** `running`: it goes on; `stopped`: somebody has stopped it; `broken`: why it stands still. */
type Phase = 'new' | 'running' | 'done' | 'stopped' | { readonly broken: string };

function Import() {
  const files = useSignal<readonly File[]>([]);
  const mailbox = useSignal<string | undefined>(undefined);
  const skips = useSignal(true);
  const areRead = useSignal(true);
  const phase = useSignal<Phase>('new');
  const state = useSignal<State | undefined>(undefined);
  const work = useRef<MailImport>(undefined);
  const stop = useRef<AbortController>(undefined);
  const to = mailbox.value ?? byRole('archive')?.id ?? byRole('inbox')?.id ?? '';

  const run = async () => {
    const stopping = new AbortController();
    stop.current = stopping;
    phase.value = 'running';
    try {
      await work.current!.run(stopping.signal);
      phase.value = stopping.signal.aborted ? 'stopped' : 'done';
    } catch (error) {
      phase.value = stopping.signal.aborted ? 'stopped' : { broken: (error as Error).message };
    }
    void current.peek()?.refresh();
  };
  const start = () => {
    const wish = { files: files.value, mailbox: to, areRead: areRead.value, skipsKnown: skips.value };
    work.current = new MailImport(wish, (now) => {
      state.value = now;
    });
    state.value = work.current.state;
    void run();
  };
  const choose = (chosen: FileList | null) => {
    if (chosen === null || chosen.length === 0) return;
    files.value = [...chosen];
    phase.value = 'new';
    state.value = undefined;
  };
  const isRunning = phase.value === 'running';
  const bytes = files.value.reduce((sum, file) => sum + file.size, 0);
  return (
    <Group title={t('mailFiles.import')} intro={t('mailFiles.importText')}>
      <div class="mail-files-choose">
        <label class={isRunning ? 'button file-button disabled' : 'button file-button'}>
          {t('mailFiles.choose')}
          <input
            type="file"
            class="sr"
            multiple
            accept=".eml,.mbox,.mbx,message/rfc822,application/mbox"
            disabled={isRunning}
            onChange={({ currentTarget }) => {
              choose(currentTarget.files);
              currentTarget.value = '';
            }}
          />
        </label>
        {files.value.length > 0 && (
          <span>
            <bdi>{files.value.length === 1 ? files.value[0]!.name : ''}</bdi>{' '}
            <span class="muted">{t('mailFiles.chosenFiles', { count: files.value.length, size: size(bytes) })}</span>
          </span>
        )}
      </div>
      <FolderField
        label={t('mailFiles.into')}
        value={to}
        onChange={(id) => {
          mailbox.value = id;
        }}
        isDisabled={isRunning}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={skips.value}
          disabled={isRunning}
          onChange={({ currentTarget }) => {
            skips.value = currentTarget.checked;
          }}
        />
        <span>
          {t('mailFiles.skip')} <small class="muted">{t('mailFiles.skipHint')}</small>
        </span>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={areRead.value}
          disabled={isRunning}
          onChange={({ currentTarget }) => {
            areRead.value = currentTarget.checked;
          }}
        />
        <span>{t('mailFiles.read')}</span>
      </label>
      {isRunning ? (
        <Going state={state.value!} onStop={() => stop.current?.abort()} />
      ) : (
        phase.value === 'new' && (
          <button type="button" class="primary" disabled={files.value.length === 0 || to === ''} onClick={start}>
            {t('mailFiles.start')}
          </button>
        )
      )}
      <Problem text={typeof phase.value === 'object' ? t('mailFiles.broken', { reason: phase.value.broken }) : ''} />
      {phase.value !== 'new' && !isRunning && state.value !== undefined && (
        <>
          <p class="notice" role="status">
            {phase.value === 'stopped' && `${t('mailFiles.isStopped')} `}
            {t('mailFiles.imported', { count: state.value.imported })}
            {state.value.known > 0 && ` ${t('mailFiles.known', { count: state.value.known })}`}{' '}
            <a href={`/mail/${to}`}>{t('mailFiles.open')}</a>
          </p>
          {phase.value !== 'done' && (
            <button type="button" class="primary" onClick={() => void run()}>
              {t('mailFiles.goOn')}
            </button>
          )}
          <Refused refused={state.value.refused} />
        </>
      )}
    </Group>
  );
}

function Going({ state: { share, imported }, onStop }: { readonly state: State; readonly onStop: () => void }) {
  return (
    <div class="mail-files-going">
      <progress max={1} value={share} aria-label={t('mailFiles.import')} />
      <span class="muted">{t('mailFiles.soFar', { count: imported })}</span>
      <button type="button" class="button" onClick={onStop}>
        {t('mailFiles.stop')}
      </button>
    </div>
  );
}

function Refused({ refused }: { readonly refused: readonly Refusal[] }) {
  if (refused.length === 0) return null;
  return (
    <div class="mail-files-refused">
      <p>{t('mailFiles.refused', { count: refused.length })}</p>
      <ul>
        {refused.slice(0, SHOWN).map(({ what, reason }, index) => (
          <li key={index}>
            <bdi>{what}</bdi> <span class="muted">{reason}</span>
          </li>
        ))}
        {refused.length > SHOWN && <li>{t('mailFiles.moreRefused', { count: refused.length - SHOWN })}</li>}
      </ul>
    </div>
  );
}

function Export() {
  const mailbox = useSignal<string | undefined>(undefined);
  const from = mailbox.value ?? byRole('inbox')?.id ?? '';
  const one = mailboxes.value.get(from);
  return (
    <Group title={t('mailFiles.export')} intro={t('mailFiles.exportText')}>
      <FolderField
        label={t('mailFiles.from')}
        value={from}
        onChange={(id) => {
          mailbox.value = id;
        }}
      />
      <button
        type="button"
        class="button"
        disabled={one === undefined || one.totalEmails === 0}
        onClick={() => void exportMailbox(one!, nameOf(one!))}
      >
        {t('mailFiles.exportStart')}
      </button>
      <Jobs />
    </Group>
  );
}

interface FolderProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (id: string) => void;
  readonly isDisabled?: boolean;
}

/** One of one's own folders. */
function FolderField({ label, value, onChange, isDisabled = false }: FolderProps) {
  return (
    <Field label={label}>
      <select value={value} disabled={isDisabled} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {tree.value
          .filter(({ mailbox }) => mailbox.role !== 'snoozed')
          .map(({ mailbox }) => (
            <option key={mailbox.id} value={mailbox.id}>
              {pathOf(mailbox).map(nameOf).join(' / ')}
            </option>
          ))}
      </select>
    </Field>
  );
}
