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
