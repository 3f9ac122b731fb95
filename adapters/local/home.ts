/** The data directory: made, checked, and held by one process. */
import { access, constants, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeDirectory } from './files.ts';

/**
 * Makes the home (mode 0700) when it is not there and takes it for this process; returns what gives it back. Throws one
 * plain line when it cannot be written or another process has it.
 *
 * The lock is a write transaction on an empty SQLite file that never ends: the kernel drops it with the process, however
 * that dies, so no stale lock is ever left.
 */
export async function holdHome(home: string): Promise<() => void> {
  try {
    await makeDirectory(resolve(home));
    await access(home, constants.R_OK | constants.W_OK | constants.X_OK);
    await (await open(join(home, 'lock'), 'a', 0o600)).close();
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
