import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from './failure.ts';
import { maildirFlags } from './mbox.ts';

/** A file that holds one message, and where it belongs. */
export interface MessageFile {
  readonly path: string;
  /** Level by level; empty: the mailbox that the whole import goes to. */
  readonly mailbox: readonly string[];
  readonly date: number | undefined;
  readonly flags: readonly string[];
}

/** Beside the messages of an exported mailbox: a line of JSON for each. */
export const INDEX = 'messages.jsonl';

/**
 * Every message below a folder: a Maildir (with `cur` and `new`; its subfolders `.Sent.2026` become Sent/2026), or .eml files,
 * whose subfolders are mailboxes. What `postern export` wrote comes back with dates and flags.
 */
export async function* messagesIn(folder: string, mailbox: readonly string[] = []): AsyncGenerator<MessageFile> {
  const names = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const maildir = names.some(({ name }) => name === 'cur');
  if (maildir) {
    for (const part of ['cur', 'new']) yield* maildirMessages(join(folder, part), mailbox);
  } else {
    yield* emlMessages(
      folder,
      names.filter((each) => each.isFile()).map(({ name }) => name),
      mailbox,
    );
  }
  for (const { name } of names.filter((each) => each.isDirectory())) {
    if (maildir && !name.startsWith('.')) continue;
    const levels = maildir ? name.slice(1).split('.') : [decodeName(name)];
    yield* messagesIn(join(folder, name), [...mailbox, ...levels]);
  }
}

async function* maildirMessages(folder: string, mailbox: readonly string[]): AsyncGenerator<MessageFile> {
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    yield { path, mailbox, date: mtimeMs, flags: maildirFlags(name) };
  }
}

async function* emlMessages(folder: string, names: string[], mailbox: readonly string[]): AsyncGenerator<MessageFile> {
  const index = names.includes(INDEX) ? await readIndex(join(folder, INDEX)) : new Map();
  const emls = names.filter((name) => name.toLowerCase().endsWith('.eml'));
  for (const name of emls.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))) {
    const known = index.get(name);
    yield { path: join(folder, name), mailbox, date: known?.date, flags: known?.flags ?? [] };
  }
}

async function readIndex(path: string): Promise<Map<string, { date: number; flags: string[] }>> {
  const index = new Map<string, { date: number; flags: string[] }>();
  for (const line of (await readFile(path, 'utf8')).split('\n')) {
    if (line === '') continue;
    try {
      const { file, date, flags } = JSON.parse(line);
      index.set(file, { date, flags });
    } catch {
      throw new Failure(1, `${path} is damaged: remove it to import the messages without their dates and flags.`);
    }
  }
  return index;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A mailbox's level as the name of a folder on any system; `decodeName` undoes it. */
export function encodeName(level: string): string {
  const safe = level.replace(/[%<>:"\\|?*/\u0000-\u001f]/g, (char) => encodeHex(char));
  return /^\.|^(cur|new|tmp)$/.test(safe) ? encodeHex(safe[0]!) + safe.slice(1) : safe;
}

function encodeHex(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function decodeName(name: string): string {
  return name.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
