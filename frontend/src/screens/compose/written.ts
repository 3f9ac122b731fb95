import { type Signal, signal } from '@preact/signals';
import { isSame, unique } from '../../data/addresses.ts';
import type { Identity } from '../../data/identities.ts';
import { htmlOf } from '../../data/plain-text.ts';
import { preferences } from '../../data/preferences.ts';
import type { Address } from '../../data/types.ts';
import { Attachments } from './attachments.ts';
import type { Editor } from './editor.ts';
import { innerSignature, signatureText } from './signature.ts';
import type { Stored } from './stored.ts';

/** A message while it is written: what its window shows, and nothing of where it is kept or how it is sent. */
export abstract class Written {
  readonly identities = signal<readonly Identity[]>([]);
  readonly identity: Signal<Identity | undefined> = signal(undefined);
  readonly to = signal<readonly Address[]>([]);
  readonly cc = signal<readonly Address[]>([]);
  readonly bcc = signal<readonly Address[]>([]);
  readonly subject = signal('');
  readonly isPlain = signal(false);
  readonly text = signal('');
  readonly wantsReceipt = signal(false);
  /** Why the last thing failed, in one line. */
  readonly error = signal('');
  readonly files = new Attachments(() => this.touch(), this.error);
  editor: Editor | undefined;
  #html = '';
  #from: Stored | undefined;

  /** Something was typed, chosen or added. */
  abstract touch(): void;

  get html(): string {
    return this.#html;
  }

  get recipients(): readonly Address[] {
    return unique([...this.to.peek(), ...this.cc.peek(), ...this.bcc.peek()]);
  }

  /** Without signature and quotes. */
  get written(): string {
    return this.isPlain.peek() ? this.text.peek().replace(/^>.*$/gm, '') : (this.editor?.written() ?? '');
  }

  take(stored: Stored): void {
    const identities = this.identities.peek();
    this.#from = stored;
    this.identity.value = identities.find(({ id }) => id === stored.identityId) ?? identities[0];
    this.to.value = stored.to;
    this.cc.value = stored.cc;
    this.bcc.value = stored.bcc;
    this.subject.value = stored.subject;
    this.isPlain.value = stored.isPlain;
    this.text.value = stored.text;
    this.wantsReceipt.value = stored.wantsReceipt;
    this.#html = stored.html;
    this.files.take(stored.files);
  }

  content(): Stored {
    this.takeContent();
    const shown = this.editor?.cids();
    return {
      ...this.#from!,
      identityId: this.identity.peek()!.id,
      to: this.to.peek(),
      cc: this.cc.peek(),
      bcc: this.bcc.peek(),
      subject: this.subject.peek(),
      isPlain: this.isPlain.peek(),
      html: this.#html,
      text: this.text.peek(),
      wantsReceipt: this.wantsReceipt.peek(),
      // An image that was taken out of the text is not sent.
      files: this.files.all
        .peek()
        .filter(({ cid }) => cid === null || shown === undefined || shown.has(cid))
        .map((file) => file.stored()),
    };
  }

  /** The editor goes from the page, and with it what only it knows. */
  takeContent(): void {
    if (this.editor === undefined) return;
    const { html, text } = this.editor.content();
    this.#html = html;
    this.text.value = text;
  }

  /** Adds files; images among them into the text where `isInline`. */
  addFiles(list: Iterable<File>, isInline = false): void {
    const { editor } = this;
    const isShown = isInline && !this.isPlain.peek() && editor !== undefined;
    this.files.add(list, isShown ? (cid, url, name) => editor.insertInline(cid, url, name) : undefined);
  }

  setPlain(isPlain: boolean): void {
    if (isPlain) this.takeContent();
    else this.#html = htmlOf(this.text.peek());
    this.isPlain.value = isPlain;
    this.touch();
  }

  /** Writes as somebody else, with his signature and blind copies in place of the other's. */
  setIdentity(id: string): void {
    const [before, next] = [this.identity.peek(), this.identities.peek().find((one) => one.id === id)];
    if (next === undefined || next === before) return;
    this.identity.value = next;
    const others = this.bcc.peek().filter((one) => !before?.bcc?.some((own) => isSame(own, one)));
    this.bcc.value = unique([...others, ...(next.bcc ?? [])]);
    if (preferences.peek().signatureUse !== 'never') {
      this.editor?.setSignature(innerSignature(next));
      if (this.isPlain.peek() && before !== undefined) {
        const [old, text] = [signatureText(before), this.text.peek()];
        if (old !== '' && text.includes(old)) this.text.value = text.replace(old, () => signatureText(next));
        else if (old === '') this.text.value = text + signatureText(next);
      }
    }
    this.touch();
  }
}
