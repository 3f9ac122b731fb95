/** A reply goes out: by the recipient's MX, by a smarthost, or comes back as a report; all of it through the running program. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { selfSigned } from '../../adapters/net/certificate.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { postern } from '../support/postern.ts';
import { python } from '../support/python.ts';
import { type SmtpPeer, startSmtpPeer } from '../support/smtp-peer.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
const BOB = 'bob@example.test';
const RELAY_LOGIN = { user: 'relay-user', password: 'relay password 1' };

let folder: string;
let dns: DnsServer;
let world: SmtpPeer;
let smarthost: SmtpPeer;
let system: System;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-outbound-'));
  const certificate = selfSigned(['localhost'], Date.now() - 60_000, Date.now() + 3_600_000);
  await writeFile(join(folder, 'ca.pem'), certificate.cert);
  dns = await startDnsServer({
    'elsewhere.test': { MX: [[10, 'mx.elsewhere.test']] },
    'mx.elsewhere.test': { A: ['127.0.0.1'] },
    // No MX: its address is where its mail goes (RFC 5321 section 5.1).
    'plain.test': { A: ['127.0.0.1'] },
    localhost: { A: ['127.0.0.1'] },
  });
  world = await startSmtpPeer({
    reply: (command, _session, nth) => {
      if (/^RCPT TO:<nobody@/.test(command)) return '550 5.1.1 No such user here';
      if (/^RCPT TO:<later@/.test(command) && nth > 0) return '451 4.2.0 Not now';
      return undefined;
    },
  });
  smarthost = await startSmtpPeer({ tls: certificate, auth: RELAY_LOGIN });
  system = await startSystem({
    env: {
      POSTERN_RESOLVER: dns.address,
      POSTERN_MX_PORT: String(world.port),
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    },
  });
});
afterAll(async () => {
  await system?.remove();
  await Promise.all([dns, world, smarthost].map((one) => one?.close()));
  await rm(folder, { recursive: true, force: true });
});

/** Submits a message with Python over STARTTLS, signed in. */
function submit(from: string, to: readonly string[], subject: string, size = 2_000): Promise<string> {
  return python(
    `
import smtplib, ssl
ctx = ssl.create_default_context(cafile=given['ca'])
text = 'From: <%s>\\r\\nTo: %s\\r\\nSubject: %s\\r\\nMessage-ID: <%s@example.test>\\r\\n\\r\\n' % (given['from'], ', '.join(given['to']), given['subject'], given['subject'])
with smtplib.SMTP('localhost', given['port']) as s:
    s.starttls(context=ctx)
    s.login(given['from'], given['password'])
    s.sendmail(given['from'], given['to'], text + '.leading dot\\r\\n' + 'a line of a reply\\r\\n' * (given['size'] // 19))
`,
    {
      ca: join(system.home, 'tls', 'cert.pem'),
      port: system.port('submission'),
      password: system.passwords.get(from),
      from,
      to,
      subject,
      size,
    },
  );
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not come\n${system.stderr()}`);
}

const arrived = (peer: SmtpPeer, subject: string) =>
  until(() => peer.messages.find(({ bytes }) => bytes.toString('latin1').includes(`Subject: ${subject}\r\n`)));

it.each([
  { how: 'the MX of its domain', to: 'carol@elsewhere.test', size: 2_000 },
  { how: 'the address of a domain without MX', to: 'dora@plain.test', size: 2_000 },
  { how: 'the MX, with 20 MB', to: 'carol@elsewhere.test', size: 20_000_000 },
])('sends a reply to $how', async ({ to, size }) => {
  const subject = `mx-${to}-${size}`;
  await submit(ALICE, [to], subject, size);
  const { from, to: recipients, bytes } = await arrived(world, subject);
  expect({ from, recipients }).toEqual({ from: ALICE, recipients: [to] });
  expect(bytes.length).toBeGreaterThan(size);
  const text = bytes.toString('latin1');
  expect(text.endsWith(`\r\n\r\n.leading dot\r\n${'a line of a reply\r\n'.repeat(Math.floor(size / 19))}`)).toBe(true);
  expect(text).not.toMatch(/^Return-Path:/im);
});

it('files a copy for a local recipient, and sends the other', async () => {
  await submit(ALICE, [BOB, 'carol@elsewhere.test'], 'both');
  expect((await arrived(world, 'both')).to).toEqual(['carol@elsewhere.test']);
  await until(async () => (await subjects(BOB)).find((subject) => subject === 'both'));
});

it('sends by a smarthost, signed in under TLS, where the domain says so', async () => {
  const routes = [{ kind: 'smarthost', host: 'localhost', port: smarthost.port, tls: 'required', ...RELAY_LOGIN }];
  const cli = postern(system);
  const set = await cli('settings', 'set', 'outbound.routes', JSON.stringify(routes), '--domain', 'example.test');
  expect(set).toMatchObject({ code: 0, stderr: '' });
  try {
    await submit(ALICE, ['carol@elsewhere.test'], 'smart');
    const message = await arrived(smarthost, 'smart');
    expect(message).toMatchObject({
      from: ALICE,
      to: ['carol@elsewhere.test'],
      secure: true,
      authenticated: true,
    });
    expect(world.messages.some(({ bytes }) => bytes.includes('Subject: smart\r\n'))).toBe(false);
  } finally {
    await cli('settings', 'set', 'outbound.routes', '[{"kind":"mx"}]', '--domain', 'example.test');
  }
});

it('returns a report that Python understands when the other side refuses', async () => {
  await submit(ALICE, ['nobody@elsewhere.test'], 'refused');
  const report = await until(async () => {
    const said = await python(
      `
import email, email.policy, imaplib, json
m = imaplib.IMAP4('127.0.0.1', given['imap']); m.login(given['user'], given['password']); m.select('INBOX')
_, [numbers] = m.search(None, 'HEADER', 'Content-Type', 'multipart/report')
for n in numbers.split():
    raw = m.fetch(n, '(BODY.PEEK[])')[1][0][1]
    msg = email.message_from_bytes(raw, policy=email.policy.default)
    parts = list(msg.iter_parts())
    status = [dict(b.items()) for b in parts[1].get_payload()]
    print(json.dumps({'from': str(msg['from']), 'to': str(msg['to']), 'auto': str(msg['auto-submitted']),
        'type': msg.get_content_type(), 'report': msg.get_param('report-type'), 'parts': [p.get_content_type() for p in parts],
        'status': status, 'text': parts[0].get_content(), 'original': parts[2].as_string(),
        'defects': [str(d) for p in msg.walk() for d in p.defects]}))
`,
      { imap: system.port('imap'), user: ALICE, password: system.passwords.get(ALICE) },
    );
    return said === '' ? undefined : (JSON.parse(said.trim().split('\n').at(-1)!) as Record<string, unknown>);
  });
  expect(report).toMatchObject({
    auto: expect.stringMatching(/^auto-/),
    type: 'multipart/report',
    report: 'delivery-status',
    defects: [],
  });
  expect(report.to).toContain(ALICE);
  expect(report.parts).toEqual([
    'text/plain',
    'message/delivery-status',
    expect.stringMatching(/^(message\/rfc822|text\/rfc822-headers)$/),
  ]);
  const [whole, recipient] = report.status as Record<string, string>[];
  expect(whole).toHaveProperty('Reporting-MTA', 'dns; mail.example.test');
  expect(recipient).toMatchObject({
    'Final-Recipient': 'rfc822; nobody@elsewhere.test',
    Action: 'failed',
    Status: '5.1.1',
    'Diagnostic-Code': expect.stringMatching(/^smtp; 550 5\.1\.1 No such user here/),
  });
  expect(report.original).toContain('refused');
});

it('keeps what is refused for now, shows it, and sends it when told to', async () => {
  await submit(ALICE, ['later@elsewhere.test'], 'waits');
  const cli = postern(system);
  const entry = await until(async () => {
    const { stdout } = await cli('queue', 'list', '--json');
    const all = JSON.parse(stdout) as readonly { id: string; state: string; attempts: number; until: number }[];
    return all.find(({ state }) => state === 'deferred');
  });
  expect(entry.attempts).toBe(1);
  // The first retry is 15 minutes later, give or take.
  expect(entry.until - Date.now()).toBeGreaterThan(10 * 60_000);
  expect(entry.until - Date.now()).toBeLessThan(20 * 60_000);
  const shown = await cli('queue', 'show', entry.id);
  expect(shown.stdout).toContain('451 4.2.0 Not now');
  expect(await cli('queue', 'retry', entry.id)).toMatchObject({ code: 0 });
  await until(async () => {
    const { stdout } = await cli('queue', 'list', '--json');
    const [same] = JSON.parse(stdout) as readonly { attempts: number; state: string }[];
    return same?.attempts === 2 && same.state === 'deferred' ? same : undefined;
  });
  expect(await cli('queue', 'remove', entry.id)).toMatchObject({ code: 0 });
  expect(JSON.parse((await cli('queue', 'list', '--json')).stdout)).toEqual([]);
});

it('lets nobody send in the name of another, nor relay without signing in', async () => {
  const said = await python(
    `
import smtplib, ssl
ctx = ssl.create_default_context(cafile=given['ca'])
with smtplib.SMTP('localhost', given['smtp']) as s:
    s.ehlo(); s.mail('x@elsewhere.test'); print(s.rcpt('carol@elsewhere.test')[0])
with smtplib.SMTP('localhost', given['submission']) as s:
    s.ehlo(); print(s.mail(given['user'])[0])
with smtplib.SMTP('localhost', given['submission']) as s:
    s.starttls(context=ctx); s.login(given['user'], given['password'])
    print(s.mail('bob@example.test')[0] // 100)
`,
    {
      ca: join(system.home, 'tls', 'cert.pem'),
      smtp: system.port('smtp'),
      submission: system.port('submission'),
      user: ALICE,
      password: system.passwords.get(ALICE),
    },
  );
  expect(said).toBe('550\n530\n5\n');
});

async function subjects(user: string): Promise<readonly string[]> {
  const said = await python(
    `
import imaplib, re
m = imaplib.IMAP4('127.0.0.1', given['imap']); m.login(given['user'], given['password']); m.select('INBOX')
for part in m.fetch('1:*', '(BODY.PEEK[HEADER.FIELDS (SUBJECT)])')[1]:
    if isinstance(part, tuple): print(re.sub('^Subject: ', '', part[1].decode().strip()))
`,
    { imap: system.port('imap'), user, password: system.passwords.get(user) },
  );
  return said.split('\n');
}
