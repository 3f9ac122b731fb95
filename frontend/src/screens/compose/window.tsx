import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { addressText } from '../../data/addresses.ts';
import { closeWindow, front } from '../../data/compose.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { Body } from './body.tsx';
import type { Composer } from './composer.ts';
import { Files } from './files.tsx';
import { Glyph } from './icons.tsx';
import { Recipients } from './recipients.tsx';
import { SendBar } from './send.tsx';

/** A window in which a message is written: docked, as large as the page, or only its title. */
export function Window({ composer }: { readonly composer: Composer }) {
  const id = useId();
  const section = useRef<HTMLElement>(null);
  const isLarge = useSignal(false);
  const drags = useSignal(false);
  const isFront = front.value === composer.key;
  const isReady = composer.phase.value === 'ready';
  const title = composer.subject.value.trim() || t('compose.new');
  const isBusy = composer.keeping.status.value === 'sending';

  useEffect(() => {
    if (!isFront || !isReady) return;
    const first = composer.to.peek().length === 0 ? '.compose-recipients input' : '.compose-text';
    section.current?.querySelector<HTMLElement>(first)?.focus();
  }, [isFront, isReady]);
  useDrops(composer, isFront, drags);

  const onKey = (event: KeyboardEvent) => {
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key === 'Enter') {
      event.preventDefault();
      void composer.send();
    } else if (event.key === 'Escape' && !event.defaultPrevented) {
      if (composer.doubts.peek() === undefined) void composer.close();
      composer.doubts.value = undefined;
    }
    // What is typed here is not for the list.
    if (!isCommand) event.stopPropagation();
  };

  return (
    <section
      ref={section}
      class={`compose card${isFront ? '' : ' minimised'}${isLarge.value ? ' large' : ''}`}
      role="dialog"
      aria-labelledby={id}
      onKeyDown={onKey}
    >
      <header class="compose-head">
        <button
          type="button"
          class="compose-title"
          id={id}
          aria-expanded={isFront}
          onClick={() => {
            front.value = isFront ? undefined : composer.key;
          }}
        >
          <bdi>{title}</bdi>
        </button>
        <button
          type="button"
          class="icon-button"
          title={t(isFront ? 'compose.minimise' : 'compose.restore')}
          aria-label={t(isFront ? 'compose.minimise' : 'compose.restore')}
          onClick={() => {
            front.value = isFront ? undefined : composer.key;
          }}
        >
          <Glyph name={isFront ? 'minimise' : 'later'} />
        </button>
        {isFront && (
          <button
            type="button"
            class="icon-button compose-expand"
            title={t(isLarge.value ? 'compose.shrink' : 'compose.expand')}
            aria-label={t(isLarge.value ? 'compose.shrink' : 'compose.expand')}
            onClick={() => {
              isLarge.value = !isLarge.value;
            }}
          >
            <Glyph name={isLarge.value ? 'shrink' : 'expand'} />
          </button>
        )}
        <button
          type="button"
          class="icon-button"
          title={t('compose.close')}
          aria-label={t('compose.close')}
          onClick={() => void (isReady ? composer.close() : closeWindow(composer.key))}
        >
          <Icon name="close" />
        </button>
      </header>
      <div
        class="compose-form"
        hidden={!isFront}
        inert={isBusy}
        aria-busy={isBusy || composer.phase.value === 'opening'}
      >
        {isReady && <Form composer={composer} />}
        {composer.phase.value === 'failed' && (
          <button type="button" class="link" onClick={() => void composer.begin()}>
            {t('app.retry')}
          </button>
        )}
        {composer.error.value !== '' && (
          <p class="notice compose-error" role="alert">
            {composer.error.value}
          </p>
        )}
        {isReady && <Doubts composer={composer} />}
        {isReady && <SendBar composer={composer} />}
      </div>
      {drags.value && <div class="compose-drop">{t('compose.drop')}</div>}
    </section>
  );
}

function Form({ composer }: { readonly composer: Composer }) {
  const id = useId();
  const asksCc = useSignal(false);
  const asksBcc = useSignal(false);
  // A field that was there stays, also when it was emptied.
  const had = useRef({ cc: false, bcc: false }).current;
  had.cc ||= asksCc.value || composer.cc.value.length > 0;
  had.bcc ||= asksBcc.value || composer.bcc.value.length > 0;
  const { identities, identity } = composer;
  return (
    <>
      <div class="compose-fields">
        {identities.value.length > 1 && (
          <label class="compose-field">
            <span class="compose-label">{t('compose.from')}</span>
            <select
              class="compose-from"
              value={identity.value?.id}
              onChange={({ currentTarget }) => composer.setIdentity(currentTarget.value)}
            >
              {identities.value.map(({ id, name, email }) => (
                <option key={id} value={id}>
                  {addressText({ name, email })}
                </option>
              ))}
            </select>
          </label>
        )}
        <Recipients composer={composer} label={t('compose.to')} of={composer.to}>
          {!had.cc && (
            <button
              type="button"
              class="compose-more"
              onClick={() => {
                asksCc.value = true;
              }}
            >
              {t('compose.cc')}
            </button>
          )}
          {!had.bcc && (
            <button
              type="button"
              class="compose-more"
              onClick={() => {
                asksBcc.value = true;
              }}
            >
              {t('compose.bcc')}
            </button>
          )}
        </Recipients>
        {had.cc && <Recipients composer={composer} label={t('compose.cc')} of={composer.cc} isNew={asksCc.value} />}
        {had.bcc && <Recipients composer={composer} label={t('compose.bcc')} of={composer.bcc} isNew={asksBcc.value} />}
        <div class="compose-field">
          <label class="compose-label" for={id}>
            {t('compose.subject')}
          </label>
          <input
            id={id}
            class="compose-subject"
            dir="auto"
            maxLength={990}
            value={composer.subject.value}
            onInput={({ currentTarget }) => {
              composer.subject.value = currentTarget.value;
              composer.touch();
            }}
          />
        </div>
      </div>
      <Body composer={composer} />
      <Files composer={composer} />
    </>
  );
}

/** What may be a mistake, before it is sent. */
function Doubts({ composer }: { readonly composer: Composer }) {
  const button = useRef<HTMLButtonElement>(null);
  const one = composer.doubts.value;
  useEffect(() => {
    if (one === undefined) return undefined;
    const before = document.activeElement as HTMLElement | null;
    button.current?.focus();
    return () => before?.focus();
  }, [one]);
  if (one === undefined) return null;
  return (
    <div class="notice compose-doubts" role="alertdialog" aria-label={t('compose.doubts')}>
      {one.texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
      <div class="compose-doubts-actions">
        <button
          ref={button}
          type="button"
          class="link"
          onClick={() => {
            composer.doubts.value = undefined;
          }}
        >
          {t('compose.back')}
        </button>
        <button type="button" class="link" onClick={() => void composer.send(one.hold, true)}>
          {t('compose.sendAnyway')}
        </button>
      </div>
    </div>
  );
}

/** Files that are dropped anywhere on the page go with the message in front. */
function useDrops(composer: Composer, isFront: boolean, drags: { value: boolean }): void {
  useEffect(() => {
    if (!isFront) return undefined;
    const stop = new AbortController();
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const on = (name: 'dragover' | 'drop', listener: (event: DragEvent) => void) =>
      addEventListener(name, listener, { capture: true, signal: stop.signal });
    on('dragover', (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      drags.value = true;
      clearTimeout(timer);
      timer = setTimeout(() => {
        drags.value = false;
      }, 250);
    });
    on('drop', (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      drags.value = false;
      const isInText = (event.target as HTMLElement).closest?.('.compose-text') !== null;
      composer.addFiles(event.dataTransfer!.files, isInText);
    });
    return () => stop.abort();
  }, [isFront]);
}
