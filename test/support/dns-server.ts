import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * A DNS server for tests (RFC 1035), on UDP and TCP at one loopback port: A, AAAA, MX, TXT, PTR, SRV from a table; any other name does not
 * exist. For POSTERN_RESOLVER.
 */

export interface Zone {
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  readonly MX?: readonly (readonly [preference: number, exchange: string])[];
  readonly TXT?: readonly string[];
  readonly PTR?: readonly string[];
  readonly SRV?: readonly (readonly [priority: number, weight: number, port: number, target: string])[];
  /** Every question about the name fails in this way. */
  readonly fail?: 'SERVFAIL' | 'REFUSED' | 'silent';
}

export interface DnsServer {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Names, lower case, without the final dot; may be changed at any time. */
  readonly zones: Map<string, Zone>;
  /** `TYPE name` of every question asked. */
  readonly questions: string[];
  close(): Promise<void>;
}

const TYPES: Readonly<Record<number, keyof Omit<Zone, 'fail'>>> = {
  1: 'A',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
};
const RCODES = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

export async function startDnsServer(
  zones: Readonly<Record<string, Zone>> = {},
  options: { readonly port?: number } = {},
): Promise<DnsServer> {
  const table = new Map(Object.entries(zones));
  const questions: string[] = [];
  const tcp = createServer((socket) => {
    let pending = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        const reply = answer(table, questions, pending.subarray(2, end));
        pending = pending.subarray(end);
        if (reply !== undefined) socket.write(Buffer.concat([uint16(reply.length), reply]));
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const port = (tcp.address() as { port: number }).port;
  const udp = createSocket('udp4');
  udp.on('message', (query, from) => {
    const reply = answer(table, questions, query);
    if (reply === undefined) return;
    udp.send(reply.length > 512 ? truncated(reply, query) : reply, from.port, from.address);
  });
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${port}`,
    zones: table,
    questions,
    async close() {
      await new Promise<void>((resolve) => udp.close(() => resolve()));
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

function answer(zones: ReadonlyMap<string, Zone>, questions: string[], query: Buffer): Buffer | undefined {
  if (query.length < 12 || query.readUInt16BE(4) !== 1) return undefined;
  const { name, end } = readName(query, 12);
  const type = TYPES[query.readUInt16BE(end)];
  const question = query.subarray(12, end + 4);
  questions.push(`${type ?? query.readUInt16BE(end)} ${name}`);
  const zone = zones.get(name);
  if (zone?.fail === 'silent') return undefined;
  if (zone?.fail !== undefined) return message(query, question, RCODES[zone.fail], []);
  if (zone === undefined) return message(query, question, RCODES.NXDOMAIN, []);
  const data = type === undefined ? [] : (zone[type] ?? []).map((value) => encode(type, value));
  return message(query, question, 0, data);
}

/** A reply with answers to the question's name (a pointer to offset 12). */
function message(query: Buffer, question: Buffer, rcode: number, answers: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8580 | rcode, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(answers.length, 6);
  const records = answers.map((data) =>
    Buffer.concat([uint16(0xc00c), question.subarray(-4), Buffer.from([0, 0, 0, 1]), uint16(data.length), data]),
  );
  return Buffer.concat([head, question, ...records]);
}

/** Header and question alone, with TC set: ask again over TCP. */
function truncated(reply: Buffer, query: Buffer): Buffer {
  const short = Buffer.from(reply.subarray(0, readName(query, 12).end + 4));
  short.writeUInt16BE(short.readUInt16BE(2) | 0x0200, 2);
  short.writeUInt16BE(0, 6);
  return short;
}

function encode(type: keyof Omit<Zone, 'fail'>, value: string | readonly (number | string)[]): Buffer {
  if (type === 'SRV') {
    const [priority, weight, port, target] = value as readonly [number, number, number, string];
    return Buffer.concat([uint16(priority), uint16(weight), uint16(port), writeName(target)]);
  }
  if (type === 'MX') return Buffer.concat([uint16(value[0] as number), writeName(String(value[1]))]);
  const text = value as string;
  if (type === 'A') return Buffer.from(text.split('.').map(Number));
  if (type === 'AAAA') return encodeIpv6(text);
  if (type === 'PTR') return writeName(text);
  const bytes = Buffer.from(text);
  const strings: Buffer[] = [];
  for (let i = 0; i === 0 || i < bytes.length; i += 255) {
    const part = bytes.subarray(i, i + 255);
    strings.push(Buffer.from([part.length]), part);
  }
  return Buffer.concat(strings);
}

function encodeIpv6(text: string): Buffer {
  const [left = '', right] = text.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.concat(groups.map((group) => uint16(Number.parseInt(group, 16))));
}

function readName(from: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = from[at]!; length > 0; length = from[at]!) {
    labels.push(from.subarray(at + 1, at + 1 + length).toString('latin1'));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function writeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
    Buffer.from([0]),
  ]);
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
