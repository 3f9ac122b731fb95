import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLoopback, plainAddress } from '../../adapters/net/address.ts';
import { ConnectionLimits } from '../../adapters/net/limits.ts';
import { ProxyError, readProxy } from '../../adapters/net/proxy.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const V4 = hex(`${SIGNATURE} 21 11 000c c0000207 c6336401 d431 0019`);
const V6 = hex(`${SIGNATURE} 21 21 0024 20010db8000000000000000000000001 00000000000000000000ffffc6336401 d431 03e1`);

describe('readProxy', () => {
  it('reads IPv4 and IPv6', () => {
    expect(readProxy(V4)).toEqual({
      length: 28,
      peer: { address: '192.0.2.7', port: 54321, localAddress: '198.51.100.1', localPort: 25 },
    });
    expect(readProxy(Buffer.concat([V6, Buffer.from('EHLO')]))).toEqual({
      length: 52,
      peer: { address: '2001:db8::1', port: 54321, localAddress: '198.51.100.1', localPort: 993 },
    });
  });

  it('skips TLVs, and takes LOCAL and an unspecified family without addresses', () => {
    expect(readProxy(hex(`${SIGNATURE} 21 11 0012 c0000207 c6336401 d431 0019 ea0003616263`))?.length).toBe(34);
    expect(readProxy(hex(`${SIGNATURE} 20 00 0000`))).toEqual({ length: 16 });
    expect(readProxy(hex(`${SIGNATURE} 20 11 000c c0000207 c6336401 d431 0019`))).toEqual({ length: 28 });
    expect(readProxy(hex(`${SIGNATURE} 21 00 0003 000000`))).toEqual({ length: 19 });
  });

  it('waits for the rest', () => {
    for (const header of [V4, V6]) {
      for (let i = 0; i < header.length; i++) expect(readProxy(header.subarray(0, i))).toBeUndefined();
    }
  });

  it.each([
    ['version 1', Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 54321 25\r\n')],
    ['a client that came past the proxy', Buffer.from('EHLO x\r\n')],
    ['version 3', hex(`${SIGNATURE} 31 11 000c`)],
    ['another command', hex(`${SIGNATURE} 22 11 000c c0000207 c6336401 d431 0019`)],
    ['UDP', hex(`${SIGNATURE} 21 12 000c c0000207 c6336401 d431 0019`)],
    ['addresses cut short', hex(`${SIGNATURE} 21 11 0004 c0000207`)],
    ['IPv6 addresses cut short', hex(`${SIGNATURE} 21 21 000c c0000207 c6336401 d431 0019`)],
    ['endless TLVs', hex(`${SIGNATURE} 21 11 ffff`)],
  ])('refuses %s', (_, bytes) => expect(() => readProxy(bytes)).toThrow(ProxyError));

  it('never throws anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (tail) => {
        try {
          const header = readProxy(Buffer.concat([hex(SIGNATURE), tail]));
          if (header !== undefined) expect(header.length).toBeLessThanOrEqual(12 + tail.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ProxyError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('addresses', () => {
  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['192.0.2.1', '192.0.2.1'],
  ])('%s is %s', (address, plain) => expect(plainAddress(address)).toBe(plain));

  it('knows loopback', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', '192.0.2.1', '::2', '127.evil'].map(isLoopback)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('ConnectionLimits', () => {
  it('counts in all and by address, loopback not', () => {
    const limits = new ConnectionLimits({ total: 3, perAddress: 2 });
    expect([1, 2, 3, 4].map(() => limits.enter())).toEqual([true, true, true, false]);
    limits.leave();
    expect(limits.enter()).toBe(true);
    expect(limits.open).toBe(3);
    expect([1, 2, 3].map(() => limits.enterAddress('192.0.2.1'))).toEqual([true, true, false]);
    expect(limits.enterAddress('192.0.2.2')).toBe(true);
    limits.leaveAddress('192.0.2.1');
    expect(limits.enterAddress('192.0.2.1')).toBe(true);
    expect([1, 2, 3].map(() => limits.enterAddress('127.0.0.1'))).toEqual([true, true, true]);
  });

  it('asks for the limits at each connection, so that they change while it runs (PL-4, PL-5)', () => {
    let most = { total: 2, perAddress: 1 };
    const limits = new ConnectionLimits(() => most);
    expect([1, 2, 3].map(() => limits.enter())).toEqual([true, true, false]);
    expect([1, 2].map(() => limits.enterAddress('192.0.2.1'))).toEqual([true, false]);
    most = { total: 3, perAddress: 2 };
    expect([limits.enter(), limits.enter()]).toEqual([true, false]);
    expect([1, 2].map(() => limits.enterAddress('192.0.2.1'))).toEqual([true, false]);
    most = { total: 1, perAddress: 1 };
    limits.leave();
    expect(limits.enter()).toBe(false);
    expect(limits.open).toBe(2);
  });
});
