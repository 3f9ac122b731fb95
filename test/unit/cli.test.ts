import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
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
});
afterEach(async () => {
  await server.close(1_000);
  await rm(dir, { recursive: true });
});

async function postern(line: string | string[], stdin = '', more: Partial<Streams> = {}) {
  let out = '';
  let err = '';
  const code = await main(Array.isArray(line) ? line : line.split(' '), () => createClient(server.url, () => TOKEN), {
    stdin: Readable.from([Buffer.from(stdin)]),
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

const withAccounts = async () => {
  await postern('domain add example.test');
  await postern('account add alice@example.test --password-stdin', 'long enough\nignored');
};

describe('the command line', () => {
  it('ends with 0, 1 or 2, and one plain line where it is refused', async () => {
    expect(await postern('domain add example.test')).toEqual({ code: 0, out: 'example.test added\n', err: '' });
    expect(await postern('domain add example.test')).toEqual({
      code: 1,
      out: '',
      err: 'postern: example.test is here already.\n',
    });
    expect((await postern('domain show nowhere.test')).err).toBe(
      'postern: There is no domain nowhere.test here. Add it first.\n',
    );
    for (const wrong of [
      '',
      'nothing',
      'domain',
      'domain add',
      'domain add a b',
      'domain list --what',
      'account set a x=1',
    ]) {
      const { code, out, err } = await postern(wrong.split(' ').filter((word) => word !== ''));
      expect({ wrong, code, out }).toEqual({ wrong, code: 2, out: '' });
      expect(err).toMatch(/^postern: /);
    }
    expect((await postern('--help')).out).toContain('account add ADDRESS');
    expect(await postern('account --help')).toMatchObject({
      code: 0,
      out: expect.stringContaining('postern account list [--domain D]'),
    });
    expect(await postern('queue list --help')).toMatchObject({
      code: 0,
      out: expect.stringContaining('Usage: postern'.slice(7)),
    });
  });

  it('asks before it destroys, where somebody is there to ask', async () => {
    await withAccounts();
    const asked: string[] = [];
    const answer = (said: string) => ({
      ask: async (question: string) => {
        asked.push(question);
        return said;
      },
    });
    const remove = 'account remove alice@example.test';
    for (const said of ['', 'n', 'yesterday']) {
      expect(await postern(remove, '', answer(said))).toEqual({
        code: 1,
        out: '',
        err: 'postern: Nothing was changed.\n',
      });
    }
    expect(asked[0]).toBe('Remove the account alice@example.test and erase all of its mail? [y/N] ');
    expect((await postern('account show alice@example.test', '', answer('n'))).code).toBe(0);
    expect((await postern(remove, '', answer(' Yes '))).code).toBe(0);
    expect(asked).toHaveLength(4);
    expect((await postern('domain remove example.test -y', '', answer('n'))).code).toBe(0);
    expect(asked).toHaveLength(4);
  });

  it('is as narrow as the terminal', async () => {
    await withAccounts();
    for (const line of (await postern('settings list', '', { columns: 60 })).out.split('\n'))
      expect(line.length).toBeLessThanOrEqual(60);
  });

  it('says in one line what is a bug', async () => {
    const broken = () => {
      throw new TypeError('x is not\na function');
    };
    let err = '';
    const streams = { stdin: Readable.from([]), stdout: () => undefined, stderr: (text: string) => (err += text) };
    expect(await main(['domain', 'list'], broken, streams)).toBe(1);
    expect(err).toMatch(
      /^postern: This is a bug in postern: TypeError: x is not a function \(.*cli\.test\.ts:\d+\)\.\n$/,
    );
  });

  it('prints JSON that programs read', async () => {
    await withAccounts();
    expect(JSON.parse((await postern('account list --json')).out)).toMatchObject([
      { address: 'alice@example.test', pop3: true },
    ]);
    expect(JSON.parse((await postern('domain list --json')).out)).toMatchObject([{ domain: 'example.test' }]);
    expect(JSON.parse((await postern('status --json')).out)).toMatchObject({
      version: '0.1.0',
      listeners: [{ port: 10025 }],
    });
    expect(JSON.parse((await postern('queue list --json')).out)).toEqual([]);
    expect(JSON.parse((await postern('settings get smtp.maxMessageSize --json')).out)).toMatchObject({
      value: 41943040,
    });
  });

  it('makes and changes accounts, with the password from stdin, from an option, or made', async () => {
    await withAccounts();
    const signIn = (password: string) =>
      world.directory.authenticate('alice@example.test', password, { service: 'imap', address: '127.0.0.1' });
    await signIn('long enough');
    await postern(['account', 'password', 'alice@example.test', '--password', 'another one']);
    await signIn('another one');
    const made = /^password: (\S+)$/m.exec((await postern('account password alice@example.test')).out)?.[1];
    await signIn(made!);
    expect((await postern('account set alice@example.test quota=2G pop3=off displayName=Alice')).out).toMatch(
      /quota\s+2G/,
    );
    expect((await postern('account show alice@example.test')).out).toMatch(/pop3\s+off/);
    expect((await postern('account add b@example.test --password short')).err).toBe(
      'postern: A password has at least 8 characters.\n',
    );
    expect((await postern('account add b@example.test --password longenough --quota 5G')).code).toBe(0);
    expect((await postern('account list --domain example.test')).out.split('\n')).toHaveLength(4);
    expect((await postern('account remove b@example.test')).code).toBe(0);
  });

  it('keeps aliases and settings', async () => {
    await withAccounts();
    await postern('alias add team@example.test alice@example.test x@elsewhere.example');
    expect((await postern('alias list')).out).toContain('alice@example.test, x@elsewhere.example');
    expect((await postern('alias remove team@example.test')).code).toBe(0);
    const routes = '[{"kind":"smarthost","host":"relay.test","port":587,"tls":"required"}]';
    expect((await postern(['settings', 'set', 'outbound.routes', routes, '--domain', 'example.test'])).code).toBe(0);
    expect(JSON.parse((await postern('settings get outbound.routes --domain example.test')).out)).toEqual(
      JSON.parse(routes),
    );
    expect((await postern('settings set accounts.pop3 off')).out).toBe('accounts.pop3 = false\n');
    expect((await postern('settings get accounts.pop3 --account alice@example.test')).out).toBe('false\n');
    expect((await postern('settings unset accounts.pop3')).out).toBe('accounts.pop3 = true (default)\n');
    expect((await postern('settings set smtp.maxRecipients many')).code).toBe(1);
  });

  it('steers the queue', async () => {
    await withAccounts();
    await world.enqueue('x@elsewhere.example');
    const id = JSON.parse((await postern('queue list --json')).out)[0].id as string;
    expect((await postern('queue list')).out).toContain('x@elsewhere.example');
    expect((await postern(`queue show ${id}`)).out).toMatch(/state\s+ready/);
    expect(await postern(`queue hold ${id} missing`)).toEqual({
      code: 1,
      out: `${id} is held\n`,
      err: 'postern: There is no queue entry missing\n',
    });
    expect((await postern('trace --to x@elsewhere.example --since 1970-01-02')).out).toContain(id);
    expect((await postern('trace nothing')).code).toBe(1);
    const [entry] = (await world.deps.queue.list({})).entries;
    const verdict = { code: 451, enhanced: '4.2.0', text: 'come again', remote: 'mx[192.0.2.1]', at: 0 };
    const outcome = { recipient: 'x@elsewhere.example', kind: 'deferred' as const, verdict };
    await world.attempts.record({ ...entry!, attempts: 3 }, [outcome]);
    expect((await postern(`trace ${entry!.job}`)).out).toMatch(
      /Sent:\n.*\n.* 3 .*x@elsewhere\.example +deferred +mx\[192\.0\.2\.1\]: 451 4\.2\.0 come again/,
    );
    expect((await postern(`queue release ${id}`)).code).toBe(0);
    expect((await postern(`queue remove ${id}`)).code).toBe(0);
    expect((await postern('queue list')).out).toBe('The queue is empty.\n');
  });

  it('sends what is on stdin', async () => {
    await withAccounts();
    const sent = await postern(
      'send --from x@elsewhere.example --to alice@example.test --to postmaster@example.test',
      'Subject: x\n\nHi\n',
    );
    expect(sent.out).toMatch(/^queued as [a-z2-7]{16}\n$/);
    const [job] = await world.ports.queues.deliver.receive({ max: 1, visibility: 30, waitSeconds: 0 });
    expect(JSON.parse(job!.body).deliveries).toHaveLength(1);
  });
});

const messages = async (name: string) => {
  const account = await world.accounts.open((await world.directory.accounts.get('alice@example.test')).id);
  const state = await account.refresh();
  const mailbox = state.mailboxNamed(name);
  if (mailbox === undefined) return [];
  const rows = state.rows(mailbox.id);
  const found = [];
  for (let i = 0; i < rows.length; i++) {
    const email = (await account.emails([rows.email(i)])).get(rows.email(i))!;
    const text = Buffer.from(await world.ports.blobs.get(email.blob)).toString('latin1');
    found.push({ text, flags: rows.flags(i).list, date: rows.date(i) });
  }
  return found;
};

describe('import and export', () => {
  it('reads an mbox', async () => {
    await withAccounts();
    const mbox = [
      'From alice@example.test Thu Jan  1 00:00:10 2015',
      'Subject: one',
      'Status: RO',
      'X-Status: F',
      '',
      '>From here on',
      '>>From there',
      'text',
      'From within a paragraph is no new message',
      '',
      'From bob Fri Jan  2 00:00:00 2015 +0100',
      'Subject: two',
      '',
      'last line without end',
    ].join('\n');
    await writeFile(join(dir, 'old.mbox'), mbox);
    expect(await postern(`import alice@example.test ${dir}/old.mbox --mailbox Old`)).toMatchObject({
      code: 0,
      out: '2 messages imported\n',
    });
    expect(await messages('Old')).toEqual([
      {
        text: 'Subject: one\r\nStatus: RO\r\nX-Status: F\r\n\r\nFrom here on\r\n>From there\r\ntext\r\nFrom within a paragraph is no new message\r\n',
        flags: ['\\Flagged', '\\Seen'],
        date: Date.UTC(2015, 0, 1, 0, 0, 10),
      },
      { text: 'Subject: two\r\n\r\nlast line without end', flags: [], date: Date.UTC(2015, 0, 1, 23) },
    ]);
  });

  it('reads a Maildir with its folders', async () => {
    await withAccounts();
    for (const each of ['cur', 'new', '.Sent.2015/cur', '.Sent.2015/new'])
      await mkdir(join(dir, each), { recursive: true });
    await writeFile(join(dir, 'cur/1.a:2,RS'), 'Subject: a\n\n');
    await writeFile(join(dir, 'new/2.b'), 'Subject: b\n\n');
    await writeFile(join(dir, '.Sent.2015/cur/3.c:2,S'), 'Subject: c\n\n');
    await utimes(join(dir, 'cur/1.a:2,RS'), 1_000, 1_000);
    expect((await postern(`import alice@example.test ${dir}`)).out).toBe('3 messages imported\n');
    expect(await messages('INBOX')).toMatchObject([
      { flags: ['\\Answered', '\\Seen'], date: 1_000_000 },
      { flags: [] },
    ]);
    expect(await messages('Sent/2015')).toMatchObject([{ text: 'Subject: c\r\n\r\n' }]);
  });

  it('exports what import takes back, byte for byte, with flags and dates', async () => {
    await withAccounts();
    const mbox = Array.from(
      { length: 30 },
      (_, i) => `From a Thu Jan  1 00:00:${10 + i} 2015\nStatus: R\n\n${'.\n'.repeat(i)}\n`,
    ).join('');
    await writeFile(join(dir, 'm.mbox'), mbox);
    await postern(`import alice@example.test ${dir}/m.mbox`);
    await postern(['import', 'alice@example.test', `${dir}/m.mbox`, '--mailbox', 'A: b/..c/ü']);
    const before = [await messages('INBOX'), await messages('A: b/..c/ü')];
    expect(await postern(`export alice@example.test ${dir}/out`)).toMatchObject({
      code: 0,
      out: `60 messages exported to ${dir}/out\n`,
    });
    expect((await readdir(`${dir}/out/A%3A b/%2E.c/ü`)).length).toBe(31);
    expect((await stat(`${dir}/out/INBOX/1.eml`)).mtimeMs).toBe(before[0]![0]!.date);
    expect(await readFile(`${dir}/out/INBOX/30.eml`, 'latin1')).toBe(before[0]![29]!.text);
    expect((await postern(`export alice@example.test ${dir}/out`)).err).toContain('is not empty');
    await postern('account remove alice@example.test');
    await postern('account add alice@example.test');
    expect((await postern(`import alice@example.test ${dir}/out`)).code).toBe(0);
    expect([await messages('INBOX'), await messages('A: b/..c/ü')]).toEqual(before);
  });

  it('says what is not there', async () => {
    await withAccounts();
    await writeFile(join(dir, 'x'), 'not mail');
    expect((await postern(`import alice@example.test ${dir}/none`)).err).toContain('There is no file or folder');
    expect((await postern(`import alice@example.test ${dir}/x`)).err).toContain('has no messages');
    expect((await postern(`import bob@example.test ${dir}/x`)).code).toBe(1);
    expect((await postern(`export bob@example.test ${dir}/y`)).err).toBe(
      'postern: There is no account bob@example.test.\n',
    );
  });
});

describe('the program', () => {
  const run = (args: string[], env: Record<string, string>) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      // With whatever Node the machine has: the program finds its own.
      const path = (process.env.PATH ?? '').split(':').filter((each) => !each.includes('node_modules'));
      execFile(
        'node',
        ['bin/postern.mjs', ...args],
        { env: { ...process.env, ...env, PATH: path.join(':') } },
        (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
      );
    });

  it('finds the server and its token by the environment', async () => {
    await writeFile(join(dir, 'admin-token'), `${TOKEN}\n`, { mode: 0o600 });
    const env = { POSTERN_URL: server.url, POSTERN_HOME: dir, POSTERN_TOKEN: '' };
    expect(await run(['domain', 'add', 'example.test'], { ...env, POSTERN_TOKEN: TOKEN })).toEqual({
      code: 0,
      out: 'example.test added\n',
      err: '',
    });
    expect((await run(['domain', 'list'], env)).out).toContain('example.test');
    expect(await run(['domain', 'list'], { ...env, POSTERN_TOKEN: 'wrong' })).toMatchObject({ code: 1, out: '' });
    const gone = await run(['domain', 'list'], { ...env, POSTERN_URL: 'http://127.0.0.1:9' });
    expect(gone.err).toBe(
      'postern: Postern does not answer at http://127.0.0.1:9 (nothing listens there). Start it, or set POSTERN_URL.\n',
    );
  });
});
