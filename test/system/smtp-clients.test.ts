import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { localClock, localRandom } from '../../adapters/local/index.ts';
import { ConnectionLimits } from '../../adapters/net/limits.ts';
import { type Listener, listen } from '../../adapters/net/listener.ts';
import { openTlsStore, type TlsStore } from '../../adapters/net/tls.ts';
import { createSmtpServer } from '../../mail/smtp/server.ts';
import { silentLog } from '../support/memory.ts';
import { smallDirectory, type Taken } from '../support/smtp.ts';

const run = promisify(execFile);
let home: string;
let tls: TlsStore;
let mx: Listener;
let submission: Listener;
let submissions: Listener;
const taken: Taken[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'smtp-'));
  tls = await openTlsStore({ dir: join(home, 'tls'), names: ['localhost'], log: silentLog });
  const server = (profile: 'mx' | 'submission') =>
    createSmtpServer({
      profile,
      hostname: 'mail.example.test',
      directory: smallDirectory(),
      accept: async (mail, source) => {
        const chunks: Uint8Array[] = [];
        if (source instanceof Uint8Array) chunks.push(source);
        else for await (const chunk of source) chunks.push(chunk);
        taken.push({ mail, bytes: Buffer.concat(chunks) });
      },
      clock: localClock,
      random: localRandom,
      log: silentLog,
    });
  const limits = new ConnectionLimits();
  const at = (name: string, profile: 'mx' | 'submission', implicitTls = false) =>
    listen({ name, host: '127.0.0.1', port: 0, protocol: server(profile), limits, log: silentLog, tls, implicitTls });
  mx = await at('smtp', 'mx');
  submission = await at('submission', 'submission');
  submissions = await at('submissions', 'submission', true);
});
afterAll(async () => {
  await Promise.all([mx, submission, submissions].map((listener) => listener.close(1_000)));
  tls.close();
  await rm(home, { recursive: true });
});
beforeEach(() => {
  taken.length = 0;
});

/** Runs a Python program with a TLS context `ctx` and the ports as globals; gives what it printed. */
async function python(program: string): Promise<string> {
  const file = join(home, 'client.py');
  await writeFile(
    file,
    [
      'import base64, smtplib, ssl',
      `ctx = ssl.create_default_context(cafile=${JSON.stringify(join(home, 'tls', 'cert.pem'))})`,
      `MX, SUBMISSION, SUBMISSIONS = ${mx.port}, ${submission.port}, ${submissions.port}`,
      program,
    ].join('\n'),
  );
  return (await run('python3', [file])).stdout;
}

it('takes a message of 5 KB over STARTTLS from smtplib, byte by byte', async () => {
  await python(`
text = ('Subject: five\\r\\n\\r\\n' + 'hello\\r\\n.lead\\r\\n..two\\r\\n.\\r\\n' * 200).encode()
with smtplib.SMTP('localhost', MX) as s:
    s.starttls(context=ctx)
    assert s.sendmail('x@y.test', ['alice@example.test', 'bob@example.test'], text) == {}
`);
  const [one] = taken;
  expect(one!.bytes.toString('latin1')).toMatch(/with ESMTPS id/);
  expect(
    one!.bytes.toString('latin1').endsWith(`Subject: five\r\n\r\n${'hello\r\n.lead\r\n..two\r\n.\r\n'.repeat(200)}`),
  ).toBe(true);
  expect(one!.mail.groups[0]!.deliveries).toHaveLength(2);
});

it('takes a submission of 20 MB under implicit TLS, and refuses one that is too large', async () => {
  const said = await python(`
line = b'x' * 76 + b'\\r\\n'
with smtplib.SMTP_SSL('localhost', SUBMISSIONS, context=ctx) as s:
    s.ehlo()
    code, _ = s.docmd('AUTH', 'PLAIN ' + base64.b64encode('\\0alice@example.test\\0gr\\u00fcn und lang'.encode()).decode())
    assert code == 235, code
    s.sendmail('alice@example.test', ['far@elsewhere.test'], b'Subject: big\\r\\n\\r\\n' + line * 270000)
    try:
        s.sendmail('alice@example.test', ['bob@example.test'], line * 600000)
    except smtplib.SMTPSenderRefused as e:
        print(e.smtp_code)
    print(s.noop()[0])
`);
  expect(said.trim().split('\n')).toEqual(['552', '250']);
  expect(taken).toHaveLength(1);
  expect(taken[0]!.bytes.length).toBeGreaterThan(270_000 * 78);
  expect(taken[0]!.mail.groups[0]!.relay).toEqual(['far@elsewhere.test']);
});

it('tells smtplib which recipients are refused, and why', async () => {
  const said = await python(`
with smtplib.SMTP('localhost', MX) as s:
    print(s.sendmail('x@y.test', ['alice@example.test', 'nobody@example.test', 'a@elsewhere.test'], 'hi'))
`);
  expect(said).toContain("'nobody@example.test': (550, b'5.1.1");
  expect(said).toContain("'a@elsewhere.test': (550, b'5.7.1");
  expect(taken).toHaveLength(1);
});

it('understands swaks, pipelining and signing in', async () => {
  const swaks = (...args: string[]) =>
    run('swaks', ['--server', '127.0.0.1', '--from', 'alice@example.test', '--to', 'bob@example.test', ...args]);
  await swaks('--port', String(mx.port), '--pipeline', '-tls');
  for (const mechanism of ['PLAIN', 'LOGIN']) {
    await swaks(
      '--port',
      String(submission.port),
      '-tls',
      '-a',
      mechanism,
      '-au',
      'alice@example.test',
      '-ap',
      'grün und lang',
    );
  }
  await expect(swaks('--port', String(submission.port), '-tls')).rejects.toMatchObject({
    stdout: expect.stringContaining('530 5.7.0 Authentication required'),
  });
  await expect(
    swaks('--port', String(submission.port), '-a', 'PLAIN', '-au', 'alice@example.test', '-ap', 'x'),
  ).rejects.toThrow();
  expect(taken.map(({ mail }) => mail.via)).toEqual(['mx', 'submission', 'submission']);
});
