import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
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

interface Operation {
  readonly statement: StatementSync;
  readonly parameters: readonly SqlValue[];
}

/** A connection that writes: each batch is one transaction, so one fsync makes all of it durable. Only one may be at work at a time. */
export class Committer {
  readonly #database: DatabaseSync;
  readonly #statements: readonly StatementSync[];
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #wal: number;
  readonly #zeros = new Uint8Array(WAL_STEP);
  #walBytes = 0;

  /** `checkpoints`: whether it copies the log into the database when that has grown long. */
  constructor(file: string, checkpoints: boolean) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(`
      PRAGMA synchronous = FULL;
      -- Kilobytes: the inner pages of the indexes, so that an append to any account finds its place in memory.
      PRAGMA cache_size = -32768;
      -- Pages: a checkpoint holds up the commits behind it, and writes a page once however often it changed.
      PRAGMA wal_autocheckpoint = ${checkpoints ? Math.floor(WAL_BYTES / (PAGE_BYTES + 100)) : 0};
      PRAGMA journal_size_limit = ${WAL_BYTES};
    `);
    this.#statements = WRITE_NAMES.map((name) => this.#database.prepare(WRITES[name]));
    this.#begin = this.#database.prepare('BEGIN IMMEDIATE');
    this.#commit = this.#database.prepare('COMMIT');
    this.#wal = openSync(`${file}-wal`, 'r+');
  }

  /** Writes a batch. Never throws. */
  write(batch: Batch): BatchResult {
    const result = this.#run(this.#parse(batch));
    // A large batch takes so long that the journal's time does not count. Nobody else may write meanwhile: see `#extendWal`.
    if (result.results.length <= FEW_WRITES) this.#extendWal();
    return result;
  }

  close(): void {
    this.#database.close();
    closeSync(this.#wal);
  }

  #parse({ operations }: Batch): Operation[][] {
    const groups: Operation[][] = [];
    let tied = false;
    for (let at = 0; at < operations.length; ) {
      const count = operations[at + 2] as number;
      const statement = this.#statements[operations[at] as number]!;
      const operation = { statement, parameters: operations.slice(at + 3, at + 3 + count) };
      if (tied) groups.at(-1)!.push(operation);
      else groups.push([operation]);
      tied = operations[at + 1] === 1;
      at += 3 + count;
    }
    return groups;
  }

  #run(groups: readonly (readonly Operation[])[]): BatchResult {
    const operations = groups.flat();
    const results: number[] = [];
    try {
      this.#begin.run();
      for (const { statement, parameters } of operations) results.push(Number(statement.run(...parameters).changes));
    } catch (error) {
      this.#rollback();
      if (groups.length === 1) return { results: operations.map(() => NOT_WRITTEN), error: String(error) };
      // One group must not fail its neighbours: each again, alone.
      return { results: groups.flatMap((group) => this.#run([group]).results), error: String(error) };
    }
    try {
      this.#commit.run();
    } catch (error) {
      // The frames may be in the log although their fsync failed.
      this.#rollback();
      return { results: operations.map(() => PERHAPS_WRITTEN), error: String(error) };
    }
    return { results };
  }

  #rollback(): void {
    // After some errors (disk full) SQLite has rolled back already.
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }

  /**
   * Makes the log's file longer than what is in use of it, as it stays when SQLite begins it anew. An fsync of bytes that lie within the
   * file takes half the time of one that must make its new length durable too. SQLite passes over zeros as over anything without its
   * checksum. Who writes at that moment would be overwritten.
   */
  #extendWal(): void {
    const { size } = fstatSync(this.#wal);
    if (size === this.#walBytes || size >= WAL_BYTES) return;
    this.#walBytes = size;
    try {
      this.#walBytes += writeSync(this.#wal, this.#zeros, 0, WAL_STEP, size);
    } catch {
      // A full disk: whoever writes next is told.
    }
  }
}
