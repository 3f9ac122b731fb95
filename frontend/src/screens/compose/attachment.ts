import { type Signal, signal } from '@preact/signals';
import { uploadBlob } from '../../api/jmap.ts';
import type { StoredFile } from './stored.ts';

/** A file that goes along: at first here, then on the server too. */
export class Attachment {
  readonly id = crypto.randomUUID();
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly cid: string | null;
  readonly file: Blob | undefined;
  readonly blobId: Signal<string | undefined>;
  /** 0 to 1. */
  readonly progress = signal(0);
  readonly error = signal('');
  #stopping = new AbortController();
  #url: string | undefined;
  #uploading: Promise<void> | undefined;

  constructor({ name, type, size, cid, blobId, file }: StoredFile) {
    this.name = name;
    this.type = type;
    this.size = size;
    this.cid = cid;
    this.file = file;
    this.blobId = signal(blobId);
    if (blobId !== undefined) this.progress.value = 1;
  }

  static of(file: File, cid: string | null): Attachment {
    const { name, type, size } = file;
    return new Attachment({ name, type: type || 'application/octet-stream', size, cid, blobId: undefined, file });
  }

  /** Does nothing for what is there already. Rejects with why it failed, which the row says too; may be tried again. */
  upload(): Promise<void> {
    if (this.blobId.peek() !== undefined || this.file === undefined) return Promise.resolve();
    this.#uploading ??= this.#upload().finally(() => {
      this.#uploading = undefined;
    });
    return this.#uploading;
  }

  stop(): void {
    this.#stopping.abort();
    if (this.#url !== undefined) URL.revokeObjectURL(this.#url);
  }

  /** Where the page shows it. */
  url(bytes = this.file): string | undefined {
    if (this.#url === undefined && bytes !== undefined)
      this.#url = URL.createObjectURL(new Blob([bytes], { type: this.type }));
    return this.#url;
  }

  stored(): StoredFile {
    const { name, type, size, cid, file } = this;
    const blobId = this.blobId.peek();
    return { name, type, size, cid, blobId, file: blobId === undefined ? file : undefined };
  }

  async #upload(): Promise<void> {
    this.error.value = '';
    this.#stopping = new AbortController();
    try {
      const { blobId } = await uploadBlob(this.file!, {
        signal: this.#stopping.signal,
        onProgress: (share) => {
          this.progress.value = share;
        },
      });
      this.blobId.value = blobId;
      this.progress.value = 1;
    } catch (error) {
      this.error.value = (error as Error).message;
      throw error;
    }
  }
}
