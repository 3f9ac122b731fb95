import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../../adapters/net/certificate.ts';
import { openTlsFrom, type TlsFromSource } from '../../adapters/net/tls-source.ts';
import type { Log } from '../../mail/ports/index.ts';

const pair = (name: string) => selfSigned([name], Date.now() - 1000, Date.now() + 1e9);
const stated = (of: { readonly cert: string; readonly key: string }) => JSON.stringify(of);

describe('a certificate from a source', () => {
  const lines: string[] = [];
  const say = (event: string, fields?: object) => void lines.push(`${event} ${JSON.stringify(fields)}`);
  const log: Log = { debug: say, info: say, warn: say, error: say };
  let tls: TlsFromSource | undefined;
  afterEach(() => {
    tls?.close();
    lines.length = 0;
  });

  it('is a self-signed one while the source has none, and says so once', async () => {
    tls = await openTlsFrom({ source: async () => '{}', names: ['mail.example.test'], log });
    const before = tls.cert;
    expect(new X509Certificate(before).checkHost('mail.example.test')).toBe('mail.example.test');
    await tls.reload();
    await tls.reload();
    expect(tls.cert).toBe(before);
    expect(lines).toEqual([expect.stringMatching(/^tls.unusable .*no certificate yet.*self-signed/)]);
  });

  it('is taken up when it comes, and when it is renewed', async () => {
    let text = '{}';
    tls = await openTlsFrom({ source: async () => text, names: ['x.test'], log, every: 5, everyWithout: 5 });
    const first = tls.context(undefined);
    const issued = pair('mail.example.test');
    text = stated(issued);
    while (tls.cert !== issued.cert) await delay(5);
    const second = tls.context('mail.example.test');
    expect(second).not.toBe(first);
    await delay(20);
    expect(tls.context(undefined)).toBe(second);
    const renewed = pair('mail.example.test');
    text = stated(renewed);
    while (tls.cert !== renewed.cert) await delay(5);
    expect(lines.filter((line) => line.startsWith('tls.loaded'))).toHaveLength(2);
  });

  it('stays as it is while the source fails or gives nonsense, whose text is not logged', async () => {
    const [good, other] = [pair('a.test'), pair('b.test')];
    let source = async () => stated(good);
    tls = await openTlsFrom({ source: () => source(), names: ['x.test'], log });
    const shown = tls.context(undefined);
    for (const text of [
      '{"cert": "x", "key": "SECRET"}',
      stated({ cert: good.cert, key: other.key }),
      'SECRET-----',
      '{"cert": 5}',
      'null',
      '{}',
    ]) {
      source = async () => text;
      await tls.reload();
      expect(tls.context(undefined)).toBe(shown);
      expect(lines.at(-1)).toMatch(/^tls.unusable .*the one before is kept/);
    }
    source = () => Promise.reject(new Error('the service is away'));
    await tls.reload();
    expect(lines.at(-1)).toMatch(/^tls.unreadable .*the service is away/);
    expect(tls.context(undefined)).toBe(shown);
    expect(lines.join()).not.toContain('SECRET');
    expect(lines.join()).not.toContain('PRIVATE KEY');
  });

  it('is chosen by the host name that is asked for, where there is one for it', async () => {
    const [all, other, renewed] = [pair('mail.example.test'), pair('mail.other.test'), pair('mail.other.test')];
    let text = stated({ ...all, names: { 'Mail.Other.test': other } } as never);
    tls = await openTlsFrom({ source: async () => text, names: ['x.test'], log });
    const first = tls.context('mail.other.test');
    expect(first).not.toBe(tls.context('mail.example.test'));
    expect(tls.context('constructor')).toBe(tls.context(undefined));
    text = stated({ ...all, names: { 'mail.other.test': { cert: renewed.cert, key: all.key } } } as never);
    await tls.reload();
    expect(tls.context('mail.other.test')).toBe(first);
    expect(lines.at(-1)).toMatch(/^tls.unusable .*mail.other.test/);
    text = stated({ ...all, names: { 'mail.other.test': renewed } } as never);
    await tls.reload();
    expect(tls.context('mail.other.test')).not.toBe(first);
    text = stated(all);
    await tls.reload();
    expect(tls.context('mail.other.test')).toBe(tls.context(undefined));
    expect(lines.join()).not.toContain('PRIVATE KEY');
  });

  it('lets a program start with a useless one, but not without an answer', async () => {
    tls = await openTlsFrom({ source: async () => 'nonsense', names: ['x.test'], log });
    expect(new X509Certificate(tls.cert).subject).toBe('CN=x.test');
    const none = () => Promise.reject(new Error('no access to the secret'));
    await expect(openTlsFrom({ source: none, names: ['x.test'], log })).rejects.toThrow('no access to the secret');
  });
});
