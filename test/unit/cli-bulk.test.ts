import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../bin/cli/client.ts';
import { main, type Streams } from '../../bin/cli/main.ts';
import { type AdminWorld, adminWorld, serveAdmin, TOKEN } from './admin-support.ts';

let world: AdminWorld;
let server: Awaited<ReturnType<typeof serveAdmin>>;
let dir: string;

beforeEach(async () => {
  world = adminWorld();
  server = await serveAdmin(world);
  dir = await mkdtemp(join(tmpdir(), 'postern-cli-'));
  await world.directory.domains.add('example.test');
  await world.directory.accounts.add('alice@example.test', 'long enough');
});
afterEach(async () => {
  await server.close(1_000);
  await rm(dir, { recursive: true });
});

async function postern(line: string, more: Partial<Streams> = {}) {
  let out = '';
  let err = '';
  const code = await main(line.split(' '), () => createClient(server.url, () => TOKEN), {
    stdin: Readable.from([]),
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    ...more,
  });
  return { code, out, err };
}

/** A file that is sent in more than one piece. */
async function many(name: string, rows: readonly string[]): Promise<string> {
  const file = join(dir, name);
  await writeFile(file, ['\ufeffaddress,targets', ...rows].join('\r\n'));
  return file;
}

const aliases = (length: number) => Array.from({ length }, (_, i) => `x${i}@example.test,alice@example.test`);

describe('CSV on the command line', () => {
  it('makes what is in a file, however long, and shows how far it is', async () => {
    const file = await many('a.csv', aliases(1_100));
    const drawn: string[] = [];
    const terminal = { columns: 80, write: (text: string) => drawn.push(text) };
    expect(await postern(`alias import ${file}`, { terminal })).toEqual({
      code: 0,
      out: '1100 aliases made\n',
      err: '',
    });
    expect(drawn.join('')).toMatch(/% checked/);
    expect(drawn.at(-1)).toBe('\r\u001b[K');
    expect((await postern(`alias export ${dir}/b.csv`)).out).toBe(`${dir}/b.csv written\n`);
    expect((await readFile(`${dir}/b.csv`, 'utf8')).split('\r\n')).toHaveLength(1_102);
    expect((await stat(`${dir}/b.csv`)).mode & 0o777).toBe(0o600);
    expect((await postern(`alias export ${dir}/b.csv`)).err).toBe(
      `postern: ${dir}/b.csv is there already. Give a new name.\n`,
    );
    expect((await postern('alias export')).out).toBe(await readFile(`${dir}/b.csv`, 'utf8'));
  });

  it('names wrong lines by their number in the file, and makes nothing of it', async () => {
    const rows = aliases(600);
    rows[1] = '"two\n@example.test",alice@example.test';
    rows[550] = 'y@nowhere.test,alice@example.test';
    rows[590] = 'X0@example.test,alice@example.test';
    const file = await many('a.csv', rows);
    const said = await postern(`alias import ${file}`);
    expect(said).toEqual({
      code: 1,
      out: `0 aliases made

line 3: "two\n@example.test" is not a mail address: write it as name@domain.
line 553: There is no domain nowhere.test here. Add it first.
line 593: x0@example.test is in the file twice.
`,
      err: 'postern: 3 lines are wrong. Nothing was made.\n',
    });
    expect((await postern('alias list --json')).out).toBe('[]\n');
    expect(await postern(`alias import ${file} --each`)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^597 aliases made\n/),
      err: 'postern: 3 lines are wrong.\n',
    });
  });

  it('only checks with --dry-run, and prints passwords that were made once', async () => {
    await writeFile(join(dir, 'a.csv'), 'address,password\nbob@example.test,\ncarol@example.test,long enough\n');
    expect(await postern(`account import ${dir}/a.csv --dry-run`)).toEqual({
      code: 0,
      out: 'Every line is right.\n',
      err: '',
    });
    const { out } = await postern(`account import ${dir}/a.csv`);
    const password = /^2 accounts made\n\nADDRESS +PASSWORD\nbob@example\.test +(\S+)\n$/.exec(out)?.[1];
    await world.directory.authenticate('bob@example.test', password!, { service: 'imap', address: '127.0.0.1' });
    expect((await postern('account export')).out).not.toContain(password);
  });

  it('says plainly what it cannot read', async () => {
    await writeFile(join(dir, 'latin1.csv'), Buffer.from('address\n\xfc@example.test', 'latin1'));
    await writeFile(join(dir, 'open.csv'), 'address\n"a');
    await writeFile(join(dir, 'empty.csv'), '');
    await writeFile(join(dir, 'header.csv'), 'name;password\nx;y');
    const why = async (file: string) => (await postern(`account import ${dir}/${file}`)).err.replaceAll(`${dir}/`, '');
    expect(await why('latin1.csv')).toBe('postern: latin1.csv: The text is not UTF-8: save it as "CSV UTF-8".\n');
    expect(await why('open.csv')).toBe('postern: open.csv: Line 2: a quote is opened and never closed.\n');
    expect(await why('empty.csv')).toBe('postern: empty.csv is empty.\n');
    expect(await why('none.csv')).toBe('postern: There is no file none.csv.\n');
    expect(await why('header.csv')).toMatch(
      /^postern: There is no column "name;password"\. Columns, with commas between: address,/,
    );
  });
});

describe('settings', () => {
  it('are shown by area, as they are in force (PL-20)', async () => {
    await postern('settings set smtp.maxRecipients 500');
    const { out } = await postern('settings list smtp --json');
    const items = JSON.parse(out) as { key: string; value: unknown; from: string }[];
    expect(items.every(({ key }) => key.startsWith('smtp.'))).toBe(true);
    expect(items.find(({ key }) => key === 'smtp.maxRecipients')).toMatchObject({ value: 500, from: 'server' });
    expect(await postern('settings list colours')).toMatchObject({
      code: 1,
      err: expect.stringContaining('accounts, '),
    });
  });

  it('are set together, or not at all (PF-14)', async () => {
    expect(await postern('settings set accounts.imap off accounts.quota 1G -d example.test')).toEqual({
      code: 0,
      out: 'accounts.imap = false\naccounts.quota = 1073741824\n',
      err: '',
    });
    for (const wrong of ['accounts.quota much', 'no.such 1', 'smtp.maxRecipients 500']) {
      expect((await postern(`settings set accounts.imap on ${wrong} -d example.test`)).code).toBe(1);
      expect((await postern('settings get accounts.imap -d example.test')).out).toBe('false\n');
    }
    expect((await postern('settings set accounts.imap on accounts.pop3 -d example.test')).code).toBe(2);
    const put = await fetch(`${server.url}/admin/v1/settings?account=alice@example.test`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ set: { 'accounts.imap': true }, unset: ['accounts.imap'] }),
    });
    expect(put.status).toBe(400);
    await postern('settings set accounts.imap on accounts.pop3 off -a alice@example.test');
    expect(await world.directory.accounts.get('alice@example.test')).toMatchObject({ imap: true, pop3: false });
  });
});
