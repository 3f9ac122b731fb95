/** Python's imaplib, signed in to the program under TLS, with the program's certificate as the only one that is trusted. */
import { join } from 'node:path';
import { python } from './python.ts';
import type { System } from './system.ts';

/**
 * Runs a Python program that has `m`, the connection, and `ok(answer)`, which gives the data of an OK and fails at anything
 * else; `values` are in `given`. Without TCP_NODELAY the kernel holds back the end of each APPEND for 40 ms.
 */
export function imaplib(
  system: System,
  user: string,
  program: string,
  values: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const source = `
import hashlib, imaplib, re, socket, ssl
m = imaplib.IMAP4_SSL('localhost', given['port'], ssl_context=ssl.create_default_context(cafile=given['ca']), timeout=60)
m.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
def ok(answer):
    assert answer[0] == 'OK', answer
    return answer[1]
ok(m.login(given['user'], given['password']))
${program}
m.logout()`;
  const ca = join(system.home, 'tls', 'cert.pem');
  return python(source, { ...values, port: system.port('imaps'), ca, user, password: system.passwords.get(user) });
}

/** Subjects of a mailbox, each with its flags in order: `one`, `two \Flagged \Seen`. Changes nothing. */
export async function subjects(system: System, user: string, mailbox: string): Promise<readonly string[]> {
  const said = await imaplib(
    system,
    user,
    `
if ok(m.select(given['mailbox'], readonly=True)) != [b'0']:
    for part in ok(m.fetch('1:*', '(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])')):
        if isinstance(part, tuple):
            flags = [flag.decode() for flag in imaplib.ParseFlags(part[0]) if flag != b'\\\\Recent']
            print(' '.join([part[1].decode().strip()[9:]] + sorted(flags)))
`,
    { mailbox },
  );
  return said.split('\n').filter((line) => line !== '');
}

/** Empties these mailboxes and INBOX, and puts a short message for each subject into INBOX. */
export async function freshInbox(system: System, user: string, subjects: readonly string[], others: readonly string[]) {
  await imaplib(
    system,
    user,
    `
for box in given['others'] + ['INBOX']:
    if ok(m.select(box)) != [b'0']: ok(m.store('1:*', '+FLAGS.SILENT', '(\\\\Deleted)'))
    ok(m.expunge())
for subject in given['subjects']:
    ok(m.append('INBOX', None, None, b'From: x@example.org\\r\\nSubject: %s\\r\\n\\r\\nhello\\r\\n' % subject.encode()))
`,
    { subjects, others },
  );
}
