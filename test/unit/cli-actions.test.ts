import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../bin/cli/client.ts';
import { main } from '../../bin/cli/main.ts';
import { inboundJob } from '../../mail/inbound/job.ts';
import { type AdminWorld, adminWorld, serveAdmin, TOKEN } from './admin-support.ts';

let world: AdminWorld;
let server: Awaited<ReturnType<typeof serveAdmin>>;
const ALICE = 'alice@example.test';

beforeEach(async () => {
  world = adminWorld();
  server = await serveAdmin(world);
  await world.directory.domains.add('example.test');
  for (const name of ['alice', 'bob', 'carol'])
    await world.directory.accounts.add(`${name}@example.test`, 'long enough');
});
afterEach(() => server.close(1_000));

async function postern(line: string, stdin = '') {
  let out = '';
  let err = '';
  const streams = {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: (text: string) => {
      out += text;
    },
    stderr: (text: string) => {
      err += text;
    },
  };
  const code = await main(line.split(' '), () => createClient(server.url, () => TOKEN), streams);
  return { code, out, err };
}

describe('actions on many (ME-5)', () => {
  it('sends to every account that is switched on, once, in the name of the domain only', async () => {
    await world.directory.accounts.set('carol@example.test', { enabled: false });
    const text = 'From: Postmaster <postmaster@example.test>\nSubject: Maintenance\n\nTonight.\n';
    expect(await postern('domain mail example.test', text)).toEqual({ code: 0, out: 'sent to 2 accounts\n', err: '' });
    const jobs = await world.ports.queues.deliver.receive({ max: 10, visibility: 30, waitSeconds: 0 });
    expect(jobs).toHaveLength(1);
    const job = inboundJob.parse(JSON.parse(jobs[0]!.body));
    expect(job.from).toBe('postmaster@example.test');
    expect(job.deliveries.map(({ recipient }) => recipient)).toEqual([ALICE, 'bob@example.test']);
    for (const [wrong, why] of [
      ['From: x@elsewhere.example\n\nHi', /x@elsewhere\.example is not of example\.test/],
      ['Subject: nobody\n\nHi', /has no From field/],
    ] as const) {
      expect((await postern('domain mail example.test', wrong)).err).toMatch(why);
    }
    expect((await postern('domain mail example.test --from a@b.example', text)).err).toMatch(/not of example\.test/);
  });

  it('sets limits and services of every account', async () => {
    expect((await postern('account set-all EXAMPLE.test quota=2G pop3=off')).out).toBe('3 accounts changed\n');
    expect(await world.directory.accounts.get('carol@example.test')).toMatchObject({
      quota: 2 * 1024 ** 3,
      pop3: false,
    });
    expect(await postern('account set-all example.test quota=much')).toMatchObject({
      code: 1,
      out: '0 accounts changed\n',
      err: expect.stringContaining('alice@example.test: "much" does not fit accounts.quota'),
    });
    expect((await postern('account set-all example.test displayName=x')).code).toBe(2);
    expect((await postern('account set-all nowhere.test pop3=off')).code).toBe(1);
  });

  it('deletes old messages, and spares unread and flagged ones unless asked to', async () => {
    const account = await world.accounts.open((await world.directory.accounts.get(ALICE)).id);
    const file = async (date: string, flags: string) => {
      const body = `Subject: ${date}\r\n\r\nx\r\n`;
      const head = JSON.stringify({
        size: body.length,
        date: Date.parse(date),
        flags: flags === '' ? [] : flags.split(' '),
      });
      const answer = await fetch(`${server.url}/admin/v1/accounts/${ALICE}/messages?mailbox=Trash`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/vnd.postern.messages' },
        body: `${head}\n${body}`,
      });
      expect(answer.status).toBe(201);
    };
    // The clock of the test begins on 2026-01-01.
    await file('2025-01-01', '\\Seen');
    await file('2025-01-02', '');
    await file('2025-01-03', '\\Seen \\Flagged');
    await file('2025-06-01', '\\Seen');
    const left = async () => (await account.refresh()).mailboxNamed('Trash')!.messages;
    const clean = (more = '') => postern(`account clean ${ALICE} --mailbox Trash --before 2025-05-01${more}`);
    expect((await clean(' --dry-run')).out).toBe('1 messages would be deleted\n');
    expect(await left()).toBe(4);
    expect((await clean()).out).toBe('1 messages deleted\n');
    expect((await clean()).out).toBe('0 messages deleted\n');
    expect((await clean(' --unseen --flagged')).out).toBe('2 messages deleted\n');
    expect(await left()).toBe(1);
    expect((await postern(`account clean ${ALICE} --mailbox None --before 1d`)).err).toContain(
      'There is no mailbox "None"',
    );
    expect((await postern(`account clean ${ALICE}`)).code).toBe(2);
    expect((await postern('domain clean example.test -m Trash -b 2025-07-01')).out).toBe(
      '1 messages of 3 accounts deleted\n',
    );
    expect((await postern('domain clean example.test -m None -b 1d')).out).toBe('0 messages of 3 accounts deleted\n');
  });
});
