import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConnectionLimits } from '../../adapters/net/limits.ts';
import { type Listener, type ListenOptions, listen, type Protocol } from '../../adapters/net/listener.ts';
import { openTlsStore, type TlsStore } from '../../adapters/net/tls.ts';
import { type Wire, WireClosed, WireTimeout } from '../../mail/ports/wire.ts';
import { LineReader } from '../../mail/wire/reader.ts';
import { silentLog } from '../support/memory.ts';

let dir: string;
let tls: TlsStore;
const listeners: Listener[] = [];
const sockets: Socket[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'listener-'));
  tls = await openTlsStore({ dir: join(dir, 'tls'), names: ['localhost', '127.0.0.1'], log: silentLog });
});
afterAll(async () => {
  tls.close();
  await rm(dir, { recursive: true });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(listeners.splice(0).map((listener) => listener.close(1_000)));
});

async function start(handle: Protocol['handle'], options: Partial<ListenOptions> = {}): Promise<Listener> {
  const protocol = options.protocol ?? { handle, stop: () => undefined };
  const listener = await listen({
    name: 'test',
    host: '127.0.0.1',
    port: 0,
    limits: new ConnectionLimits(),
    log: silentLog,
    tls,
    ...options,
    protocol,
  });
  listeners.push(listener);
  return listener;
}

function dial(listener: Listener): Socket {
  const socket = connect({ port: listener.port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

/** Everything until the server closes. */
async function all(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  await once(socket, 'close');
  return text;
}

/** Answers each line; knows `quit` and `tls`. */
async function echo(wire: Wire): Promise<void> {
  const reader = new LineReader(wire, { bareLf: 'accept' });
  wire.write('hello\r\n');
  for (;;) {
    const line = await reader.line(1_000_000);
    if (line === undefined || line === 'quit') return;
    if (line === 'tls') {
      wire.write('go\r\n');
      reader.discard();
      await wire.startTls();
    } else wire.write(`${wire.tls === undefined ? 'plain' : 'tls'} ${wire.peer.address} ${line}\r\n`);
  }
}

async function lineOf(socket: Socket): Promise<string> {
  let text = '';
  while (!text.endsWith('\n')) text += String((await once(socket, 'data'))[0]);
  return text;
}

async function upgrade(socket: Socket, options: ConnectionOptions = {}) {
  const secured = connectTls({ socket, ca: tls.cert, servername: 'localhost', ...options });
  secured.on('error', () => undefined);
  sockets.push(secured);
  await once(secured, 'secureConnect');
  return secured;
}

describe('a listener', () => {
  it('serves a client, also one that has closed its side early', async () => {
    const socket = dial(await start(echo));
    socket.end('one\r\ntwo\r\n');
    expect(await all(socket)).toBe('hello\r\nplain 127.0.0.1 one\r\nplain 127.0.0.1 two\r\n');
  });

  it('turns to TLS, and forgets what was injected before', async () => {
    const socket = dial(await start(echo));
    expect(await lineOf(socket)).toBe('hello\r\n');
    socket.write('tls\r\nevil\r\n');
    expect(await lineOf(socket)).toBe('go\r\n');
    const secured = await upgrade(socket);
    secured.write('good\r\n');
    expect(await lineOf(secured)).toBe('tls 127.0.0.1 good\r\n');
    secured.end('quit\r\n');
    expect(await all(secured)).toBe('');
  });

  it('exports the same keying material as the client does', async () => {
    const listener = await start(async (wire) => {
      await wire.startTls();
      wire.write(`${Buffer.from(wire.tls!.exporter!('EXPORTER-Channel-Binding', 32)).toString('hex')}\r\n`);
    });
    const secured = await upgrade(dial(listener));
    const mine = secured.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('hex');
    expect(await lineOf(secured)).toBe(`${mine}\r\n`);
  });

  it('forgets what was injected while nobody was reading', async () => {
    const listener = await start(async (wire) => {
      wire.write('ready\r\n');
      await wire.read();
      await new Promise((resolve) => setTimeout(resolve, 50));
      wire.write('go\r\n');
      await wire.startTls();
      wire.write(`${String(await wire.read())}\r\n`);
    });
    const socket = dial(listener);
    expect(await lineOf(socket)).toBe('ready\r\n');
    socket.write('first\r\n');
    await new Promise((resolve) => setTimeout(resolve, 10));
    socket.write('evil\r\n'.repeat(3));
    expect(await lineOf(socket)).toBe('go\r\n');
    const secured = await upgrade(socket);
    secured.write('good');
    expect(await all(secured)).toBe('good\r\n');
  });

  it('speaks TLS from the first byte, 1.2 and up', async () => {
    const states: unknown[] = [];
    const listener = await start(
      async (wire) => {
        states.push(wire.tls);
        await echo(wire);
      },
      { implicitTls: true },
    );
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const secured = await upgrade(dial(listener), { minVersion: version, maxVersion: version });
      expect(await lineOf(secured)).toBe('hello\r\n');
      secured.end('quit\r\n');
      await all(secured);
      expect(states.pop()).toMatchObject({
        protocol: version,
        cipher: expect.stringMatching(/^TLS_/),
        servername: 'localhost',
      });
    }
    const old = connectTls({
      socket: dial(listener),
      ca: tls.cert,
      servername: 'localhost',
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    await expect(once(old, 'secureConnect')).rejects.toThrow();
  });

  it('survives a client that breaks the handshake', async () => {
    const listener = await start(echo, { implicitTls: true });
    const socket = dial(listener);
    socket.end('this is no ClientHello\r\n');
    await all(socket);
    const secured = await upgrade(dial(listener));
    expect(await lineOf(secured)).toBe('hello\r\n');
  });

  it('lets go at once of a client that closes before or during the handshake', async () => {
    const listener = await start(echo, { implicitTls: true });
    const silent = dial(listener);
    const half = dial(listener);
    // The first bytes of a ClientHello that never comes.
    half.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
    await Promise.all([silent, half].map((socket) => once(socket, 'connect')));
    while (listener.connections < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const socket of [silent, half]) socket.end();
    while (listener.connections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('does not wait, when it closes, for clients that have not come as far as the engine', async () => {
    for (const options of [{ implicitTls: true }, { proxy: true }]) {
      const listener = await start(echo, options);
      await once(dial(listener), 'connect');
      while (listener.connections < 1) await new Promise((resolve) => setTimeout(resolve, 5));
      const begun = Date.now();
      await listener.close(20_000);
      expect(Date.now() - begun).toBeLessThan(2_000);
    }
  });

  it('takes the address from PROXY v2, and closes on everything else', async () => {
    const header = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000207c6336401d4310019', 'hex');
    const listener = await start(echo, { proxy: true });
    const socket = dial(listener);
    for (const byte of header) {
      socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    socket.end('x\r\n');
    expect(await all(socket)).toBe('hello\r\nplain 192.0.2.7 x\r\n');
    const together = dial(listener);
    together.end(Buffer.concat([header, Buffer.from('y\r\nquit\r\n')]));
    expect(await all(together)).toBe('hello\r\nplain 192.0.2.7 y\r\n');
    const past = dial(listener);
    past.write('EHLO x\r\n');
    expect(await all(past)).toBe('');
    const implicit = await start(echo, { proxy: true, implicitTls: true });
    const behind = dial(implicit);
    behind.write(header);
    const secured = await upgrade(behind);
    expect(await lineOf(secured)).toBe('hello\r\n');
  });

  it('refuses clients over the limits, says why, and takes new ones when others have gone', async () => {
    const limits = new ConnectionLimits({ total: 2 });
    const listener = await start(echo, { limits, busy: '421 too many\r\n' });
    const first = dial(listener);
    await lineOf(first);
    await lineOf(dial(listener));
    expect(await all(dial(listener))).toBe('421 too many\r\n');
    first.end('quit\r\n');
    await all(first);
    while (limits.open > 1) await new Promise(setImmediate);
    expect(await lineOf(dial(listener))).toBe('hello\r\n');
  });

  it('rejects when the port is taken', async () => {
    const listener = await start(echo);
    await expect(start(echo, { port: listener.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('closes a connection whose engine has a bug, and goes on', async () => {
    const errors: unknown[] = [];
    const listener = await start(
      async () => {
        throw new TypeError('bug');
      },
      { log: { ...silentLog, error: (event) => errors.push(event) } },
    );
    expect(await all(dial(listener))).toBe('');
    expect(await all(dial(listener))).toBe('');
    expect(errors).toEqual(['net.bug', 'net.bug']);
  });

  it('asks the engine to stop, waits for it, and cuts off what does not end', async () => {
    let stopped = false;
    let finish: () => void = () => undefined;
    const listener = await start(async (wire) => {
      wire.write('busy\r\n');
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      wire.write('done\r\n');
    }, {});
    const stuck = await start(() => Promise.reject(new Error('unused')), {
      protocol: {
        handle: async (wire) => {
          await wire.read();
        },
        stop: () => {
          stopped = true;
        },
      },
    });
    const socket = dial(listener);
    expect(await lineOf(socket)).toBe('busy\r\n');
    const closing = listener.close(5_000);
    finish();
    expect(await all(socket)).toBe('done\r\n');
    await closing;
    const endless = dial(stuck);
    await once(endless, 'connect');
    while (stuck.connections === 0) await new Promise(setImmediate);
    const begun = Date.now();
    await stuck.close(100);
    expect(Date.now() - begun).toBeLessThan(2_000);
    expect(stopped).toBe(true);
    expect(listeners).toHaveLength(2);
  });
});

describe('a wire', () => {
  /** Runs `test` as the engine of one connection, and gives what it threw. */
  async function inside(test: (wire: Wire, client: Socket) => Promise<void>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let client: Socket;
    const listener = await start(async (wire) => {
      await test(wire, client).then(resolve, reject);
    });
    client = dial(listener);
    await promise;
  }

  it('times out a read that waits, and not one that was served', () =>
    inside(async (wire, client) => {
      wire.idleLimit(80);
      client.write('a');
      expect(String(await wire.read())).toBe('a');
      await new Promise((resolve) => setTimeout(resolve, 120));
      client.write('b');
      expect(String(await wire.read())).toBe('b');
      await expect(wire.read()).rejects.toThrow(WireTimeout);
    }));

  /** Writes until the wire makes the writer wait. Gives what it waits for, and how many bytes were written. */
  async function fillUp(wire: Wire): Promise<{ readonly held: Promise<void>; readonly bytes: number }> {
    for (let bytes = 65_536; bytes < 500_000_000; bytes += 65_536) {
      const held = wire.write(Buffer.alloc(65_536, 'x'));
      if (held === undefined) continue;
      const waits = await Promise.race([
        held.then(() => false),
        new Promise((resolve) => setTimeout(resolve, 50, true)),
      ]);
      if (waits) return { held, bytes };
    }
    throw new Error('nothing holds the writer back');
  }

  it('holds a writer while the client does not read, until it does', () =>
    inside(async (wire, client) => {
      client.pause();
      const { held, bytes } = await fillUp(wire);
      let received = 0;
      client.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      client.resume();
      await held;
      wire.write('y'.repeat(100));
      while (received < bytes + 100) await new Promise((resolve) => setTimeout(resolve, 5));
    }));

  it('gives up a client that takes nothing', () =>
    inside(async (wire, client) => {
      client.pause();
      wire.idleLimit(200);
      const { held } = await fillUp(wire);
      await expect(held).rejects.toThrow(WireClosed);
      await expect(wire.read()).rejects.toThrow(WireClosed);
      await expect(wire.write('x')).rejects.toThrow(WireClosed);
    }));

  it('tells the client to wait while nobody reads', () =>
    inside(async (wire, client) => {
      let sent = 0;
      while (client.write(Buffer.alloc(65_536)) || client.writableLength < 4_000_000) {
        sent += 65_536;
        if (sent > 200_000_000) throw new Error('nothing holds the client back');
        await new Promise(setImmediate);
      }
      expect((await wire.read())!.length).toBeGreaterThan(0);
    }));

  it('keeps the order of text and bytes', () =>
    inside(async (wire, client) => {
      client.setEncoding('latin1');
      const received = lineOf(client);
      wire.write('a');
      wire.write(Buffer.from('b'));
      wire.write('\xe9');
      wire.write(new Uint8Array([0x64]));
      wire.write('\r\n');
      expect(await received).toBe('ab\xe9d\r\n');
    }));

  it('throws WireClosed when the client has vanished', () =>
    inside(async (wire, client) => {
      client.resetAndDestroy();
      await expect(wire.read()).rejects.toThrow(WireClosed);
    }));
});
