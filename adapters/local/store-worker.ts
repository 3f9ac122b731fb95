/**
 * The writer thread: the only connection that writes. It runs each batch as one transaction, so one fsync makes all of
 * it durable, and answers when it is.
 */
import { fstatSync, openSync, writeSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import {
  type Batch,
  type BatchResult,
  NOT_WRITTEN,
  PAGE_BYTES,
  PERHAPS_WRITTEN,
  type SqlValue,
  WRITE_NAMES,
  WRITES,
} from './schema.ts';

/** Bytes to which the log grows before it is written from its beginning again. */
const WAL_BYTES = 64 * 1024 * 1024;
/** Bytes by which the log's file is made longer at once. */
const WAL_STEP = 256 * 1024;
/** Writes of a batch for which that is worth it. */
const FEW_WRITES = 8;

const port = parentPort!;
const { file } = workerData as { readonly file: string };
const database = new DatabaseSync(file);
database.exec(`
  PRAGMA synchronous = FULL;
  -- Kilobytes: the inner pages of the indexes, so that an append to any account finds its place in memory.
  PRAGMA cache_size = -32768;
  -- Pages: a checkpoint holds up the commits behind it, and writes a page once however often it changed.
  PRAGMA wal_autocheckpoint = ${Math.floor(WAL_BYTES / (PAGE_BYTES + 100))};
  PRAGMA journal_size_limit = ${WAL_BYTES};
`);
const statements: StatementSync[] = WRITE_NAMES.map((name) => database.prepare(WRITES[name]));
const begin = database.prepare('BEGIN IMMEDIATE');
const commit = database.prepare('COMMIT');

const wal = openSync(`${file}-wal`, 'r+');
const zeros = new Uint8Array(WAL_STEP);
let walBytes = 0;

/**
 * Makes the log's file longer than what is in use of it, as it stays when SQLite begins it anew. An fsync of bytes that lie within the file
 * takes half the time of one that must make its new length durable too. SQLite passes over zeros as over anything without its checksum.
 */
function extendWal(): void {
  const { size } = fstatSync(wal);
  if (size === walBytes || size >= WAL_BYTES) return;
  walBytes = size;
  try {
    walBytes += writeSync(wal, zeros, 0, WAL_STEP, size);
  } catch {
    // A full disk: whoever writes next is told.
  }
}

interface Operation {
  readonly statement: StatementSync;
  readonly parameters: readonly SqlValue[];
}

function parse({ operations }: Batch): Operation[][] {
  const groups: Operation[][] = [];
  let tied = false;
  for (let at = 0; at < operations.length; ) {
    const count = operations[at + 2] as number;
    const statement = statements[operations[at] as number]!;
    const operation = { statement, parameters: operations.slice(at + 3, at + 3 + count) };
    if (tied) groups.at(-1)!.push(operation);
    else groups.push([operation]);
    tied = operations[at + 1] === 1;
    at += 3 + count;
  }
  return groups;
}

function rollback(): void {
  // After some errors (disk full) SQLite has rolled back already.
  if (database.isTransaction) database.exec('ROLLBACK');
}

function run(groups: readonly (readonly Operation[])[]): BatchResult {
  const operations = groups.flat();
  const results: number[] = [];
  try {
    begin.run();
    for (const { statement, parameters } of operations) results.push(Number(statement.run(...parameters).changes));
  } catch (error) {
    rollback();
    if (groups.length === 1) return { results: operations.map(() => NOT_WRITTEN), error: String(error) };
    // One group must not fail its neighbours: each again, alone.
    return { results: groups.flatMap((group) => run([group]).results), error: String(error) };
  }
  try {
    commit.run();
  } catch (error) {
    // The frames may be in the log although their fsync failed.
    rollback();
    return { results: operations.map(() => PERHAPS_WRITTEN), error: String(error) };
  }
  return { results };
}

port.on('message', (message: Batch | 'close') => {
  if (message === 'close') {
    database.close();
    port.close();
    return;
  }
  const result = run(parse(message));
  port.postMessage(result);
  // A large batch takes so long that the journal's time does not count.
  if (result.results.length <= FEW_WRITES) extendWal();
});
