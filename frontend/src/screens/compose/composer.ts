import { signal } from '@preact/signals';
import { account } from '../../api/account.ts';
import { MAIL, openSession } from '../../api/jmap.ts';
import { type ComposeWindow, closeWindow, compose, front } from '../../data/compose.ts';
import { destroyDraft } from '../../data/drafts.ts';
import { readIdentities } from '../../data/identities.ts';
import { drop, hold } from '../../data/mirror.ts';
import { preferences } from '../../data/preferences.ts';
import { failed, toast } from '../../data/toasts.ts';
import { t } from '../../i18n/index.ts';
import { Keeping, keepHere, refresh } from './keeping.ts';
import { begin } from './opening.ts';
import type { Hold, Sending } from './sending.ts';
import type { Stored } from './stored.ts';
import { Written } from './written.ts';

/** Windows of this tab, by the Message-ID of their drafts. */
const opened = new Map<string, Composer>();

/** What a window has that is written in, from its opening to its end. */
export class Composer extends Written {
  readonly key: string;
  /** Whose it is. */
  readonly account = account.peek()?.id ?? '';
  readonly phase = signal<'opening' | 'ready' | 'failed'>('opening');
  /** What is to be thought of before it is sent; undefined: nobody asks. */
  readonly doubts = signal<{ readonly texts: readonly string[]; readonly hold: Hold } | undefined>(undefined);
  readonly keeping = new Keeping(this, this.account);
  readonly #window: ComposeWindow;
  #closing: Promise<void> | undefined;
  #messageId: string | undefined;
  #release: (() => void) | undefined;
  #sending: Promise<Sending> | undefined;

  constructor(window: ComposeWindow) {
    super();
    this.#window = window;
    this.key = window.key;
    void this.begin();
  }

  get isOfOther(): boolean {
    return account.value !== null && account.value !== undefined && account.value.id !== this.account;
  }

  override touch(): void {
    if (this.phase.peek() === 'ready') this.keeping.touch();
  }

  override content(): Stored {
    const { emailIds, queued, begun } = this.keeping;
    return { ...super.content(), emailIds, queued, begun };
  }

  async begin(): Promise<void> {
    this.phase.value = 'opening';
    this.error.value = '';
    try {
      const [identities, { accounts, primaryAccounts }] = await Promise.all([readIdentities(), openSession()]);
      const limits = accounts[primaryAccounts[MAIL]!]?.accountCapabilities?.[MAIL] as
        | { readonly maxSizeAttachmentsPerEmail?: number }
        | undefined;
      this.files.most.value = limits?.maxSizeAttachmentsPerEmail ?? Number.POSITIVE_INFINITY;
      this.identities.value = identities;
      const stored = await begin(this.#window.opening, identities);
      const other = opened.get(stored.messageId);
      if (other !== undefined && other.#closing !== undefined) {
        await other.#closing;
        return this.begin();
      }
      if (other !== undefined) {
        closeWindow(this.key);
        front.value = other.key;
        return;
      }
      this.#release = await hold(stored.messageId);
      if (this.#release === undefined) {
        toast(t('compose.elsewhere'));
        closeWindow(this.key);
        return;
      }
      this.#ready(stored);
    } catch (error) {
      this.error.value = (error as Error).message;
      this.phase.value = 'failed';
    }
  }

  /** Keeps it and closes the window. What nobody has changed leaves nothing behind. */
  async close(): Promise<void> {
    const { keeping } = this;
    // What is on its way goes on: its window is only out of the way.
    if (/^(sending|queued)$/.test(keeping.status.peek())) {
      front.value = undefined;
      return;
    }
    this.takeContent();
    closeWindow(this.key);
    if (keeping.isChanged) this.#closing = this.#keep().catch(failed);
    await this.#closing;
    this.#end();
  }

  async discard(): Promise<void> {
    const stored = this.content();
    this.keeping.stop();
    closeWindow(this.key);
    await this.keeping.settle();
    const ids = this.keeping.emailIds;
    await this.keeping.forget();
    this.#end();
    try {
      await destroyDraft(ids);
      refresh();
    } catch (error) {
      failed(error);
    }
    toast(
      t('compose.discarded'),
      () => void this.reopen({ ...stored, emailIds: [], queued: undefined, begun: undefined }),
    );
  }

  /** `wanted`: seconds for which it can be undone, or when it is to be sent. Asks first where something looks like a mistake. */
  async send(wanted: Hold = preferences.peek().undoSeconds, isSure = false): Promise<void> {
    try {
      await (await this.#sender()).send(wanted, isSure);
    } catch (error) {
      this.error.value = t('compose.notSent', { reason: (error as Error).message });
    }
  }

  /** Back from the queue to writing. */
  async unqueue(): Promise<void> {
    (await this.#sender()).stop();
    this.keeping.queued = undefined;
    this.keeping.status.value = 'kept';
    void this.keeping.mirror();
  }

  /** Its window goes; what was written in it lives elsewhere. */
  end(): void {
    this.keeping.stop();
    this.#end();
    closeWindow(this.key);
  }

  /** Opens a window with what this one had. */
  async reopen(stored: Stored): Promise<void> {
    await keepHere(stored, this.account);
    compose({ kind: 'kept', key: stored.messageId });
  }

  #ready(stored: Stored): void {
    this.#messageId = stored.messageId;
    opened.set(stored.messageId, this);
    this.take(stored);
    this.keeping.take(stored);
    // It may be newer than what the server has.
    this.keeping.isChanged = this.#window.opening.kind === 'kept';
    this.phase.value = 'ready';
    if (stored.queued !== undefined) void this.#sender().then((sender) => sender.wait(stored.queued!));
  }

  /** With files that are still being uploaded. */
  async #keep(): Promise<void> {
    const { keeping } = this;
    await keeping.mirror();
    const uploads = await Promise.allSettled(this.files.all.peek().map((file) => file.upload()));
    await keeping.save();
    const hasAll = uploads.every(({ status }) => status === 'fulfilled');
    if (hasAll && keeping.status.peek() === 'saved') await drop(this.#messageId!).catch(() => undefined);
    else toast(t('compose.keptHere'));
  }

  /** It is loaded while somebody writes. */
  #sender(): Promise<Sending> {
    this.#sending ??= import('./sending.ts').then(({ Sending }) => new Sending(this));
    this.#sending.catch(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  #end(): void {
    if (this.#messageId !== undefined) opened.delete(this.#messageId);
    this.#release?.();
    this.#release = undefined;
    this.keeping.stop();
    void this.#sending?.then((sender) => sender.stop());
  }
}
