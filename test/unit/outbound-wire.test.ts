import { afterEach, describe, expect, it } from 'vitest';
import { localClock } from '../../adapters/local/clock.ts';
import { localRandom } from '../../adapters/local/random.ts';
import { selfSigned } from '../../adapters/net/certificate.ts';
import { createDns } from '../../adapters/net/dns.ts';
import { createSmtpClient } from '../../adapters/net/smtp-client.ts';
import type { Route } from '../../mail/directory/types.ts';
import { createSend, type SendDeps } from '../../mail/outbound/send.ts';
import { load } from '../../mail/outbound/store.ts';
import { submit } from '../../mail/outbound/submit.ts';
import { type DnsServer, startDnsServer, type Zone } from '../support/dns-server.ts';
import { memoryPorts, silentLog } from '../support/memory.ts';
import { type PeerScript, type SmtpPeer, startSmtpPeer } from '../support/smtp-peer.ts';

/** The outbound part over sockets: a DNS server and SMTP servers on loopback, everything else in memory. */

const HOUR = 3_600_000;
const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close();
});

async function dnsServer(zones: Readonly<Record<string, Zone>>): Promise<DnsServer> {
  const server = await startDnsServer(zones);
  closing.push(server);
  return server;
}

async function peer(script: PeerScript = {}): Promise<SmtpPeer> {
  const server = await startSmtpPeer(script);
  closing.push(server);
  return server;
}

async function deliver(
  zones: Readonly<Record<string, Zone>>,
  mxPort: number,
  to: string,
  options: { readonly routes?: readonly Route[]; readonly ca?: string } = {},
) {
  const dns = await dnsServer(zones);
  const ports = memoryPorts({ clock: localClock, random: localRandom });
  const deps: SendDeps = {
    records: ports.records,
    blobs: ports.blobs,
    send: ports.queues.send,
    deliver: ports.queues.deliver,
    schedule: ports.schedule,
    directory: { resolve: async () => ({ kind: 'foreign' }), routes: async () => options.routes ?? [{ kind: 'mx' }] },
    dns: createDns({ server: dns.address, timeout: 500, tries: 1 }),
    relay: createSmtpClient(options.ca === undefined ? {} : { ca: options.ca }),
    clock: localClock,
    random: localRandom,
    log: silentLog,
    hostname: 'mail.example.test',
    config: { hostname: 'mail.example.test', mxPort, timeouts: { connect: 1000, greeting: 1000, idle: 1000 } },
  };
  const { name, size } = await ports.blobs.put('raw', Buffer.from('Subject: hi\r\n\r\nHello\r\n'), { owners: 1 });
  const { entries } = await submit(deps, {
    id: 'somejobid',
    blob: name,
    size,
    from: '',
    recipients: [to],
    tenant: 'default',
    via: 'submission',
    smtputf8: false,
    eightBit: false,
  });
  const jobs = await ports.queues.send.receive({ max: 1, visibility: 60, waitSeconds: 0 });
  expect(await createSend(deps)(jobs)).toEqual([]);
  return { entry: (await load(ports.records, entries[0]!))?.entry, questions: dns.questions };
}

describe('direct delivery', () => {
  it('goes to the preferred server, found by DNS', async () => {
    const first = await peer();
    const second = await peer({ host: '127.0.0.2', port: first.port });
    const zones: Record<string, Zone> = {
      'one.test': {
        MX: [
          [20, 'b.one.test'],
          [10, 'a.one.test'],
        ],
      },
      'a.one.test': { A: ['127.0.0.1'] },
      'b.one.test': { A: ['127.0.0.2'] },
    };
    const { entry, questions } = await deliver(zones, first.port, 'bob@one.test');
    expect(entry).toBeUndefined();
    expect(first.messages).toMatchObject([{ from: '', to: ['bob@one.test'] }]);
    expect(first.messages[0]!.bytes.toString()).toBe('Subject: hi\r\n\r\nHello\r\n');
    expect(second.messages).toEqual([]);
    expect(questions[0]).toBe('MX one.test');
  });

  it('goes on to the next server when one does not answer, greets badly or hangs up', async () => {
    const last = await peer({ host: '127.0.0.4' });
    const busy = await peer({ host: '127.0.0.2', port: last.port, greeting: '421 4.3.2 too busy' });
    const rude = await peer({ host: '127.0.0.3', port: last.port, greeting: 'close' });
    const { entry } = await deliver(
      {
        'one.test': {
          MX: [
            [0, 'dead.one.test'],
            [5, 'noaddress.one.test'],
            [10, 'busy.one.test'],
            [20, 'rude.one.test'],
            [30, 'last.one.test'],
          ],
        },
        'dead.one.test': { A: ['127.0.0.1'] },
        'noaddress.one.test': {},
        'busy.one.test': { A: ['127.0.0.2'] },
        'rude.one.test': { A: ['127.0.0.3'] },
        'last.one.test': { A: ['127.0.0.4'] },
      },
      last.port,
      'bob@one.test',
    );
    expect(entry).toBeUndefined();
    expect([busy.connections.total, rude.connections.total, last.messages.length]).toEqual([1, 1, 1]);
  });

  it('uses the address record of a domain without MX', async () => {
    const server = await peer();
    expect((await deliver({ 'one.test': { A: ['127.0.0.1'] } }, server.port, 'bob@one.test')).entry).toBeUndefined();
    expect(server.messages.length).toBe(1);
  });

  it('never uses it where there is a null MX, and gives up at once', async () => {
    const server = await peer();
    const zones: Record<string, Zone> = { 'one.test': { A: ['127.0.0.1'], MX: [[0, '']] } };
    expect((await deliver(zones, server.port, 'bob@one.test')).entry).toBeUndefined();
    expect(server.connections.total).toBe(0);
  });

  it('waits when DNS fails, when nobody answers, and when the server says so', async () => {
    const server = await peer({ reply: (line) => (/^RCPT/.test(line) ? '451 4.7.1 greylisted' : undefined) });
    const here: Zone = { A: ['127.0.0.1'] };
    const failing = await deliver({ 'one.test': { fail: 'SERVFAIL' } }, server.port, 'bob@one.test');
    expect(failing.entry).toMatchObject({ state: 'deferred', recipients: [{ last: { enhanced: '4.4.3' } }] });
    const dead = await deliver({ 'one.test': { A: ['127.0.0.9'] } }, server.port, 'bob@one.test');
    expect(dead.entry).toMatchObject({ state: 'deferred', recipients: [{ last: { enhanced: '4.4.1' } }] });
    const grey = await deliver({ 'one.test': here }, server.port, 'bob@one.test');
    expect(grey.entry).toMatchObject({
      state: 'deferred',
      attempts: 1,
      recipients: [{ last: { code: 451, enhanced: '4.7.1', text: 'greylisted', remote: 'one.test[127.0.0.1]' } }],
    });
    const wait = grey.entry!.until - Date.now();
    expect(wait).toBeGreaterThan(14 * 60_000);
    expect(wait).toBeLessThanOrEqual(15 * 60_000);
  });
});

describe('a smarthost', () => {
  it('is given the password over TLS that it has proved itself in', async () => {
    const tls = selfSigned(['relay.test'], Date.now() - HOUR, Date.now() + HOUR);
    const server = await peer({ tls, auth: { user: 'u', password: 'p' } });
    const routes: Route[] = [
      { kind: 'smarthost', host: 'relay.test', port: server.port, tls: 'required', user: 'u', password: 'p' },
    ];
    const zones: Record<string, Zone> = { 'relay.test': { A: ['127.0.0.1'] } };
    expect((await deliver(zones, 25, 'bob@one.test', { routes, ca: tls.cert })).entry).toBeUndefined();
    expect(server.messages).toMatchObject([{ secure: true, authenticated: true, to: ['bob@one.test'] }]);
    const untrusted = await deliver(zones, 25, 'bob@one.test', { routes });
    expect(untrusted.entry).toMatchObject({ state: 'deferred', recipients: [{ last: { enhanced: '4.7.5' } }] });
    expect(server.messages.length).toBe(1);
  });

  it('may be an address, or a name that only this machine knows', async () => {
    const server = await peer();
    for (const host of ['127.0.0.1', 'localhost']) {
      const routes: Route[] = [{ kind: 'smarthost', host, port: server.port, tls: 'none' }];
      expect((await deliver({}, 25, 'bob@one.test', { routes })).entry).toBeUndefined();
    }
    expect(server.messages.length).toBe(2);
  });
});

describe('the test DNS server', () => {
  it('answers every type, over TCP where the answer is long', async () => {
    const long = Array.from({ length: 60 }, (_, i) => `v=long ${i} ${'x'.repeat(40)}`);
    const server = await dnsServer({
      'one.test': { A: ['192.0.2.1'], AAAA: ['2001:db8::1'], TXT: long },
      '1.2.0.192.in-addr.arpa': { PTR: ['host.one.test'] },
    });
    const dns = createDns({ server: server.address, timeout: 1000, tries: 1 });
    expect([...(await dns.addresses('one.test'))].sort()).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(await dns.txt('one.test')).toEqual(long);
    expect(await dns.ptr('192.0.2.1')).toEqual(['host.one.test']);
    expect(await dns.mx('nowhere.test')).toEqual({ exists: false, records: [] });
  });
});
