import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { BATCH_LIMIT, BATCH_MESSAGES, BATCH_TYPE, batchHead } from '../../../mail/admin/batch.ts';
import { type Command, type Context, enc, option } from '../command.ts';
import { Failure } from '../failure.ts';
import { messagesIn } from '../folders.ts';
import { type FoundMessage, splitMbox } from '../mbox.ts';

/** A batch is sent when it has so many bytes; a message may be as long as a whole batch with its heading. */
const BATCH_BYTES = 8 * 1024 * 1024;
const MESSAGE_LIMIT = BATCH_LIMIT - 64 * 1024;
/** Line ends may have to be added. */
const CAREFUL_LIMIT = Math.floor(MESSAGE_LIMIT / 2);

export const importMail: readonly Command[] = [
  {
    name: 'import',
    operands: 'ADDRESS FILE.mbox|DIR',
    min: 2,
    help: 'File the messages of an mbox, a Maildir or a folder of .eml files into an account',
    examples: [
      'postern import alice@example.com old.mbox --mailbox Archive/2019',
      'postern import alice@example.com ~/Maildir',
    ],
    complete: ['account', 'file'],
    options: {
      mailbox: {
        type: 'string',
        short: 'm',
        value: 'M',
        help: 'Into this mailbox (default INBOX); subfolders of DIR go below it',
      },
    },
    async run(context) {
      const source = context.args[1]!;
      const found = await stat(source).catch(() => undefined);
      if (found === undefined) throw new Failure(1, `There is no file or folder ${source}.`);
      const batches = new Batches(context);
      if (found.isDirectory()) await importFolder(batches, source, option(context, 'mailbox'));
      else await importMbox(batches, source, found.size, option(context, 'mailbox') ?? 'INBOX');
      await batches.flush();
      const { filed, leftOut } = batches;
      context.print({ imported: filed, leftOut }, () => `${filed} messages imported`);
      if (leftOut > 0)
        throw new Failure(1, `${leftOut} messages were left out: they are longer than ${CAREFUL_LIMIT} bytes.`);
      if (filed === 0)
        throw new Failure(1, `${source} has no messages: it is no mbox, no Maildir and has no .eml files.`);
    },
  },
];

async function importMbox(batches: Batches, file: string, size: number, mailbox: string): Promise<void> {
  const source = createReadStream(file, { highWaterMark: 1024 * 1024 });
  const chunks = source as AsyncIterable<Buffer>;
  for await (const message of splitMbox(chunks, CAREFUL_LIMIT, () => batches.leaveOut())) {
    await batches.add(mailbox, message);
    batches.at(source.bytesRead, size);
  }
}

async function importFolder(batches: Batches, folder: string, mailbox: string | undefined): Promise<void> {
  let total = 0;
  for await (const _ of messagesIn(folder)) total++;
  let seen = 0;
  for await (const { path, mailbox: levels, date, flags } of messagesIn(folder)) {
    batches.at(++seen, total);
    if ((await stat(path)).size > CAREFUL_LIMIT) batches.leaveOut();
    else {
      const name = [...(mailbox === undefined ? [] : [mailbox]), ...levels].join('/');
      await batches.add(name === '' ? 'INBOX' : name, { bytes: await readFile(path), date, flags });
    }
  }
}

/** Gathers messages of one mailbox and uploads them together, in order. */
class Batches {
  filed = 0;
  leftOut = 0;
  private readonly context: Context;
  private mailbox = '';
  private pieces: Uint8Array[] = [];
  private count = 0;
  private bytes = 0;

  constructor(context: Context) {
    this.context = context;
  }

  leaveOut(): void {
    this.leftOut++;
  }

  /** How much of the source is read. */
  at(done: number, total: number): void {
    this.context.progress.at(done, total, `${this.filed} messages imported, now ${this.mailbox}`);
  }

  async add(mailbox: string, { bytes, date, flags }: FoundMessage): Promise<void> {
    if (bytes.length === 0) return;
    const full = this.count === BATCH_MESSAGES || this.bytes + bytes.length > BATCH_BYTES;
    if (mailbox !== this.mailbox || full) await this.flush();
    this.mailbox = mailbox;
    const when = date === undefined ? undefined : Math.max(0, Math.floor(date));
    this.pieces.push(Buffer.from(batchHead({ size: bytes.length, date: when, flags })), bytes);
    this.count++;
    this.bytes += bytes.length;
  }

  async flush(): Promise<void> {
    if (this.count === 0) return;
    const path = `/accounts/${enc(this.context.args[0]!)}/messages`;
    const body = Buffer.concat(this.pieces);
    await this.context.client.upload(path, BATCH_TYPE, body, { mailbox: this.mailbox });
    this.filed += this.count;
    this.pieces = [];
    this.count = 0;
    this.bytes = 0;
  }
}
