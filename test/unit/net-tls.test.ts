import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../../adapters/net/certificate.ts';
import { openTlsStore } from '../../adapters/net/tls.ts';
import { silentLog } from '../support/memory.ts';

describe('selfSigned', () => {
  it('makes a certificate that OpenSSL reads and believes', () => {
    const from = Date.UTC(2026, 0, 2, 3, 4, 5);
    const to = Date.UTC(2055, 0, 1);
    const names = ['mail.example.test', 'localhost', '127.0.0.1', '::1', '2001:db8::7:8'];
    const { cert } = selfSigned(names, from, to);
    const x509 = new X509Certificate(cert);
    expect(x509.verify(x509.publicKey)).toBe(true);
    expect(x509.subject).toBe('CN=mail.example.test');
    expect(x509.ca).toBe(false);
    expect(x509.checkHost('localhost')).toBe('localhost');
    expect(x509.checkHost('other.test')).toBeUndefined();
    for (const address of names.slice(2)) expect(x509.checkIP(address)).toBe(address);
    expect(x509.validFromDate).toEqual(new Date(from));
    expect(x509.validToDate).toEqual(new Date(to));
    expect(x509.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(x509.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it('holds many names', () => {
    const names = Array.from({ length: 40 }, (_, i) => `host-${i}.a-rather-long-domain.example.test`);
    const x509 = new X509Certificate(selfSigned(names, 0, 1e12).cert);
    expect(x509.checkHost(names[39]!)).toBe(names[39]);
  });
});

describe('the certificate store', () => {
  let dir: string;
  beforeEach(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'tls-')), 'tls');
  });
  afterEach(() => rm(join(dir, '..'), { recursive: true }));
  const open = () => openTlsStore({ dir, names: ['mail.example.test'], log: silentLog });

  it('makes a pair once, the key for nobody else', async () => {
    const first = await open();
    expect(first.made).toBe(true);
    expect((await stat(join(dir, 'key.pem'))).mode & 0o777).toBe(0o600);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    first.close();
    const second = await open();
    expect(second.made).toBe(false);
    expect(second.cert).toBe(first.cert);
    second.close();
  });

  it('takes up a new pair, and keeps the old one while the files do not fit', async () => {
    const store = await open();
    const before = { cert: store.cert, context: store.context(undefined) };
    const fresh = selfSigned(['new.example.test'], Date.now(), Date.now() + 1e9);
    await writeFile(join(dir, 'cert.pem'), fresh.cert);
    await store.reload();
    expect(store.cert).toBe(before.cert);
    await writeFile(join(dir, 'key.pem'), 'nonsense');
    await store.reload();
    expect(store.context(undefined)).toBe(before.context);
    await writeFile(join(dir, 'key.pem'), fresh.key);
    await store.reload();
    expect(store.cert).toBe(fresh.cert);
    expect(store.context(undefined)).not.toBe(before.context);
    store.close();
  });

  it('says plainly what is wrong with the files', async () => {
    (await open()).close();
    const { cert } = selfSigned(['x.test'], Date.now(), Date.now() + 1e9);
    const old = await readFile(join(dir, 'cert.pem'));
    await writeFile(join(dir, 'cert.pem'), cert);
    await expect(open()).rejects.toThrow(/key\.pem is not the key of .*cert\.pem/);
    await writeFile(join(dir, 'cert.pem'), 'nonsense');
    await expect(open()).rejects.toThrow(/are not a PEM certificate and its key/);
    await writeFile(join(dir, 'cert.pem'), old);
    await rm(join(dir, 'key.pem'));
    await expect(open()).rejects.toThrow(/key\.pem is missing/);
  });
});
