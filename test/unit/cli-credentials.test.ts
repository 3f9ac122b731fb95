import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClient } from '../../bin/cli/client.ts';
import { main } from '../../bin/cli/main.ts';
import { type AdminWorld, adminWorld, serveAdmin, TOKEN } from './admin-support.ts';

let world: AdminWorld;
let server: Awaited<ReturnType<typeof serveAdmin>>;
let id: string;
const ALICE = 'alice@example.test';

beforeEach(async () => {
  world = adminWorld();
  server = await serveAdmin(world);
  await world.directory.domains.add('example.test');
  id = (await world.directory.accounts.add(ALICE, 'long enough')).id;
});
afterEach(() => server.close(1_000));

async function postern(line: string) {
  let out = '';
  const streams = {
    stdin: Readable.from([]),
    stdout: (text: string) => {
      out += text;
    },
    stderr: (text: string) => {
      out += text;
    },
  };
  const code = await main(line.split(' '), () => createClient(server.url, () => TOKEN), streams);
  return { code, out };
}
const signIn = (password: string) =>
  world.directory.authenticate(ALICE, password, { service: 'imap', address: '127.0.0.1' });

it('shows and takes away what signs in besides the password, and says who did', async () => {
  const { credentials, secondFactors } = world.directory;
  const phone = await credentials.appPasswords.make(id, 'phone', ['imap']);
  const tablet = await credentials.appPasswords.make(id, 'tablet', ['imap']);
  for (const device of ['one', 'two', 'three'])
    await credentials.sessions.begin(id, { how: 'password', device, address: '192.0.2.1' });
  await secondFactors.add(id, 'totp');
  await expect(signIn('long enough')).rejects.toThrow(/app password/);

  const shown = await postern(`account credentials ${ALICE}`);
  for (const word of ['totp', 'phone', 'tablet', 'imap', 'two', '192.0.2.1', phone.id])
    expect(shown.out).toContain(word);
  const json = (await postern(`account credentials ${ALICE} --json`)).out;
  for (const secret of [phone.password, 'hash', 'scram', 'token']) expect(json).not.toContain(secret);

  expect(await postern(`account revoke ${ALICE} ${phone.id}`)).toEqual({ code: 0, out: `${phone.id} is revoked\n` });
  await expect(signIn(phone.password)).rejects.toThrow();
  await signIn(tablet.password);
  expect((await postern(`account revoke ${ALICE} ${phone.id}`)).code).toBe(1);

  const [first] = JSON.parse(json).sessions;
  expect((await postern(`account sign-out ${ALICE} ${first.id}`)).out).toBe('1 sessions ended\n');
  expect((await postern(`account sign-out ${ALICE}`)).out).toBe('2 sessions ended\n');
  expect(await credentials.sessions.list(id)).toEqual([]);

  expect((await postern(`account reset-factors ${ALICE}`)).out).toBe('totp taken away\n');
  await signIn('long enough');
  expect((await postern(`account reset-factors ${ALICE}`)).out).toBe('There was none.\n');
  expect((await postern('account credentials nobody@example.test')).code).toBe(1);

  const { out } = await postern('audit --json');
  for (const action of [
    'account.app-password.remove',
    'account.session.end',
    'account.sessions.end',
    'account.second-factors.remove',
  ])
    expect(out).toContain(`"${action}"`);
});
