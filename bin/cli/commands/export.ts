import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, enc } from '../command.ts';
import { Failure } from '../failure.ts';
import { encodeName, INDEX } from '../folders.ts';

/** Messages fetched at once. */
const AT_ONCE = 8;

interface Mailbox {
  readonly id: string;
  readonly name: string;
  readonly messages: number;
}

interface Message {
  readonly uid: number;
  readonly date: number;
  readonly flags: readonly string[];
}

export const exportMail: readonly Command[] = [
  {
    name: 'export',
    operands: 'ADDRESS DIR',
    min: 2,
    help: 'Write every message of an account to DIR/MAILBOX/UID.eml; "postern import" takes it back',
    examples: ['postern export alice@example.com ./alice'],
    complete: ['account', 'file'],
    async run({ client, args, print, progress }) {
      const [address = '', dir = ''] = args;
      const base = `/accounts/${enc(address)}/mailboxes`;
      const { items: mailboxes } = await client.call<{ items: Mailbox[] }>('GET', base);
      await makeEmpty(dir);
      const total = mailboxes.reduce((sum, { messages }) => sum + messages, 0);
      let count = 0;
      for (const { id, name } of mailboxes) {
        const folder = join(dir, ...name.split('/').map(encodeName));
        await mkdir(folder, { recursive: true });
        const index: string[] = [];
        const save = async ({ uid, date, flags }: Message) => {
          const file = `${uid}.eml`;
          const path = join(folder, file);
          await writeFile(path, await client.download(`${base}/${enc(id)}/messages/${uid}`));
          await utimes(path, date / 1_000, date / 1_000);
          index.push(JSON.stringify({ file, date, flags }));
          count++;
          progress.at(count, total, `${count} of ${total} messages, ${name}`);
        };
        let some: Promise<void>[] = [];
        for await (const message of client.pages<Message>(`${base}/${enc(id)}/messages`, { limit: '1000' })) {
          some.push(save(message));
          if (some.length < AT_ONCE) continue;
          await Promise.all(some);
          some = [];
        }
        await Promise.all(some);
        if (index.length > 0) await writeFile(join(folder, INDEX), `${index.join('\n')}\n`);
      }
      print({ exported: count, directory: dir }, () => `${count} messages exported to ${dir}`);
    },
  },
];

async function makeEmpty(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    if ((await readdir(dir)).length === 0) return;
  } catch (error) {
    throw new Failure(1, `${dir} cannot be used: ${(error as Error).message}.`);
  }
  throw new Failure(1, `${dir} is not empty. Give a new folder.`);
}
