import { effect } from '@preact/signals';
import { account } from '../../api/account.ts';
import { connected, cut, isCut } from '../../api/line.ts';
import { MethodError } from '../../api/method-error.ts';
import { ApiError } from '../../api/session.ts';
import { domainOf, isAddress } from '../../data/addresses.ts';
import { forgetCorrespondents } from '../../data/people.ts';
import { markOriginal, submissionOf, submit, unsend } from '../../data/submission.ts';
import { failed, toast } from '../../data/toasts.ts';
import { t, when } from '../../i18n/index.ts';
import type { Composer } from './composer.ts';
import { doubtsOf } from './doubts.ts';
import { refresh } from './keeping.ts';
import type { Stored } from './stored.ts';

const RECENT_MS = 1_000;

/** Seconds for which it can be undone, or when it is to be sent. */
export type Hold = number | Date;

/** Sends what a window has: now, later, or when the server is reached; never twice. */
export class Sending {
  readonly #composer: Composer;
  #isAsking = false;
  #stopWaiting: (() => void) | undefined;

  constructor(composer: Composer) {
    this.#composer = composer;
  }

  /** Asks first where something looks like a mistake. */
  async send(hold: Hold, isSure: boolean): Promise<void> {
    const composer = this.#composer;
    if (this.#isAsking) return;
    const { recipients } = composer;
    const invalid = recipients.find(({ email }) => !isAddress(email));
    composer.doubts.value = undefined;
    composer.error.value =
      recipients.length === 0
        ? t('compose.noRecipients')
        : invalid === undefined
          ? ''
          : t('compose.invalidRecipient', { address: invalid.email });
    if (composer.error.peek() !== '') return;
    this.#isAsking = true;
    try {
      const texts = isSure ? [] : await this.#doubts();
      if (texts.length > 0) composer.doubts.value = { texts, hold };
      else await this.#send(hold);
    } finally {
      this.#isAsking = false;
    }
  }

  /** Sends as soon as the server is reached, unless the writer thinks better of it. */
  wait(hold: Hold): void {
    const { keeping, account: own } = this.#composer;
    keeping.status.value = 'queued';
    keeping.queued = hold;
    this.stop();
    this.#stopWaiting = effect(() => {
      if (connected.value === false || account.value?.id !== own) return;
      queueMicrotask(() => {
        if (keeping.status.peek() !== 'queued') return;
        this.stop();
        void this.#send(hold instanceof Date && hold.getTime() < Date.now() + RECENT_MS ? 0 : hold);
      });
    });
  }

  stop(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  #doubts(): Promise<readonly string[]> {
    const composer = this.#composer;
    return doubtsOf({
      recipients: composer.recipients,
      subject: composer.subject.peek(),
      written: composer.written,
      hasFiles: composer.files.all.peek().some(({ cid }) => cid === null),
      own: domainOf(composer.identity.peek()!.email),
      isAnswer: composer.content().original !== undefined,
    });
  }

  async #send(hold: Hold): Promise<void> {
    const { keeping, files, recipients, identity } = this.#composer;
    keeping.status.value = 'sending';
    await keeping.settle();
    try {
      // What is sent is sent by this window, when the server is reached: not by what does other changes later.
      if (isCut()) throw new ApiError(0, 'offline', '');
      const before = keeping.begun === undefined ? undefined : await submissionOf(keeping.begun);
      if (before !== undefined) return this.#sent(keeping.begun!, before, hold);
      for (const file of files.all.peek()) await this.#uploaded(file.upload(), file.name);
      const emailId = await keeping.put();
      keeping.begun = emailId;
      await keeping.mirror();
      const { id: identityId, email: from } = identity.peek()!;
      this.#sent(emailId, await submit({ emailId, identityId, from, recipients, hold }), hold);
    } catch (error) {
      this.#notSent(error as Error, hold);
    }
  }

  /** A file that the server does not take is no lost line, as long as that is there. */
  async #uploaded(upload: Promise<void>, name: string): Promise<void> {
    try {
      await upload;
    } catch (error) {
      if (isCut()) throw new ApiError(0, 'offline', '');
      throw new Error(t('compose.fileMissing', { name, reason: (error as Error).message }));
    }
  }

  #sent(emailId: string, submissionId: string, hold: Hold): void {
    const composer = this.#composer;
    const stored = composer.content();
    composer.end();
    void composer.keeping.forget();
    forgetCorrespondents();
    refresh();
    markAnswered(stored);
    const undo = async () => {
      try {
        await unsend(submissionId, emailId);
        await composer.reopen({ ...stored, emailIds: [emailId], queued: undefined, begun: undefined });
        refresh();
      } catch (error) {
        failed((error as { type?: string }).type === 'cannotUnsend' ? new Error(t('compose.tooLate')) : error);
      }
    };
    if (hold instanceof Date) toast(t('compose.scheduled', { when: when(hold) }), () => void undo());
    else if (hold > 0) toast(t('compose.sent'), () => void undo(), undefined, hold * 1_000);
    else toast(t('compose.sent'));
  }

  #notSent(error: Error, hold: Hold): void {
    const { keeping, error: shown } = this.#composer;
    if (isRefusal(error)) keeping.begun = undefined;
    if (error instanceof ApiError && error.status === 0) {
      shown.value = '';
      // So that it is asked for anew, and does not count as there because nobody has looked since.
      if (!isCut()) cut();
      this.wait(hold);
    } else {
      keeping.queued = undefined;
      keeping.status.value = 'unsaved';
      shown.value = t('compose.notSent', { reason: error.message });
    }
    void keeping.mirror();
  }
}

/** Whether the server has said that it did not do it: of anything else that fails, it is not known. */
function isRefusal(error: Error): boolean {
  if (error instanceof ApiError) return error.status >= 400 && error.status < 500;
  return error instanceof MethodError;
}

function markAnswered({ original, inReplyTo }: Stored): void {
  if (original !== undefined) void markOriginal(original.kind === 'forward' ? '$forwarded' : '$answered', original);
  else if (inReplyTo?.length) void markOriginal('$answered', { messageId: inReplyTo[0]! });
}
