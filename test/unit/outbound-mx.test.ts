import { describe, expect, it } from 'vitest';
import { findAddresses, findHosts } from '../../mail/outbound/mx.ts';
import { DnsTemporary } from '../../mail/ports/index.ts';
import { tableDns } from '../support/outbound.ts';
import { SimRandom } from '../support/simrandom.ts';

const self = { hostname: 'mail.example.test', addresses: ['192.0.2.99'] };
const random = new SimRandom(1);
const mx = (...records: [number, string][]) => records.map(([preference, exchange]) => ({ preference, exchange }));

function find(domain: string, table: Parameters<typeof tableDns>[0] = {}) {
  return findHosts(tableDns(table), random, domain, self);
}

describe('the servers of a domain', () => {
  it('come by preference, equal ones in random order', async () => {
    const table = { mx: { 'one.test': mx([20, 'c.test'], [10, 'a.test'], [10, 'b.test']) } };
    const orders = new Set<string>();
    for (let i = 0; i < 50; i++) {
      const hosts = (await find('one.test', table)) as readonly { name: string }[];
      orders.add(hosts.map((host) => host.name).join(' '));
    }
    expect([...orders].sort()).toEqual(['a.test b.test c.test', 'b.test a.test c.test']);
  });

  it('are the domain itself where it has no MX', async () => {
    expect(await find('one.test', { mx: { 'one.test': [] } })).toEqual([{ name: 'one.test' }]);
  });

  it('fail for good where the domain does not exist, refuses mail, or is none', async () => {
    expect(await find('one.test', { mx: { 'one.test': 'nxdomain' } })).toMatchObject({
      temporary: false,
      enhanced: '5.1.2',
      final: false,
    });
    expect(await find('one.test', { mx: { 'one.test': mx([0, '']) } })).toMatchObject({
      temporary: false,
      enhanced: '5.1.10',
      final: true,
    });
    expect(await find('not a domain')).toMatchObject({ temporary: false, enhanced: '5.1.2' });
    expect(await find('')).toMatchObject({ temporary: false, enhanced: '5.1.2' });
  });

  it('fail for now where DNS does', async () => {
    const table = { mx: { 'one.test': new DnsTemporary('SERVFAIL') } };
    expect(await find('one.test', table)).toMatchObject({ temporary: true, enhanced: '4.4.3' });
  });

  it('leave out ourselves and whoever is not preferred to us', async () => {
    const records = mx([10, 'first.test'], [20, 'mail.example.test'], [20, 'same.test'], [30, 'last.test']);
    expect(await find('one.test', { mx: { 'one.test': records } })).toEqual([{ name: 'first.test' }]);
    const byAddress = {
      mx: { 'one.test': mx([10, 'x.test'], [20, 'y.test']) },
      addresses: { 'y.test': ['192.0.2.99'] },
    };
    expect(await find('one.test', byAddress)).toEqual([{ name: 'x.test' }]);
    const loop = await find('one.test', { mx: { 'one.test': mx([10, 'mail.example.test'], [20, 'b.test']) } });
    expect(loop).toMatchObject({ temporary: false, enhanced: '5.4.6' });
    const bare = { mx: { 'one.test': [] }, addresses: { 'one.test': ['192.0.2.99'] } };
    expect(await find('one.test', bare)).toMatchObject({ enhanced: '5.4.6' });
  });

  it('are given by address literals', async () => {
    expect(await find('[192.0.2.7]')).toEqual([{ name: '[192.0.2.7]', address: '192.0.2.7' }]);
    expect(await find('[IPv6:2001:db8::1]')).toEqual([{ name: '[IPv6:2001:db8::1]', address: '2001:db8::1' }]);
  });

  it('are looked up by the A-label of an international domain', async () => {
    expect(await find('b\u00fccher.test')).toEqual([{ name: 'mx.xn--bcher-kva.test' }]);
  });

  it('have IPv4 addresses first', async () => {
    const dns = tableDns({ addresses: { 'a.test': ['2001:db8::1', '192.0.2.1'] } });
    expect(await findAddresses(dns, { name: 'a.test' })).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(await findAddresses(dns, { name: 'x', address: '192.0.2.9' })).toEqual(['192.0.2.9']);
  });
});
