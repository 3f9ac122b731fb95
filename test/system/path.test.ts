/** A message's whole way, as other people's programs see it: Python sends it, and Python reads it. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { python } from '../support/python.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
let system: System;
let bareMs: number;
let given: Record<string, unknown>;

/** How long a program that does nothing takes, in ms. */
function startNothing(): number {
  const begin = performance.now();
  execFileSync(process.execPath, ['-e', '0']);
  return performance.now() - begin;
}

beforeAll(async () => {
  bareMs = startNothing();
  system = await startSystem();
  bareMs = Math.max(bareMs, startNothing());
  given = {
    smtp: system.port('smtp'),
    imap: system.port('imap'),
    pop3: system.port('pop3'),
    user: ALICE,
    password: system.passwords.get(ALICE),
  };
});
afterAll(() => system?.remove());

/** Makes a message of about `given['size']` bytes, and a function that takes our own trace fields off what was read. */
const COMMON = `
import hashlib, imaplib, poplib, random, smtplib, socket, threading, time
imaplib._MAXLINE = 50_000_000
poplib._MAXLINE = 100_000
r = random.Random(given['size'])
head = b'From: Someone <someone@elsewhere.test>\\r\\nTo: alice@example.test\\r\\nSubject: of %d bytes\\r\\nMessage-ID: <%d@elsewhere.test>\\r\\n\\r\\n' % (given['size'], given['size'])
def line():
    n = r.randint(1, 76)
    return (b'.' if r.random() < .1 else b'') + bytes(r.choice(b'abcdefghijklmnopqrstuvwxyz .=\\xc3\\xa9\\t') for _ in range(n)) + b'\\r\\n'
some = b''.join(line() for _ in range(200)) + b'.\\r\\n..\\r\\n\\r\\n'
message = head + some * (given['size'] // len(some) + 1)
def send():
    with smtplib.SMTP('127.0.0.1', given['smtp']) as s:
        s.ehlo()
        # sendmail() would turn line ends of its own accord; this is what it does besides.
        assert s.mail('someone@elsewhere.test', ['size=%d' % len(message), 'body=8bitmime'])[0] == 250
        assert s.rcpt(given['user'])[0] == 250
        code, text = s.data(message)
        at = time.monotonic()
        assert code == 250, (code, text)
    return at
def ours(found):
    # Whole lines in front of it, each a trace field or the continuation of one (RFC 5321 section 4.4).
    assert found.endswith(message), (len(found), len(message), found[:300], found[-80:])
    trace = found[:len(found) - len(message)]
    fields = trace.replace(b'\\r\\n\\t', b' ').replace(b'\\r\\n ', b' ').split(b'\\r\\n')
    assert fields.pop() == b''
    assert {f.split(b':')[0] for f in fields} == {b'Return-Path', b'Received'}, fields
`;

it('prints the ready line within 3 s, once, on a line of its own', () => {
  // More only on a machine that is so busy with other things that it needs long to start nothing at all.
  expect(system.readyMs).toBeLessThan(Math.max(3_000, 25 * bareMs));
  expect(system.stdout().match(/^Postern is ready$/gm)).toHaveLength(1);
  expect([...system.passwords.keys()].sort()).toEqual([ALICE, 'bob@example.test']);
});

it.each([
  { what: 'a message of 5 KB', size: 5_000, bar: 300 },
  { what: 'a message of 20 MB', size: 20_000_000, bar: 3_000 },
])('keeps $what byte by byte, from smtplib to imaplib and poplib, and tells IDLE at once', async ({ size, bar }) => {
  const said = await python(
    `${COMMON}
class Idle(threading.Thread):
    """Waits for the next EXISTS, and notes when it came."""
    def run(self):
        while True:
            text = self.f.readline()
            if b'EXISTS' in text:
                self.at = time.monotonic()
                return
            assert text, 'the connection ended'
    def begin(self):
        k = socket.create_connection(('127.0.0.1', given['imap']))
        self.f = k.makefile('rb')
        for command in (b'a LOGIN %s %s\\r\\n' % (given['user'].encode(), given['password'].encode()), b'b SELECT INBOX\\r\\n', b'c IDLE\\r\\n'):
            k.sendall(command)
            while True:
                text = self.f.readline()
                if text.startswith((command[:2], b'+ ')): break
        self.k = k
        self.start()
idle = Idle(); idle.begin()
time.sleep(.2)
sent = send()
idle.join()
m = imaplib.IMAP4('127.0.0.1', given['imap'])
m.login(given['user'], given['password'])
m.select('INBOX')
_, [numbers] = m.search(None, 'HEADER', 'Message-ID', '<%d@elsewhere.test>' % given['size'])
[number] = numbers.split()
_, [(line, found), _] = m.fetch(number, '(BODY.PEEK[] RFC822.SIZE)')
assert b'RFC822.SIZE %d' % len(found) in line or b'RFC822.SIZE %d' % len(found) in _, line
ours(found)
m.logout()
p = poplib.POP3('127.0.0.1', given['pop3'])
p.user(given['user']); p.pass_(given['password'])
_, lines, octets = p.retr(int(number))
assert b'\\r\\n'.join(lines) + b'\\r\\n' == found
assert p.list(int(number)).split()[2] == b'%d' % len(found)
p.quit()
print(int((idle.at - sent) * 1000))
`,
    { ...given, size },
  );
  const ms = Number(said);
  console.log(`from the 250 to EXISTS: ${ms} ms`);
  expect(ms).toBeLessThan(bar);
});

it('delivers what cannot be parsed as it came', async () => {
  const said = await python(
    `
import imaplib, smtplib, random
ugly = [
    b'\\x00\\x01\\xff no header at all\\r\\n',
    b': no name\\r\\n folded: at the start\\r\\nSubject\\r\\n\\r\\n\\x80\\x81\\r\\n',
    b'Content-Type: multipart/mixed; boundary="\\r\\n\\r\\n--\\r\\n----\\r\\n',
    b'Content-Type: multipart/mixed; boundary=x\\r\\n\\r\\n' + b'--x\\r\\nContent-Type: multipart/mixed; boundary=x\\r\\n\\r\\n' * 500,
    b'\\r\\n',
    b'Subject: =?utf-8?Q?=ZZ?= =?no-such-charset?B?////?=\\r\\nDate: never\\r\\nFrom: <<>>,;:\\r\\n\\r\\nx\\r\\n',
    bytes(c for c in random.Random(7).randbytes(50_000) if c not in (10, 13)) + b'\\r\\n',
]
m = imaplib.IMAP4('127.0.0.1', given['imap'])
m.login(given['user'], given['password'])
m.select('INBOX')
import time
for n, body in enumerate(ugly):
    before = int(m.select('INBOX')[1][0])
    with smtplib.SMTP('127.0.0.1', given['smtp']) as s:
        s.ehlo()
        s.mail('someone@elsewhere.test'); s.rcpt(given['user'])
        code, text = s.data(body)
        assert code == 250, (n, code, text)
    for _ in range(100):
        if int(m.select('INBOX')[1][0]) > before: break
        time.sleep(.05)
    _, [(_, found), _] = m.fetch(b'%d' % (before + 1), '(BODY.PEEK[])')
    assert found.endswith(body), (n, found[-200:])
    # What a client asks for next must have an answer, too.
    for item in ('ENVELOPE', 'BODYSTRUCTURE', 'BODY', 'BODY.PEEK[HEADER]', 'BODY.PEEK[1]', 'BODY.PEEK[TEXT]<0.10>'):
        assert m.fetch(b'%d' % (before + 1), '(%s)' % item)[0] == 'OK', (n, item)
print('all', len(ugly))
`,
    given,
  );
  expect(said).toBe('all 7\n');
});

it('takes nothing that hides in a message for commands', async () => {
  const said = await python(
    `
import imaplib, socket, time
HIDDEN = b'MAIL FROM:<ceo@example.test>\\r\\nRCPT TO:<alice@example.test>\\r\\nDATA\\r\\nSubject: smuggled\\r\\n\\r\\nboo\\r\\n.\\r\\n'
for end in (b'\\n.\\n', b'\\n.\\r\\n', b'\\r.\\r', b'\\r\\n.\\r', b'\\r\\n.\\n', b'\\r.\\r\\n', b'\\r\\n\\x00.\\r\\n', b'\\n.\\r', b'\\r\\n.\\r\\r\\n'):
    k = socket.create_connection(('127.0.0.1', given['smtp'])); k.settimeout(10); f = k.makefile('rb')
    def reply():
        while True:
            line = f.readline()
            if line[3:4] != b'-': return line
    reply()
    for command in (b'EHLO elsewhere.test\\r\\n', b'MAIL FROM:<x@elsewhere.test>\\r\\n', b'RCPT TO:<alice@example.test>\\r\\n', b'DATA\\r\\n'):
        k.sendall(command); last = reply()
    assert last.startswith(b'354'), last
    k.sendall(b'Subject: outer\\r\\n\\r\\ntext' + end + HIDDEN)
    first = reply()
    k.sendall(b'NOOP\\r\\n')
    # One message, so one reply to it: the next reply is NOOP's.
    second = reply()
    assert second.startswith(b'250'), (end, first, second)
    k.sendall(b'QUIT\\r\\n')
    third = reply()
    assert third.startswith(b'221'), (end, first, second, third)
    print(end, first[:3])
time.sleep(1)
m = imaplib.IMAP4('127.0.0.1', given['imap']); m.login(given['user'], given['password']); m.select('INBOX')
assert m.search(None, 'FROM', 'ceo')[1] == [b''] and m.search(None, 'SUBJECT', 'smuggled')[1] == [b'']
`,
    given,
  );
  expect(said.trim().split('\n')).toHaveLength(9);
});

it('discards what was sent together with STARTTLS', async () => {
  const said = await python(
    `
import socket, ssl
ctx = ssl.create_default_context(); ctx.check_hostname = False; ctx.verify_mode = ssl.CERT_NONE
for port, greet, begin, injected, after, good in (
    (given['smtp'], b'220', b'EHLO x.test\\r\\n', b'STARTTLS\\r\\nRSET\\r\\nMAIL FROM:<evil@elsewhere.test>\\r\\n', b'NOOP\\r\\n', b'250'),
    (given['imap'], b'* OK', b'', b'a STARTTLS\\r\\nb CREATE evil\\r\\n', b'c NOOP\\r\\n', b'c OK'),
    (given['pop3'], b'+OK', b'', b'STLS\\r\\nUSER evil\\r\\n', b'NOOP\\r\\n', None),
):
    k = socket.create_connection(('127.0.0.1', port)); k.settimeout(10)
    assert k.recv(4096).startswith(greet)
    if begin:
        k.sendall(begin); k.recv(4096)
    k.sendall(injected)
    k.recv(4096)
    t = ctx.wrap_socket(k)
    t.sendall(after)
    said = t.recv(4096)
    # The first thing said under TLS answers the first thing asked under TLS.
    if good: assert said.startswith(good), said
    else: assert said.startswith(b'-ERR') and said.count(b'\\r\\n') == 1, said
    print('ok')
`,
    given,
  );
  expect(said).toBe('ok\nok\nok\n');
});
