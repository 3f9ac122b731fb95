/** A load balancer's TCP listener: forwards connections, each behind a PROXY v2 header as an NLB writes it. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Balancer {
  readonly port: number;
  /** Cuts all connections. */
  close(): Promise<void>;
}

/** Listens on a free loopback port for connections to `port`; their client is told to be `client`, an IPv4 address. */
export async function startBalancer(port: number, client = '198.51.100.7'): Promise<Balancer> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    far.write(proxyHeader(client, near.remotePort ?? 1, port));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** HAProxy, "The PROXY protocol", section 2.2: PROXY over TCP and IPv4, with the VPC endpoint's TLV that AWS adds. */
export function proxyHeader(client: string, clientPort: number, port: number): Buffer {
  const tlv = Buffer.from([0xea, 0x00, 0x01, 0x00]);
  const bytes = Buffer.alloc(28);
  bytes.write('\r\n\r\n\0\r\nQUIT\n', 'latin1');
  bytes.set([0x21, 0x11], 12);
  bytes.writeUInt16BE(12 + tlv.length, 14);
  bytes.set(client.split('.').map(Number), 16);
  bytes.set([10, 0, 0, 1], 20);
  bytes.writeUInt16BE(clientPort, 24);
  bytes.writeUInt16BE(port, 26);
  return Buffer.concat([bytes, tlv]);
}
