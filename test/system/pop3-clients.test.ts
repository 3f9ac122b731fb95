import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectionLimits } from '../../adapters/net/limits.ts';
import { type Listener, listen } from '../../adapters/net/listener.ts';
import { openTlsStore, type TlsStore } from '../../adapters/net/tls.ts';
import type { Account } from '../../mail/account/types.ts';
import { indexMessage, summarize } from '../../mail/message/index.ts';
import { createPop3Server } from '../../mail/pop3/server.ts';
import { silentLog } from '../support/memory.ts';
import { SkippingClock } from '../support/skipping-clock.ts';
import { adminWorld } from '../unit/admin-support.ts';

const run = promisify(execFile);
const PASSWORD = 'pass word with spaces';

const MESSAGES = [
  'Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n',
  `Subject: 8 bits\r\n\r\n${'\xe4\xff\x00'.repeat(50)}\r\n`,
  `Subject: long\r\n\r\n${'0123456789abcdef.\r\n.'.repeat(100_000)}\r\n`,
  ...Array.from({ length: 200 }, (_, i) => `Subject: ${i}\r\n\r\n${'x'.repeat(i)}\r\n`),
].map((text) => Buffer.from(text, 'latin1'));

let listener: Listener;
let tls: TlsStore;
let dir: string;
let account: Account;

beforeAll(async () => {
  const { directory, accounts, ports } = adminWorld();
  await directory.domains.add('example.test');
  const { id } = await directory.accounts.add('alice@example.test', PASSWORD);
  account = await accounts.open(id);
  const blobs = await Promise.all(MESSAGES.map((bytes) => ports.blobs.put('raw', bytes, { owners: 1 })));
  await account.write((draft) => {
    const inbox = draft.mailboxNamed('INBOX')!.id;
    for (const [i, bytes] of MESSAGES.entries()) {
      const { name: blob, size } = blobs[i]!;
      draft.add({ mailboxes: [inbox], blob, size, date: 0, flags: [], summary: summarize(indexMessage(bytes)) });
    }
  });
  dir = await mkdtemp(join(tmpdir(), 'postern-pop3-'));
  tls = await openTlsStore({ dir, names: ['localhost'], log: silentLog });
  const pop3 = createPop3Server({
    directory,
    accounts,
    blobs: ports.blobs,
    clock: new SkippingClock(),
    log: silentLog,
    hostname: 'mail.example.test',
    startTls: true,
  });
  listener = await listen({
    name: 'pop3',
    host: '127.0.0.1',
    port: 0,
    protocol: pop3,
    limits: new ConnectionLimits(),
    log: silentLog,
    tls,
  });
});

afterAll(async () => {
  await listener.close(2_000);
  tls.close();
  await rm(dir, { recursive: true });
});

const POPLIB = `
import hashlib, poplib, ssl, sys
port, start_tls, delete = int(sys.argv[1]), sys.argv[2] == 'tls', sys.argv[3:]
pop = poplib.POP3('127.0.0.1', port, timeout=20)
if start_tls:
    context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
    pop.stls(context)
assert 'UIDL' in pop.capa()
pop.user('alice@example.test'); pop.pass_('${PASSWORD}')
count, size = pop.stat()
sizes = [int(line.split()[1]) for line in pop.list()[1]]
assert sum(sizes) == size and len(sizes) == count
assert len(set(line.split()[1] for line in pop.uidl()[1])) == count
for n in range(1, count + 1):
    body = b''.join(line + b'\\r\\n' for line in pop.retr(n)[1])
    assert len(body) == sizes[n - 1], n
    print(hashlib.sha256(body).hexdigest())
assert pop.top(1, 1)[1] == [b'Subject: dots', b'', b'.'], pop.top(1, 1)
for n in delete: pop.dele(int(n))
pop.quit()
`;

const digests = (messages: readonly Buffer[]) =>
  messages.map((bytes) => createHash('sha256').update(bytes).digest('hex'));

const poplib = async (...args: string[]) =>
  (await run('python3', ['-c', POPLIB, String(listener.port), ...args])).stdout.trim().split('\n');

describe('clients that are not ours', () => {
  it('poplib reads every message as it is, in the clear and under STLS', async () => {
    expect(await poplib('clear')).toEqual(digests(MESSAGES));
    expect(await poplib('tls')).toEqual(digests(MESSAGES));
  });

  it('curl lists and reads', async () => {
    const curl = async (path: string, ...more: string[]) => {
      const url = `pop3://127.0.0.1:${listener.port}/${path}`;
      const args = ['-sS', '--user', `alice@example.test:${PASSWORD}`, ...more, url];
      return (await run('curl', args, { encoding: 'latin1', maxBuffer: 16 << 20 })).stdout;
    };
    expect((await curl('')).trim().split('\r\n')).toHaveLength(MESSAGES.length);
    for (const n of [1, 2, 3]) {
      const read = await curl(String(n), '--insecure', '--ssl-reqd');
      expect(read === MESSAGES[n - 1]!.toString('latin1')).toBe(true);
    }
    expect(await curl('1', '--login-options', 'AUTH=PLAIN')).toBe(MESSAGES[0]!.toString('latin1'));
  });

  it('poplib deletes with QUIT', async () => {
    await poplib('tls', '2', '4');
    const state = await account.refresh();
    expect(state.mailboxNamed('INBOX')!.messages).toBe(MESSAGES.length - 2);
    expect(await poplib('clear')).toEqual(digests(MESSAGES.filter((_, i) => i !== 1 && i !== 3)));
  });
});
