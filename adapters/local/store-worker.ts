/**
 * The writer thread: the only connection that writes. It runs each batch as one transaction, so one fsync makes all of
 * it durable, and answers when it is.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import {
  type Batch,
  type BatchResult,
  NOT_WRITTEN,
  PERHAPS_WRITTEN,
  type SqlValue,
  WRITE_NAMES,
  WRITES,
} from './schema.ts';

const port = parentPort!;
const database = new DatabaseSync((workerData as { readonly file: string }).file);
database.exec(`
  PRAGMA synchronous = FULL;
  -- Kilobytes: the inner pages of the indexes, so that an append to any account finds its place in memory.
  PRAGMA cache_size = -32768;
  -- Pages (64 MB): a checkpoint holds up the commits behind it, and writes a page once however often it changed.
  PRAGMA wal_autocheckpoint = 16000;
  PRAGMA journal_size_limit = 67108864;
`);
const statements: StatementSync[] = WRITE_NAMES.map((name) => database.prepare(WRITES[name]));
const begin = database.prepare('BEGIN IMMEDIATE');
const commit = database.prepare('COMMIT');

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
  } else port.postMessage(run(parse(message)));
});
