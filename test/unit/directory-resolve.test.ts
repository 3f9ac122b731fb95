import { beforeEach, describe, expect, it } from 'vitest';
import { normalDomain, parseAddress } from '../../mail/directory/address.ts';
import type { DirectoryService } from '../../mail/directory/directory.ts';
import { directory, type MapRecords, PASSWORD } from './directory-support.ts';

let service: DirectoryService;
let records: MapRecords;
let alice: string;
let bob: string;

beforeEach(async () => {
  ({ service, records } = directory());
  await service.domains.add('Example.TEST');
  await service.domains.add('bücher.example');
  alice = (await service.accounts.add('Alice@example.test', PASSWORD)).id;
  bob = (await service.accounts.add('bob@example.test', PASSWORD)).id;
});

const to = (...accounts: string[]) => ({
  kind: 'local',
  tenant: 'default',
  deliveries: accounts.map((account) => ({ account })),
  relay: [],
});

describe('resolve', () => {
  it('finds an account in any case, and knows what is not here', async () => {
    expect(await service.resolve('ALICE@EXAMPLE.test')).toEqual(to(alice));
    expect(await service.resolve('"alice"@example.test.')).toEqual(to(alice));
    expect(await service.resolve('carol@example.test')).toEqual({ kind: 'unknown' });
    expect(await service.resolve('alice@elsewhere.example')).toEqual({ kind: 'foreign' });
    expect(await service.resolve('alice@[192.0.2.1]')).toEqual({ kind: 'foreign' });
    expect(await service.resolve(`${'x'.repeat(65)}@example.test`)).toEqual({ kind: 'unknown' });
  });

  it('reads one item for an account that was not asked for before, and none after', async () => {
    const cold = directory(records).service;
    // Its domain's settings and the server's are shared by all.
    await cold.resolve('bob@example.test');
    records.reads = 0;
    await cold.resolve('alice@example.test');
    expect(records.reads).toBe(1);
    await cold.resolve('alice@example.test');
    expect(records.reads).toBe(1);
  });

  it('tells the quotas of accounts that have one, wherever it is set', async () => {
    expect(await service.resolve('alice@example.test')).not.toHaveProperty('quotas');
    await service.accounts.set('alice@example.test', { quota: '1K' });
    await service.aliases.add('both@example.test', ['alice@example.test', 'bob@example.test']);
    expect(await service.resolve('both@example.test')).toMatchObject({ quotas: new Map([[alice, { quota: 1024 }]]) });
    await service.settings.set('accounts.quota', '2K', { domain: 'example.test' });
    await service.accounts.set('alice@example.test', { maxMessages: '7' });
    const quotas = new Map([
      [alice, { quota: 1024, maxMessages: 7 }],
      [bob, { quota: 2048 }],
    ]);
    expect(await service.resolve('both@example.test')).toMatchObject({ quotas });
    await service.accounts.set('alice@example.test', { quota: 'none', maxMessages: 'none' });
    expect(await service.resolve('alice+x@example.test')).not.toHaveProperty('quotas');
  });

  it('takes a subaddress off, unless exactly that address exists', async () => {
    expect(await service.resolve('alice+Lists@example.test')).toMatchObject({
      deliveries: [{ account: alice, detail: 'lists' }],
    });
    await service.aliases.add('alice+bob@example.test', ['bob@example.test']);
    expect(await service.resolve('alice+bob@example.test')).toEqual(to(bob));
  });

  it('follows aliases to every target once, abroad too', async () => {
    await service.aliases.add('team@example.test', ['alice@example.test', 'all@example.test', 'x@elsewhere.example']);
    await service.aliases.add('all@example.test', ['bob@example.test', 'alice@example.test', 'team@example.test']);
    expect(await service.resolve('team@example.test')).toEqual({
      kind: 'local',
      tenant: 'default',
      deliveries: [{ account: alice }, { account: bob }],
      relay: ['x@elsewhere.example'],
    });
    expect(await service.resolve('team+news@example.test')).toMatchObject({
      deliveries: [
        { account: alice, detail: 'news' },
        { account: bob, detail: 'news' },
      ],
    });
  });

  it('leads from an alias to an account of another tenant as to a stranger (ME-4)', async () => {
    await service.tenants.add('other');
    await service.domains.add('other.test', 'other');
    const carol = (await service.accounts.add('carol@other.test', PASSWORD)).id;
    await service.aliases.add('all@example.test', ['bob@example.test', 'carol+news@other.test']);
    await service.aliases.add('there@example.test', ['carol@other.test']);
    await service.aliases.add('back@other.test', ['there@example.test']);
    expect(await service.resolve('all@example.test')).toEqual({ ...to(bob), relay: ['carol+news@other.test'] });
    expect(await service.resolve('there@example.test')).toEqual({ ...to(), relay: ['carol@other.test'] });
    expect(await service.resolve('back@other.test')).toEqual({ ...to(carol), tenant: 'other' });
    expect(await service.maySendAs(carol, 'there@example.test')).toBe(false);
  });

  it('ends a loop of aliases that leads nowhere, and bounds depth and number', async () => {
    await service.aliases.add('a@example.test', ['b@example.test']);
    await service.aliases.add('b@example.test', ['a@example.test']);
    expect(await service.resolve('a@example.test')).toEqual({ kind: 'unknown' });
    for (let i = 0; i < 12; i++) await service.aliases.add(`d${i}@example.test`, [`d${i + 1}@example.test`]);
    await expect(service.resolve('d0@example.test')).rejects.toMatchObject({ code: 'limit' });
    const many = (prefix: string) => Array.from({ length: 600 }, (_, i) => `${prefix}${i}@elsewhere.example`);
    await service.aliases.add('wide1@example.test', many('a'));
    await service.aliases.add('wide2@example.test', many('b'));
    await service.aliases.add('wide@example.test', ['wide1@example.test', 'wide2@example.test']);
    await expect(service.resolve('wide@example.test')).rejects.toMatchObject({ code: 'limit' });
  });

  it('gives what nobody else has to the catch-all', async () => {
    await service.aliases.add('*@example.test', ['bob@example.test']);
    expect(await service.resolve('whoever@example.test')).toEqual(to(bob));
    expect(await service.resolve('alice@example.test')).toEqual(to(alice));
    expect(await service.maySendAs(bob, 'whoever@example.test')).toBe(false);
    await service.aliases.remove('@example.test');
    expect(await service.resolve('whoever@example.test')).toEqual({ kind: 'unknown' });
  });

  it('sends postmaster and abuse to the first account until told otherwise', async () => {
    for (const address of ['postmaster@example.test', 'Abuse@bücher.example', 'Postmaster']) {
      expect(await service.resolve(address)).toEqual(to(alice));
    }
    await service.settings.set('accounts.postmaster', 'bob@example.test', { domain: 'example.test' });
    expect(await service.resolve('postmaster@example.test')).toEqual(to(bob));
    await service.aliases.add('abuse@example.test', ['alice@example.test']);
    expect(await service.resolve('abuse@example.test')).toEqual(to(alice));
  });

  it('says that an account is switched off, but leaves it out of an alias', async () => {
    await service.aliases.add('team@example.test', ['alice@example.test', 'bob@example.test']);
    await service.accounts.set('bob@example.test', { enabled: false });
    expect(await service.resolve('bob@example.test')).toEqual({ kind: 'disabled' });
    expect(await service.resolve('team@example.test')).toEqual(to(alice));
  });

  it('knows a domain in both spellings, and local parts beyond ASCII', async () => {
    const jose = (await service.accounts.add('jose\u0301@bücher.example', PASSWORD)).id;
    expect(await service.resolve('JOSÉ@xn--bcher-kva.example')).toEqual(to(jose));
    expect(await service.domains.get('BÜCHER.example')).toMatchObject({ domain: 'xn--bcher-kva.example' });
  });
});

describe('addresses', () => {
  it.each([
    'a@b@',
    '@example.test',
    'a@',
    'a@exa mple.test',
    'a@-x.test',
    'a@1.2.3.4',
    'a@%41.test',
    'a"b',
    'a\u0000@x.test',
    '"a@x.test',
  ])('refuses %j', (text) => expect(parseAddress(text)).toBeUndefined());
  it('keeps a domain as A-labels', () => {
    expect(normalDomain('faß.DE')).toBe('xn--fa-hia.de');
    expect(normalDomain('１.２.３')).toBeUndefined();
  });
});

describe('who may send as whom', () => {
  it('is the account, its aliases, and their subaddresses', async () => {
    await service.aliases.add('sales@example.test', ['alice@example.test']);
    for (const address of [
      'alice@example.test',
      'Alice+x@example.test',
      'sales@example.test',
      'sales+y@example.test',
    ]) {
      expect(await service.maySendAs(alice, address)).toBe(true);
      expect(await service.maySendAs(bob, address)).toBe(false);
    }
    expect(await service.maySendAs(alice, 'alice@elsewhere.example')).toBe(false);
    expect(await service.maySendAs(alice, 'not an address')).toBe(false);
  });
});
