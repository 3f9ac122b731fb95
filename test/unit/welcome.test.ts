import { simpleParser } from 'mailparser';
import { expect, it } from 'vitest';
import { createDirectory } from '../../mail/directory/directory.ts';
import { createAccept } from '../../mail/inbound/accept.ts';
import { inboundJob } from '../../mail/inbound/job.ts';
import { createWelcome } from '../../mail/inbound/welcome.ts';
import { adminWorld } from './admin-support.ts';

const account = { tenant: 'default', enabled: true, imap: true, pop3: true };

it('gives a new account its first message, filled in (ME-5)', async () => {
  const { ports, clock, deps } = adminWorld();
  const accept = createAccept({ blobs: ports.blobs, queue: ports.queues.deliver, clock });
  const welcome = createWelcome({ accept, clock, random: deps.random, hostname: 'mail.example.test' });
  const message = { subject: 'Willkommen, {name}', text: 'Dear {name},\n{address} is at {domain}. {other}\nGrüße\n' };
  await welcome(
    { ...account, id: 'a1', address: 'alice@example.test', displayName: 'Alïce, "A"\r\nBcc: x@y.example' },
    message,
  );
  const [received] = await ports.queues.deliver.receive({ max: 1, visibility: 30, waitSeconds: 0 });
  const job = inboundJob.parse(JSON.parse(received!.body));
  expect(job).toMatchObject({ from: '', deliveries: [{ account: 'a1', recipient: 'alice@example.test' }] });
  const bytes = Buffer.from(await ports.blobs.get(job.blob));
  const parsed = await simpleParser(bytes);
  expect(parsed.subject).toBe('Willkommen, Alïce, "A" Bcc: x@y.example');
  expect(parsed.from?.text).toBe('postmaster@example.test');
  expect(parsed.headers.get('bcc')).toBeUndefined();
  expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
  expect(parsed.text).toContain('alice@example.test is at example.test. {other}');
});

it('is sent where a domain has one, and holds up no account', async () => {
  const { ports, clock, deps } = adminWorld();
  const sent: string[] = [];
  const warnings: string[] = [];
  const directory = createDirectory({
    ...ports,
    clock,
    random: deps.random,
    log: { ...deps.log, warn: (what: string) => warnings.push(what) },
    createMailboxes: async () => {},
    async welcome({ address }, { subject }) {
      sent.push(`${address} ${subject}`);
      if (sent.length === 2) throw new Error('no queue');
    },
    defaultRoutes: [{ kind: 'mx' }],
  });
  for (const domain of ['example.test', 'other.test']) await directory.domains.add(domain);
  const value = { subject: 'Hello', text: 'Hi {name}' };
  await directory.settings.set('accounts.welcome', value, { domain: 'example.test' });
  expect(await directory.settings.get('accounts.welcome', { domain: 'example.test' })).toMatchObject({ value });
  for (const wrong of [{ subject: '' }, { subject: 'x' }, 'text', { ...value, more: 1 }]) {
    await expect(directory.settings.set('accounts.welcome', wrong, { domain: 'example.test' })).rejects.toThrow();
  }
  for (const address of ['a@example.test', 'b@example.test', 'c@other.test']) {
    await directory.accounts.add(address, 'long enough');
  }
  expect(sent).toEqual(['a@example.test Hello', 'b@example.test Hello']);
  expect(warnings).toEqual(['account.notWelcomed']);
  expect(await directory.accounts.get('b@example.test')).toMatchObject({ address: 'b@example.test' });
});
