import { type Signal, signal } from '@preact/signals';
import { size as sizeText, t } from '../../i18n/index.ts';
import { Attachment } from './attachment.ts';
import type { StoredFile } from './stored.ts';

const SHOWN = /^image\/(png|jpeg|gif|webp)$/;

/** Where images of the text go; undefined: they go along as files. */
export type Show = ((cid: string, url: string, name: string) => void) | undefined;

/** The files that go with a message. */
export class Attachments {
  readonly all = signal<readonly Attachment[]>([]);
  /** Bytes that all together may have. */
  readonly most = signal(Number.POSITIVE_INFINITY);
  readonly #touch: () => void;
  readonly #error: Signal<string>;

  /** `touch` is told of each change, `error` of what is not taken. */
  constructor(touch: () => void, error: Signal<string>) {
    this.#touch = touch;
    this.#error = error;
  }

  get bytes(): number {
    return this.all.value.reduce((sum, { size }) => sum + size, 0);
  }

  take(files: readonly StoredFile[]): void {
    this.all.value = files.map((file) => new Attachment(file));
    for (const one of this.all.peek()) if (one.blobId.peek() === undefined) this.upload(one);
  }

  add(list: Iterable<File>, show?: Show): void {
    for (const file of list) {
      if (this.bytes + file.size > this.most.peek()) {
        this.#error.value = t('compose.tooLarge', { name: file.name, size: sizeText(this.most.peek()) });
        continue;
      }
      const cid = show !== undefined && SHOWN.test(file.type) ? `${crypto.randomUUID()}@postern` : null;
      const one = Attachment.of(file, cid);
      this.all.value = [...this.all.peek(), one];
      if (cid !== null) show!(cid, one.url()!, file.name);
      this.upload(one);
    }
    this.#touch();
  }

  /** Why it failed, its row says. */
  upload(one: Attachment): void {
    one.upload().then(this.#touch, () => undefined);
  }

  remove(one: Attachment): void {
    one.stop();
    this.all.value = this.all.peek().filter((other) => other !== one);
    this.#touch();
  }
}
