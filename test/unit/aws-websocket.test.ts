/** The AppSync socket over the standard WebSocket and a server on loopback: handshake, subprotocols, text frames. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { AppSyncEvents } from '../../adapters/aws/appsync.ts';
import { AppSyncSocket } from '../../adapters/aws/appsync-socket.ts';
import { systemClock } from '../../adapters/aws/clock.ts';
import { jsonLog } from '../../adapters/aws/log.ts';
import { systemRandom } from '../../adapters/aws/random.ts';
import { AwsFake } from '../support/aws-fake.ts';

/** RFC 6455 section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A text frame from the server: not masked (RFC 6455 section 5.2). */
function frame(message: object): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  if (text.length > 125) throw new Error('a short frame only');
  return Buffer.concat([Buffer.from([0x81, text.length]), text]);
}

/** The text frames of the client in one piece of data (RFC 6455 section 5.3). */
function texts(data: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < data.length; ) {
    const short = data[at + 1]! & 0x7f;
    const head = short === 126 ? 4 : 2;
    const length = short === 126 ? data.readUInt16BE(at + 2) : short;
    const mask = data.subarray(at + head, at + head + 4);
    const body = data.subarray(at + head + 4, at + head + 4 + length).map((byte, index) => byte ^ mask[index % 4]!);
    if ((data[at]! & 0x0f) === 1) found.push(Buffer.from(body).toString());
    at += head + 4 + length;
  }
  return found;
}

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

test('connects with the signed subprotocol, subscribes, and hears events', async () => {
  const fake = new AwsFake();
  const config = fake.config();
  const seen: string[] = [];
  const server = createServer();
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    const offered = String(request.headers['sec-websocket-protocol']).split(', ');
    const headers = Buffer.from(offered[1]!.slice('header-'.length), 'base64url').toString();
    seen.push(fake.appsync.problem(JSON.parse(headers), '{}') ?? 'authorized');
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64');
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write(
      `${[...lines, `Sec-WebSocket-Accept: ${accept}`, `Sec-WebSocket-Protocol: ${offered[0]}`].join('\r\n')}\r\n\r\n`,
    );
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const text of texts(data)) {
        const { type, id } = JSON.parse(text);
        seen.push(type);
        if (type === 'connection_init') socket.write(frame({ type: 'connection_ack', connectionTimeoutMs: 300000 }));
        if (type !== 'subscribe') continue;
        socket.write(frame({ type: 'subscribe_success', id }));
        socket.write(frame({ type: 'data', id, event: '{"account":"alice","seq":3}' }));
      }
    });
    ends.push(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  const { port } = server.address() as AddressInfo;

  const event = await new Promise((resolve) => {
    const socket = new AppSyncSocket({
      events: new AppSyncEvents({
        httpHost: config.events.httpHost,
        region: config.region,
        credentials: async () => config.credentials!,
        handler: fake,
      }),
      realtimeHost: config.events.realtimeHost,
      channel: '/t/abc',
      onEvent: resolve,
      onUp: () => seen.push('up'),
      clock: systemClock,
      random: systemRandom,
      log: jsonLog({ write: () => undefined }),
      openSocket: (url, protocols) => {
        seen.push(url);
        return new WebSocket(`ws://127.0.0.1:${port}/event/realtime`, protocols);
      },
    });
    ends.unshift(() => socket.close());
    socket.start();
  });
  expect(event).toEqual({ account: 'alice', seq: 3 });
  const url = `wss://${config.events.realtimeHost}/event/realtime`;
  expect(seen).toEqual([url, 'authorized', 'connection_init', 'subscribe', 'up']);
});
