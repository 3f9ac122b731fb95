import { Buffer } from 'node:buffer';
import { type AttachmentStream, MailParser, type MessageText } from 'mailparser';

/** What a decoded message may take; what exceeds it is left out, and `complete` says so. */
export interface DecodeLimits {
  /** Bytes of the message that are read. */
  messageBytes: number;
  /** Chars of `text` and of `html`, each. */
  textLength: number;
  attachments: number;
  /** Bytes of all attachments' decoded content together. */
  attachmentBytes: number;
}

const DEFAULTS: DecodeLimits = {
  messageBytes: 64 * 1_048_576,
  textLength: 2 * 1_048_576,
  attachments: 1_000,
  attachmentBytes: 64 * 1_048_576,
};

export interface DecodedAttachment {
  /** The name that the sender gave, decoded and as it came: not safe as a path. '' when there is none. */
  filename: string;
  /** The media type in lower case: `image/png`. */
  type: string;
  /** `attachment`, `inline` or whatever the sender wrote; '' when nothing. */
  disposition: string;
  /** The Content-ID without angle brackets, '' when there is none. */
  contentId: string;
  content: Uint8Array;
}

/** A message as a reader sees it. */
export interface DecodedMessage {
  /** The text/plain parts; '' where there are none. */
  text: string;
  /** The text/html parts, with their cid: links; not sanitized. '' where there are none. */
  html: string;
  attachments: DecodedAttachment[];
  /** False where a limit cut something off or the parser gave up on a part. */
  complete: boolean;
}

/**
 * Decodes a message's texts and attachments. Never throws for what the message holds: what cannot be decoded is
 * missing and `complete` is false. Throws only what the source itself throws.
 */
export async function decodeMessage(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  limits: Partial<DecodeLimits> = {},
): Promise<DecodedMessage> {
  const decoder = new Decoder({ ...DEFAULTS, ...limits });
  const chunks = source instanceof Uint8Array ? [source] : source;
  try {
    for await (const chunk of chunks) if (!(await decoder.write(chunk))) break;
    return await decoder.finish();
  } finally {
    decoder.destroy();
  }
}

/** One run of the library's parser. */
class Decoder {
  readonly #limits: DecodeLimits;
  // Links stay as they are and no text is made from HTML or HTML from text: both cost much and consumers do without.
  readonly #parser = new MailParser({
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
    keepCidLinks: true,
  });
  readonly #done: Promise<void>;
  readonly #message: DecodedMessage = { text: '', html: '', attachments: [], complete: true };
  #bytesLeft: number;
  #attachmentBytesLeft: number;
  #over = false;

  constructor(limits: DecodeLimits) {
    this.#limits = limits;
    this.#bytesLeft = limits.messageBytes;
    this.#attachmentBytesLeft = limits.attachmentBytes;
    this.#done = new Promise((resolve) => {
      this.#parser.on('error', () => {
        this.#message.complete = false;
        this.#over = true;
        resolve();
      });
      this.#parser.once('end', () => resolve());
      this.#parser.once('close', () => resolve());
    });
    this.#parser.on('data', (data: AttachmentStream | MessageText) => {
      if (data.type === 'text') this.#takeText(data);
      else this.#takeAttachment(data);
    });
  }

  /** Takes bytes, waiting while the parser is busy. Returns whether more are wanted. */
  async write(chunk: Uint8Array): Promise<boolean> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.byteLength, this.#bytesLeft));
    this.#bytesLeft -= bytes.length;
    if (bytes.length < chunk.byteLength) this.#message.complete = false;
    if (this.#over) return false;
    const written = new Promise<void>((resolve) => this.#parser.write(bytes, () => resolve()));
    await Promise.race([written, this.#done]);
    return bytes.length === chunk.byteLength;
  }

  async finish(): Promise<DecodedMessage> {
    if (!this.#over) this.#parser.end();
    await this.#done;
    return this.#message;
  }

  /** Frees the parser, whatever it was doing. */
  destroy(): void {
    this.#parser.destroy();
  }

  #takeText(data: MessageText): void {
    this.#message.text = this.#cut(data.text ?? '');
    this.#message.html = this.#cut(typeof data.html === 'string' ? data.html : '');
  }

  #cut(text: string): string {
    if (text.length <= this.#limits.textLength) return text;
    this.#message.complete = false;
    return text.slice(0, this.#limits.textLength).toWellFormed();
  }

  /** The parser goes on only when the attachment was read and released. */
  #takeAttachment(data: AttachmentStream): void {
    const chunks: Uint8Array[] = [];
    data.content.on('data', (chunk: Uint8Array) => {
      const kept = chunk.subarray(0, this.#attachmentBytesLeft);
      if (kept.length < chunk.length) this.#message.complete = false;
      this.#attachmentBytesLeft -= kept.length;
      if (kept.length > 0) chunks.push(kept);
    });
    data.content.on('error', () => {
      this.#message.complete = false;
      data.release();
    });
    data.content.on('end', () => {
      this.#addAttachment(data, Buffer.concat(chunks));
      data.release();
    });
  }

  #addAttachment(data: AttachmentStream, content: Uint8Array): void {
    if (this.#message.attachments.length >= this.#limits.attachments) {
      this.#message.complete = false;
      return;
    }
    this.#message.attachments.push({
      filename: data.filename ?? '',
      type: data.contentType.toLowerCase(),
      disposition: data.contentDisposition ?? '',
      contentId: data.cid ?? '',
      content,
    });
  }
}
