import { signal } from '@preact/signals';
import { isCut } from '../../api/line.ts';
import { ApiError } from '../../api/session.ts';
import { saveDraft } from '../../data/drafts.ts';
import { drop, keep } from '../../data/mirror.ts';
import { current } from '../../data/sync.ts';
import { t } from '../../i18n/index.ts';
import { draftOf, type Stored } from './stored.ts';
import type { Written } from './written.ts';

const PAUSE_MS = 400;
const SAVE_MS = 3_000;
/** A draft with large files is put together anew at each version. */
const SAVE_LARGE_MS = 15_000;
const LARGE = 1_000_000;

export type Status = '' | 'unsaved' | 'saving' | 'saved' | 'kept' | 'sending' | 'queued';

/** Has what is written outlive its window: in this browser at each pause of typing, on the server soon after. */
export class Keeping {
  readonly status = signal<Status>('');
  /** What the server has; the last is the newest. */
  emailIds: readonly string[] = [];
  /** As `Stored` has them. */
  queued: Stored['queued'];
  begun: Stored['begun'];
  isChanged = false;
  readonly #written: Written;
  readonly #account: string;
  #isOver = false;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(written: Written, account: string) {
    this.#written = written;
    this.#account = account;
  }

  take({ emailIds, queued, begun }: Stored): void {
    this.emailIds = emailIds;
    this.queued = queued;
    this.begun = begun;
    if (emailIds.length > 0) this.status.value = 'saved';
  }

  /** Something was changed. */
  touch(): void {
    if (this.#isOver) return;
    this.isChanged = true;
    const status = this.status.peek();
    if (status === 'sending') return;
    if (status !== 'queued') this.status.value = 'unsaved';
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.mirror(), PAUSE_MS);
    this.#timer ??= setTimeout(() => void this.save(), this.#written.files.bytes > LARGE ? SAVE_LARGE_MS : SAVE_MS);
  }

  /** Keeps it in this browser. Where that keeps nothing, the server does. */
  async mirror(): Promise<void> {
    clearTimeout(this.#pause);
    if (!this.#isOver) await keepHere(this.#written.content(), this.#account);
  }

  /** Keeps it on the server. Never throws: what fails is kept here, and said. */
  save(): Promise<void> {
    this.#clear();
    this.#saving = this.#saving.then(() => this.#save()).catch(() => undefined);
    return this.#saving;
  }

  /** What is being saved is saved then, and nothing more begins by itself. */
  settle(): Promise<void> {
    this.#clear();
    return this.#saving;
  }

  /** Puts it to the server as it is now. Gives the id of the email. */
  async put(): Promise<string> {
    const written = this.#written;
    const id = await saveDraft(draftOf(written.content(), written.identity.peek()!), this.emailIds);
    this.emailIds = [id];
    written.error.value = '';
    await this.mirror();
    refresh();
    return id;
  }

  /** Nothing of it is to be kept here any more. */
  async forget(): Promise<void> {
    this.stop();
    await drop(this.#written.content().messageId).catch(() => undefined);
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#pause);
    this.#clear();
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #save(): Promise<void> {
    const { status } = this;
    if (this.#isOver || status.peek() === 'sending') return;
    const isQueued = status.peek() === 'queued';
    if (!isQueued) status.value = 'saving';
    try {
      if (isCut()) throw new ApiError(0, 'offline', '');
      if (await this.#isSent()) throw new Error(t('compose.tooLate'));
      await this.put();
      // Else something was typed meanwhile.
      if (status.peek() === 'saving') status.value = 'saved';
    } catch (error) {
      if (!isQueued) status.value = 'kept';
      if (!(error instanceof ApiError && error.status === 0))
        this.#written.error.value = t('compose.notSaved', { reason: (error as Error).message });
    }
  }

  /** What may have been sent stays as it is until that is known: a new version would take its place in Sent. */
  async #isSent(): Promise<boolean> {
    if (this.begun === undefined) return false;
    const { submissionOf } = await import('../../data/submission.ts');
    if ((await submissionOf(this.begun)) !== undefined) return true;
    this.begun = undefined;
    return false;
  }
}

export async function keepHere(state: Stored, account: string): Promise<void> {
  await keep({ key: state.messageId, account, at: Date.now(), state }).catch(() => undefined);
}

/** The list may show the draft. */
export function refresh(): void {
  void current.peek()?.refresh();
}
