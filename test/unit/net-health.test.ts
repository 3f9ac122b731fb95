import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HealthListener, listenHealth } from '../../adapters/net/health.ts';

describe('the health port', () => {
  let health: HealthListener;
  beforeEach(async () => {
    health = await listenHealth({ host: '127.0.0.1', port: 0 });
  });
  afterEach(() => health.close());

  const ask = (path: string) => fetch(`http://127.0.0.1:${health.port}${path}`);
  /** Sends bytes, and gives what comes back until the other side closes. */
  const send = (bytes: Uint8Array): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(health.port, '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(answer));
      socket.end(bytes);
    });

  it('says that the program is well, and nothing else', async () => {
    const answer = await ask('/health');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('ok\n');
    expect((await ask('/')).status).toBe(404);
    expect((await ask('/health/x')).status).toBe(404);
  });

  it('survives what a load balancer does to it', async () => {
    const proxied = Buffer.concat([
      Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
      Buffer.from([0x20, 0x00, 0x00, 0x00]),
      Buffer.from('GET /health HTTP/1.1\r\nHost: x\r\n\r\n'),
    ]);
    await send(proxied);
    await send(Buffer.alloc(0));
    await send(Buffer.alloc(70_000, 0x41));
    for (let i = 0; i < 20; i++) connect(health.port, '127.0.0.1').on('error', () => undefined);
    await delay(50);
    expect((await ask('/health')).status).toBe(200);
  });

  it('is gone as soon as it is closed, whoever is still connected', async () => {
    const socket = connect(health.port, '127.0.0.1').on('error', () => undefined);
    await delay(20);
    await health.close();
    await expect(ask('/health')).rejects.toThrow();
    socket.destroy();
  });
});
