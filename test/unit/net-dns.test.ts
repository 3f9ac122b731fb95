import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDns } from '../../adapters/net/dns.ts';
import { type Dns, DnsTemporary } from '../../mail/ports/dns.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';

let server: DnsServer;
let dns: Dns;

beforeAll(async () => {
  server = await startDnsServer({
    'full.test': {
      MX: [
        [10, 'MX1.full.test'],
        [20, 'mx2.full.test'],
      ],
      A: ['192.0.2.1'],
      AAAA: ['2001:db8::1'],
      TXT: ['v=spf1 -all'],
    },
    'null.test': { MX: [[0, '']] },
    'six.test': { AAAA: ['2001:db8::6'] },
    'broken.test': { fail: 'SERVFAIL' },
    'refused.test': { fail: 'REFUSED' },
    'silent.test': { fail: 'silent' },
    '7.2.0.192.in-addr.arpa': { PTR: ['Host.full.test'] },
  });
  dns = createDns({ server: server.address, timeout: 100, tries: 1 });
});
afterAll(() => server.close());

describe('dns', () => {
  it('finds what is there', async () => {
    expect(await dns.mx('full.test')).toEqual({
      exists: true,
      records: expect.arrayContaining([
        { preference: 10, exchange: 'mx1.full.test' },
        { preference: 20, exchange: 'mx2.full.test' },
      ]),
    });
    expect([...(await dns.addresses('full.test'))].sort()).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(await dns.addresses('six.test')).toEqual(['2001:db8::6']);
    expect(await dns.txt('full.test')).toEqual(['v=spf1 -all']);
    expect(await dns.ptr('192.0.2.7')).toEqual(['host.full.test']);
  });

  it('gives the null MX as an empty exchange', async () => {
    expect(await dns.mx('null.test')).toEqual({ exists: true, records: [{ preference: 0, exchange: '' }] });
  });

  it('tells a name without records from one that is not there; neither is an error', async () => {
    expect(await dns.mx('six.test')).toEqual({ exists: true, records: [] });
    expect(await dns.mx('nowhere.test')).toEqual({ exists: false, records: [] });
    expect(await dns.addresses('nowhere.test')).toEqual([]);
    expect(await dns.txt('six.test')).toEqual([]);
    expect(await dns.ptr('192.0.2.8')).toEqual([]);
    expect(await dns.ptr('not an address')).toEqual([]);
    expect((await dns.mx(`${'x'.repeat(70)}.test`)).exists).toBe(false);
    expect((await dns.mx('a..b')).exists).toBe(false);
  });

  it.each(['broken.test', 'refused.test', 'silent.test'])('throws DnsTemporary for %s', async (name) => {
    await expect(dns.mx(name)).rejects.toThrow(DnsTemporary);
    await expect(dns.addresses(name)).rejects.toThrow(DnsTemporary);
  });

  it('says plainly that a server is no address', () => {
    expect(() => createDns({ server: 'dns.example.test:53' })).toThrow(/is not the address of a DNS server/);
  });
});
