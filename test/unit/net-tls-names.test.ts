import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../../adapters/net/certificate.ts';
import { ConnectionLimits } from '../../adapters/net/limits.ts';
import { type Listener, listen } from '../../adapters/net/listener.ts';
import { openTlsStore, type TlsStore } from '../../adapters/net/tls.ts';
import { openTlsNames, type TlsNames } from '../../adapters/net/tls-names.ts';
import type { Log } from '../../mail/ports/log.ts';
import { LineReader } from '../../mail/wire/reader.ts';
import { imapWorld } from '../support/imap.ts';
import { silentLog } from '../support/memory.ts';
import { smtpRig } from '../support/smtp.ts';

const OTHER = 'mail.other.test';

describe('certificates by host name (SNI)', () => {
  let dir: string;
  let names: TlsNames;
  let tls: TlsStore;
  const listeners: Listener[] = [];
  const sockets: TLSSocket[] = [];
  const lines: string[] = [];
  const log: Log = {
    ...silentLog,
    info: (event) => void lines.push(event),
    error: (event, fields) => void lines.push(`${event} ${JSON.stringify(fields)}`),
  };

  const put = async (name: string, pair: { readonly cert: string; readonly key: string }) => {
    await mkdir(join(dir, name), { recursive: true });
    await writeFile(join(dir, name, 'cert.pem'), pair.cert);
    await writeFile(join(dir, name, 'key.pem'), pair.key);
  };
  const fresh = (name: string) => selfSigned([name], Date.now() - 1000, Date.now() + 1e9);

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'names-'));
    await put('Mail.Other.test', fresh(OTHER));
    names = await openTlsNames({ dir, log });
    tls = await openTlsStore({ dir, names: ['mail.example.test'], log, sni: names.context });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(listeners.splice(0).map((listener) => listener.close(1_000)));
    names.close();
    tls.close();
    lines.length = 0;
    await rm(dir, { recursive: true });
  });

  /** Echoes lines. */
  const echo = {
    stop: () => undefined,
    async handle(wire: Parameters<Parameters<typeof listen>[0]['protocol']['handle']>[0]) {
      const reader = new LineReader(wire, { bareLf: 'accept' });
      for (;;) {
        const line = await reader.line(1_000);
        if (line === undefined) return;
        await wire.write(Buffer.from(line));
      }
    },
  };

  async function start(protocol: Parameters<typeof listen>[0]['protocol'], implicitTls: boolean): Promise<number> {
    const listener = await listen({
      ...{ name: 'test', host: '127.0.0.1', port: 0, limits: new ConnectionLimits(), log: silentLog },
      ...{ tls, protocol, implicitTls },
    });
    listeners.push(listener);
    return listener.port;
  }

  async function subject(port: number, servername: string): Promise<string> {
    const socket = connectTls({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
    sockets.push(socket);
    await once(socket, 'secureConnect');
    return String(socket.getPeerCertificate().subject.CN);
  }

  it('are shown to who asks for the name, in any case; to others the one there is for all', async () => {
    const port = await start(echo, true);
    expect(await subject(port, OTHER)).toBe(OTHER);
    expect(await subject(port, 'MAIL.other.TEST')).toBe(OTHER);
    expect(await subject(port, 'mail.example.test')).toBe('mail.example.test');
    expect(await subject(port, '')).toBe('mail.example.test');
    expect(await subject(port, '..')).toBe('mail.example.test');
  });

  it('are reloaded while a session goes on; a pair that does not fit leaves the one before, and is logged once', async () => {
    const port = await start(echo, true);
    const session = connectTls({ port, host: '127.0.0.1', servername: OTHER, rejectUnauthorized: false });
    sockets.push(session);
    await once(session, 'secureConnect');
    const before = names.context(OTHER);
    await writeFile(join(dir, 'Mail.Other.test', 'key.pem'), 'nonsense');
    await names.reload();
    await names.reload();
    expect(names.context(OTHER)).toBe(before);
    expect(lines.filter((line) => line.startsWith('tls.unusable'))).toHaveLength(1);
    await put('Mail.Other.test', fresh(OTHER));
    await names.reload();
    expect(names.context(OTHER)).not.toBe(before);
    session.write('still here\r\n');
    expect(String((await once(session, 'data'))[0])).toMatch(/^still here/);
    await rm(join(dir, 'Mail.Other.test'), { recursive: true });
    await put('third.test', fresh('third.test'));
    await names.reload();
    expect(await subject(port, OTHER)).toBe('mail.example.test');
    expect(await subject(port, 'third.test')).toBe('third.test');
  });

  it('count after STARTTLS of IMAP and SMTP too', async () => {
    const { server } = await imapWorld();
    const imap = await start(server, false);
    const smtp = await start(smtpRig().server, false);
    expect(await subjectAfter(imap, [/^\* OK/, 'a STARTTLS', /^a OK/])).toBe(OTHER);
    expect(await subjectAfter(smtp, [/^220/, 'EHLO x.test', /^250 /m, 'STARTTLS', /^220/])).toBe(OTHER);
  });

  async function subjectAfter(port: number, steps: readonly (RegExp | string)[]): Promise<string> {
    const plain = connect(port, '127.0.0.1');
    for (const step of steps) {
      if (typeof step === 'string') plain.write(`${step}\r\n`);
      else for (let text = ''; !step.test(text); ) text += String((await once(plain, 'data'))[0]);
    }
    const socket = connectTls({ socket: plain, servername: OTHER, rejectUnauthorized: false });
    sockets.push(socket);
    await once(socket, 'secureConnect');
    return String(socket.getPeerCertificate().subject.CN);
  }

  it('are for TLS 1.2 and up: openssl is refused with 1.1', async () => {
    const port = await start(echo, true);
    const openssl = (...more: string[]) =>
      new Promise<{ readonly failed: boolean; readonly text: string }>((resolve) => {
        const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', OTHER, ...more];
        const child = execFile('openssl', args, (error, stdout, stderr) =>
          resolve({ failed: error !== null, text: stdout + stderr }),
        );
        child.stdin!.end();
      });
    expect((await openssl('-tls1_2')).text).toMatch(/subject=CN ?= ?mail\.other\.test/);
    const old = await openssl('-tls1_1', '-cipher', 'ALL:@SECLEVEL=0');
    expect(old.failed).toBe(true);
    expect(old.text).toMatch(/alert protocol version/);
  });
});
