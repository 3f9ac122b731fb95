/** What keeps the program from starting is told in one plain line, and the exit status is 1. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { freeBase, launch, startSystem } from '../support/system.ts';

let folder: string;
let base: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-refusals-'));
  // Others may look into it: one test runs as somebody else.
  await chmod(folder, 0o755);
  base = await freeBase();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts it, and gives the one line that it must print. */
async function refusal(
  env: Readonly<Record<string, string>>,
  options: { readonly uid?: number } = {},
): Promise<string> {
  const program = launch({ POSTERN_HOME: join(folder, 'home'), POSTERN_PORT_BASE: String(base), ...env }, [], options);
  const killer = setTimeout(() => program.child.kill('SIGKILL'), 20_000);
  const { code } = await program.ended;
  clearTimeout(killer);
  expect({ code, stdout: program.stdout() }).toEqual({ code: 1, stdout: '' });
  const lines = program.stderr().trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/\bat .*:\d+:\d+/);
  return lines[0]!;
}

describe('the program says in one line why it does not start', () => {
  it.each([
    ['smtp', 25],
    ['imaps', 993],
    ['pop3', 110],
    ['http', 80],
  ])('the port of %s is in use', async (_, port) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(base + port, '127.0.0.1', resolve));
    try {
      const line = await refusal({});
      expect(line).toBe(
        `postern: port ${base + port} is in use: stop the other program, or set POSTERN_PORT_BASE to another number`,
      );
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('the home is a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect(await refusal({ POSTERN_HOME: file })).toMatch(
      /^postern: cannot write to the home .*set POSTERN_HOME to another$/,
    );
  });

  it.skipIf(process.getuid?.() !== 0)('the home is not ours to write', async () => {
    const home = join(folder, 'theirs');
    await seedHome(home, 'example.test', []);
    expect(await refusal({ POSTERN_HOME: home }, { uid: 65_534 })).toMatch(
      /^postern: cannot write to the home .*\(EACCES\).*set POSTERN_HOME to another$/,
    );
  });

  it('another Postern has the home', async () => {
    const home = join(folder, 'shared');
    const first = await startSystem({ home });
    try {
      expect(await refusal({ POSTERN_HOME: home })).toMatch(/^postern: another Postern is running on the home /);
    } finally {
      await first.stop();
    }
  });

  it('a newer Postern wrote the data', async () => {
    const home = join(folder, 'newer');
    await seedHome(home, 'example.test', []);
    const database = new DatabaseSync(join(home, 'postern.db'));
    database.exec('PRAGMA user_version = 999');
    database.close();
    expect(await refusal({ POSTERN_HOME: home })).toMatch(/^postern: .*newer.*$/);
  });

  it('the database is none', async () => {
    const home = join(folder, 'damaged');
    await seedHome(home, 'example.test', []);
    await writeFile(join(home, 'postern.db'), 'not a database'.repeat(1000));
    expect(await refusal({ POSTERN_HOME: home })).toMatch(
      /^postern: cannot use .*postern\.db \(.*\): put a backup of the home in its place$/,
    );
  });

  it.each([
    ['POSTERN_PORT_BASE', 'many', 'it must be a number from 0 to 50000'],
    ['POSTERN_PORT_BASE', '60000', 'it must be a number from 0 to 50000'],
    ['POSTERN_BIND', 'localhost', 'it must be an IP address'],
    ['POSTERN_BIND', '192.0.2.1', 'set POSTERN_BIND'],
    ['POSTERN_LOG', 'loud', 'it must be debug, info, warn or error'],
    ['POSTERN_DEMO', 'yes', 'it must be 0 or 1'],
    ['POSTERN_MX_PORT', '0', 'it must be a port'],
    ['POSTERN_HOSTNAME', 'mail example', 'it must be a host name'],
    ['POSTERN_RESOLVER', 'nowhere:99999', 'use host:port with an IP address'],
  ])('%s is "%s"', async (name, value, says) => {
    const line = await refusal({ [name]: value });
    expect(line).toContain(value);
    expect(line).toContain(says);
  });
});
