/** The data directory: made, checked, and held by one process. */
import { accessSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Makes the home (mode 0700) when it is not there and takes it for this process; returns what gives it back. Throws one
 * plain line when it cannot be written or another process has it.
 *
 * The lock is a write transaction on an empty SQLite file that never ends: the kernel drops it with the process, however
 * that dies, so no stale lock is ever left.
 */
export function holdHome(home: string): () => void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
    closeSync(openSync(join(home, 'lock'), 'a', 0o600));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`cannot write to the home ${home} (${code}): make it writable or set POSTERN_HOME to another`, {
      cause: error,
    });
  }
  const lock = new DatabaseSync(join(home, 'lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new Error(`another Postern is running on the home ${home}: stop it, or set POSTERN_HOME to another`, {
      cause: error,
    });
  }
  return () => lock.close();
}
