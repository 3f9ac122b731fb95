/**
 * The one database of a home: its tables, and every statement that writes them. The writer thread prepares the
 * statements by their place in WRITES; the main thread names them.
 */

/** The format that this program reads and writes (`PRAGMA user_version`). 0 is an empty database. */
export const FORMAT = 1;

/** Bytes of a database page: an entry of an account's log (1-2 KB) shares a page with its neighbours. */
export const PAGE_BYTES = 4096;

export const SCHEMA = `
  CREATE TABLE records (
    pk TEXT NOT NULL, sk TEXT NOT NULL, body BLOB NOT NULL, rev INTEGER NOT NULL, expires INTEGER,
    PRIMARY KEY (pk, sk)
  );
  CREATE INDEX records_by_expiry ON records (expires) WHERE expires IS NOT NULL;

  CREATE TABLE jobs (
    id INTEGER PRIMARY KEY, queue TEXT NOT NULL, body TEXT NOT NULL, due INTEGER NOT NULL,
    grp TEXT NOT NULL, attempts INTEGER NOT NULL
  );
  CREATE TABLE schedule (id TEXT PRIMARY KEY, at INTEGER NOT NULL, queue TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX schedule_by_time ON schedule (at);

  -- Deleted blobs whose pack still exists, by the place where they lie now; scrubbed: the bytes are overwritten.
  CREATE TABLE dead (
    pack TEXT NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, scrubbed INTEGER NOT NULL,
    PRIMARY KEY (pack, offset)
  ) WITHOUT ROWID;
  -- Where the blobs of rewritten packs lie now; the key is the place that their names tell.
  CREATE TABLE moved (
    pack TEXT NOT NULL, offset INTEGER NOT NULL, to_pack TEXT NOT NULL, to_offset INTEGER NOT NULL,
    PRIMARY KEY (pack, offset)
  ) WITHOUT ROWID;
  CREATE INDEX moved_by_target ON moved (to_pack, to_offset);

  -- 1 while a process has the home open: what is found at the start tells how the last one ended.
  CREATE TABLE life (open INTEGER NOT NULL);
  INSERT INTO life VALUES (0);
`;

/** Every statement the writer runs. The result of each is the number of rows that it changed. */
export const WRITES = {
  putAbsent:
    'INSERT INTO records (pk, sk, body, rev, expires) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (pk, sk) DO NOTHING',
  putAny:
    'INSERT INTO records (pk, sk, body, rev, expires) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (pk, sk) DO UPDATE SET body = ?3, rev = ?4, expires = ?5',
  putRev: 'UPDATE records SET body = ?3, rev = ?4, expires = ?5 WHERE pk = ?1 AND sk = ?2 AND rev = ?6',
  deleteAny: 'DELETE FROM records WHERE pk = ?1 AND sk = ?2',
  deleteRev: 'DELETE FROM records WHERE pk = ?1 AND sk = ?2 AND rev = ?3',
  dropExpired: 'DELETE FROM records WHERE rowid IN (SELECT rowid FROM records WHERE expires < ?1 LIMIT 500)',

  jobAdd: 'INSERT INTO jobs (id, queue, body, due, grp, attempts) VALUES (?1, ?2, ?3, ?4, ?5, 0)',
  jobDelete: 'DELETE FROM jobs WHERE id = ?1',
  jobRetry: 'UPDATE jobs SET due = ?2, attempts = ?3 WHERE id = ?1',

  scheduleSet:
    'INSERT INTO schedule (id, at, queue, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET at = ?2, queue = ?3, body = ?4',
  scheduleFired: 'DELETE FROM schedule WHERE id = ?1 AND at = ?2',
  scheduleCancel: 'DELETE FROM schedule WHERE id = ?1',

  deadAdd: 'INSERT INTO dead (pack, offset, length, scrubbed) VALUES (?1, ?2, ?3, 0) ON CONFLICT DO NOTHING',
  deadScrubbed: 'UPDATE dead SET scrubbed = 1 WHERE pack = ?1 AND offset = ?2',
  deadForget: 'DELETE FROM dead WHERE pack = ?1',
  moveTo:
    'INSERT INTO moved (pack, offset, to_pack, to_offset) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (pack, offset) DO UPDATE SET to_pack = ?3, to_offset = ?4',
  movedForget: 'DELETE FROM moved WHERE to_pack = ?1',

  lifeEnd: 'UPDATE life SET open = 0',
} as const;

export type WriteName = keyof typeof WRITES;

/** The statements in the order by which the two threads number them. */
export const WRITE_NAMES = Object.keys(WRITES) as WriteName[];

export type SqlValue = string | number | null | Uint8Array;

/**
 * What the main thread sends: for each operation the statement's number, 1 if it is tied to the next (both are written or
 * neither), the count of its parameters, and these.
 */
export interface Batch {
  readonly operations: readonly SqlValue[];
}

/** The writer's answer, in the batch's order: rows changed, or -1 not written, -2 perhaps written. */
export interface BatchResult {
  readonly results: readonly number[];
  readonly error?: string;
}

export const NOT_WRITTEN = -1;
export const PERHAPS_WRITTEN = -2;
