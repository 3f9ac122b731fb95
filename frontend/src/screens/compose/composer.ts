import { effect, type Signal, signal } from '@preact/signals';
import { MAIL, openSession } from '../../api/jmap.ts';
import { connected, isCut } from '../../api/line.ts';
import { ApiError, account } from '../../api/session.ts';
import { domainOf, isAddress, unique } from '../../data/addresses.ts';
import { type ComposeWindow, closeWindow, compose, front } from '../../data/compose.ts';
import { destroyDraft, saveDraft } from '../../data/drafts.ts';
import { type Identity, readIdentities } from '../../data/identities.ts';
import { drop, hold, keep } from '../../data/mirror.ts';
import { correspondents, forgetCorrespondents } from '../../data/people.ts';
import { htmlOf } from '../../data/plain-text.ts';
import { preferences } from '../../data/preferences.ts';
import { markOriginal, submit, unsend } from '../../data/submission.ts';
import { current } from '../../data/sync.ts';
import type { Address } from '../../data/types.ts';
import { size as sizeText, t, when } from '../../i18n/index.ts';
import { failed, toast } from '../../ui/toast.tsx';
import { Attachment } from './attachment.ts';
import { doubtsOf } from './doubts.ts';
import { draftOf } from './draft-of.ts';
import type { Editor } from './editor.ts';
import { begin, innerSignature, type Stored, signatureText } from './opening.ts';

const PAUSE_MS = 400;
const SAVE_MS = 3_000;
/** A draft with large files is put together anew at each version. */
const SAVE_LARGE_MS = 15_000;
const LARGE = 1_000_000;
const RECENT_MS = 1_000;

/** Windows of this tab, by the Message-ID of their drafts. */
const opened = new Map<string, string>();

export type Status = '' | 'unsaved' | 'saving' | 'saved' | 'kept' | 'sending' | 'queued';

/** What a window has that is written in: all that is typed is here, and from here goes to this browser and to the server. */
export class Composer {
  readonly key: string;
  readonly phase = signal<'opening' | 'ready' | 'failed'>('opening');
  readonly status = signal<Status>('');
  /** Why the last thing failed, in one line. */
  readonly error = signal('');
  readonly identities = signal<readonly Identity[]>([]);
  readonly identity: Signal<Identity | undefined> = signal(undefined);
  readonly to = signal<readonly Address[]>([]);
  readonly cc = signal<readonly Address[]>([]);
  readonly bcc = signal<readonly Address[]>([]);
  readonly subject = signal('');
  readonly isPlain = signal(false);
  readonly text = signal('');
  readonly wantsReceipt = signal(false);
  readonly files = signal<readonly Attachment[]>([]);
  /** What is to be thought of before it is sent; undefined: nobody asks. */
  readonly doubts = signal<{ readonly texts: readonly string[]; readonly hold: number | Date } | undefined>(undefined);
  readonly maxAttachments = signal(Number.POSITIVE_INFINITY);
  editor: Editor | undefined;

  readonly #window: ComposeWindow;
  readonly #account = account.peek()?.id ?? '';
  #stored: Stored | undefined;
  #html = '';
  #isChanged = false;
  #isOver = false;
  #release: (() => void) | undefined;
  #stopWaiting: (() => void) | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #emailIds: readonly string[] = [];

  constructor(window: ComposeWindow) {
    this.#window = window;
    this.key = window.key;
    void this.#begin();
  }

  get html(): string {
    return this.#html;
  }

  get isOfOther(): boolean {
    return account.value !== null && account.value !== undefined && account.value.id !== this.#account;
  }

  /** Something was typed: kept here at the next pause, and on the server soon. */
  touch(): void {
    if (this.phase.peek() !== 'ready' || this.#isOver) return;
    this.#isChanged = true;
    if (this.status.peek() !== 'queued') this.status.value = 'unsaved';
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#mirror(), PAUSE_MS);
    const wait = this.#bytes() > LARGE ? SAVE_LARGE_MS : SAVE_MS;
    this.#saveTimer ??= setTimeout(() => void this.save(), wait);
  }

  /** The editor goes from the page, and with it what only it knows. */
  takeContent(): void {
    if (this.editor === undefined) return;
    const { html, text } = this.editor.content();
    this.#html = html;
    this.text.value = text;
  }

  setPlain(isPlain: boolean): void {
    if (isPlain) this.takeContent();
    else this.#html = htmlOf(this.text.peek());
    this.isPlain.value = isPlain;
    this.touch();
  }

  /** Writes as somebody else, with his signature in place of the other. */
  setIdentity(id: string): void {
    const [before, next] = [this.identity.peek(), this.identities.peek().find((one) => one.id === id)];
    if (next === undefined || next === before) return;
    this.identity.value = next;
    if (preferences.peek().signatureUse !== 'never') this.editor?.setSignature(innerSignature(next));
    if (this.isPlain.peek() && before !== undefined) {
      const old = signatureText(before);
      const text = this.text.peek();
      if (old !== '' && text.includes(old)) this.text.value = text.replace(old, () => signatureText(next));
      else if (old === '') this.text.value = text + signatureText(next);
    }
    this.touch();
  }

  /** Adds files; images among them into the text where `isInline`. */
  addFiles(list: Iterable<File>, isInline = false): void {
    for (const file of list) {
      const total = this.#bytes() + file.size;
      if (total > this.maxAttachments.peek()) {
        this.error.value = t('compose.tooLarge', { name: file.name, size: sizeText(this.maxAttachments.peek()) });
        continue;
      }
      const shows = isInline && !this.isPlain.peek() && /^image\/(png|jpeg|gif|webp)$/.test(file.type);
      const cid = shows ? `${crypto.randomUUID()}@postern` : null;
      const one = Attachment.of(file, cid);
      this.files.value = [...this.files.peek(), one];
      if (cid !== null) this.editor?.insertInline(cid, one.url()!, file.name);
      this.upload(one);
    }
    this.touch();
  }

  upload(one: Attachment): void {
    one.upload().then(
      () => this.touch(),
      () => undefined,
    );
  }

  removeFile(one: Attachment): void {
    one.stop();
    this.files.value = this.files.peek().filter((other) => other !== one);
    this.touch();
  }

  /** Keeps it on the server. Never throws: what fails is kept here, and said. */
  save(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    this.#saving = this.#saving.then(() => this.#save()).catch(() => undefined);
    return this.#saving;
  }

  /** Keeps it and closes the window. What nobody has changed leaves nothing behind. */
  async close(): Promise<void> {
    this.takeContent();
    if (this.#isChanged) {
      await this.#mirror();
      void this.save().then(async () => {
        if (this.status.peek() === 'saved') await drop(this.#stored!.messageId);
        else toast(t('compose.keptHere'));
        this.#end();
      });
    } else this.#end();
    closeWindow(this.key);
  }

  async discard(): Promise<void> {
    const stored = this.#content();
    this.#isOver = true;
    closeWindow(this.key);
    await this.#saving;
    const ids = this.#emailIds;
    await drop(stored.messageId).catch(() => undefined);
    this.#end();
    try {
      await destroyDraft(ids);
      this.#refresh();
    } catch (error) {
      failed(error);
    }
    toast(t('compose.discarded'), () => void this.#reopen({ ...stored, emailIds: [] }));
  }

  /** `hold`: seconds for which it can be undone, or when it is to be sent. Asks first where something looks like a mistake. */
  async send(wanted: number | Date = preferences.peek().undoSeconds, isSure = false): Promise<void> {
    this.error.value = '';
    this.doubts.value = undefined;
    const recipients = this.#recipients();
    const invalid = recipients.find(({ email }) => !isAddress(email));
    if (recipients.length === 0) this.error.value = t('compose.noRecipients');
    else if (invalid !== undefined) this.error.value = t('compose.invalidRecipient', { address: invalid.email });
    if (this.error.peek() !== '') return;
    const texts = isSure ? [] : await this.#doubtsOf(recipients);
    if (texts.length > 0) this.doubts.value = { texts, hold: wanted };
    else await this.#send(wanted);
  }

  async #begin(): Promise<void> {
    try {
      const [identities, session] = await Promise.all([
        readIdentities(),
        openSession(),
        correspondents().catch(() => undefined),
      ]);
      const limits = Object.values(session.accounts)[0] as unknown as {
        accountCapabilities?: Record<string, { maxSizeAttachmentsPerEmail?: number }>;
      };
      this.maxAttachments.value =
        limits.accountCapabilities?.[MAIL]?.maxSizeAttachmentsPerEmail ?? Number.POSITIVE_INFINITY;
      this.identities.value = identities;
      const stored = await begin(this.#window.opening, identities);
      const other = opened.get(stored.messageId);
      if (other !== undefined) {
        closeWindow(this.key);
        front.value = other;
        return;
      }
      this.#release = await hold(stored.messageId);
      if (this.#release === undefined) {
        toast(t('compose.elsewhere'));
        closeWindow(this.key);
        return;
      }
      this.#take(stored);
    } catch (error) {
      this.error.value = (error as Error).message;
      this.phase.value = 'failed';
    }
  }

  #take(stored: Stored): void {
    this.#stored = stored;
    opened.set(stored.messageId, this.key);
    const identities = this.identities.peek();
    this.identity.value = identities.find(({ id }) => id === stored.identityId) ?? identities[0];
    this.to.value = stored.to;
    this.cc.value = stored.cc;
    this.bcc.value = stored.bcc;
    this.subject.value = stored.subject;
    this.isPlain.value = stored.isPlain;
    this.text.value = stored.text;
    this.wantsReceipt.value = stored.wantsReceipt;
    this.files.value = stored.files.map((file) => new Attachment(file));
    this.#html = stored.html;
    this.#emailIds = stored.emailIds;
    this.phase.value = 'ready';
    for (const file of this.files.peek()) if (file.blobId.peek() === undefined) this.upload(file);
    if (stored.queued !== undefined) this.#wait(stored.queued);
    else if (stored.emailIds.length > 0) this.status.value = 'saved';
  }

  #content(): Stored {
    this.takeContent();
    const shown = this.editor?.cids();
    const isPlain = this.isPlain.peek();
    return {
      ...this.#stored!,
      identityId: this.identity.peek()!.id,
      to: this.to.peek(),
      cc: this.cc.peek(),
      bcc: this.bcc.peek(),
      subject: this.subject.peek(),
      isPlain,
      html: this.#html,
      text: this.text.peek(),
      wantsReceipt: this.wantsReceipt.peek(),
      // An image that was taken out of the text is not sent.
      files: this.files
        .peek()
        .filter(({ cid }) => cid === null || shown === undefined || shown.has(cid))
        .map((file) => file.stored()),
      emailIds: this.#emailIds,
    };
  }

  async #mirror(queued?: number | Date): Promise<void> {
    clearTimeout(this.#pause);
    const state = { ...this.#content(), queued };
    // Where the browser keeps nothing, the server does.
    await keep({ key: state.messageId, account: this.#account, at: Date.now(), state }).catch(() => undefined);
  }

  async #save(): Promise<void> {
    if (this.#isOver || this.phase.peek() !== 'ready' || this.status.peek() === 'sending') return;
    const isQueued = this.status.peek() === 'queued';
    if (!isQueued) this.status.value = 'saving';
    try {
      if (isCut()) throw new ApiError(0, 'offline', '');
      await this.#put();
      // Else something was typed meanwhile.
      if (this.status.peek() === 'saving') this.status.value = 'saved';
    } catch (error) {
      if (!isQueued) this.status.value = 'kept';
      if (!(error instanceof ApiError && error.status === 0))
        this.error.value = t('compose.notSaved', { reason: (error as Error).message });
    }
  }

  async #put(): Promise<string> {
    const id = await saveDraft(draftOf(this.#content(), this.identity.peek()!), this.#emailIds);
    this.#emailIds = [id];
    this.error.value = '';
    await this.#mirror();
    this.#refresh();
    return id;
  }

  async #send(wanted: number | Date): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    this.status.value = 'sending';
    await this.#saving;
    try {
      // What is sent is sent by this window, when the server is reached: not by what does other changes later.
      if (isCut()) throw new ApiError(0, 'offline', '');
      await Promise.all(this.files.peek().map((file) => file.upload()));
      const from = this.identity.peek()!;
      const emailId = await this.#put();
      const stored = this.#content();
      const submissionId = await submit({
        emailId,
        identityId: from.id,
        from: from.email,
        recipients: this.#recipients(),
        hold: wanted,
      });
      this.#sent(stored, emailId, submissionId, wanted);
    } catch (error) {
      this.#notSent(error as Error, wanted);
    }
  }

  #sent(stored: Stored, emailId: string, submissionId: string, wanted: number | Date): void {
    this.#isOver = true;
    clearTimeout(this.#pause);
    void drop(stored.messageId).catch(() => undefined);
    this.#end();
    closeWindow(this.key);
    forgetCorrespondents();
    this.#refresh();
    const { original, inReplyTo } = stored;
    const keyword = original?.kind === 'forward' ? '$forwarded' : '$answered';
    if (original !== undefined) void markOriginal(keyword, original);
    else if (inReplyTo?.length) void markOriginal('$answered', { messageId: inReplyTo[0]! });
    const undo = async () => {
      try {
        await unsend(submissionId, emailId);
        await this.#reopen({ ...stored, emailIds: [emailId] });
        this.#refresh();
      } catch (error) {
        failed((error as { type?: string }).type === 'cannotUnsend' ? new Error(t('compose.tooLate')) : error);
      }
    };
    if (wanted instanceof Date) toast(t('compose.scheduled', { when: when(wanted) }), () => void undo());
    else if (wanted > 0) toast(t('compose.sent'), () => void undo(), undefined, wanted * 1_000);
    else toast(t('compose.sent'));
  }

  #notSent(error: Error, wanted: number | Date): void {
    if (error instanceof ApiError && error.status === 0) {
      this.error.value = '';
      this.#wait(wanted);
      void this.#mirror(wanted);
      return;
    }
    this.status.value = 'unsaved';
    this.error.value = t('compose.notSent', { reason: error.message });
    void this.#mirror();
  }

  /** Sends as soon as the server is reached, unless the writer thinks better of it. */
  #wait(wanted: number | Date): void {
    this.status.value = 'queued';
    this.stopWaiting();
    this.#stopWaiting = effect(() => {
      if (connected.value === true && account.value?.id === this.#account) {
        queueMicrotask(() => {
          if (this.status.peek() !== 'queued') return;
          this.stopWaiting();
          void this.#send(wanted instanceof Date && wanted.getTime() < Date.now() + RECENT_MS ? 0 : wanted);
        });
      }
    });
  }

  stopWaiting(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  /** Back from the queue to writing. */
  unqueue(): void {
    this.stopWaiting();
    this.status.value = 'kept';
    void this.#mirror();
  }

  async #reopen(stored: Stored): Promise<void> {
    await keep({ key: stored.messageId, account: this.#account, at: Date.now(), state: stored });
    compose({ kind: 'kept', key: stored.messageId });
  }

  #doubtsOf(recipients: readonly Address[]): Promise<readonly string[]> {
    return doubtsOf({
      recipients,
      subject: this.subject.peek(),
      written: this.isPlain.peek() ? this.text.peek().replace(/^>.*$/gm, '') : (this.editor?.written() ?? ''),
      hasFiles: this.files.peek().some(({ cid }) => cid === null),
      own: domainOf(this.identity.peek()!.email),
      isAnswer: this.#stored!.original !== undefined,
    });
  }

  #recipients(): readonly Address[] {
    return unique([...this.to.peek(), ...this.cc.peek(), ...this.bcc.peek()]);
  }

  #bytes(): number {
    return this.files.peek().reduce((sum, { size }) => sum + size, 0);
  }

  #refresh(): void {
    void current.peek()?.refresh();
  }

  #end(): void {
    if (this.#stored !== undefined) opened.delete(this.#stored.messageId);
    this.#release?.();
    this.#release = undefined;
    this.stopWaiting();
    clearTimeout(this.#pause);
    clearTimeout(this.#saveTimer);
  }
}
