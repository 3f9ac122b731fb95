import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdminWorld, adminWorld, serveAdmin, TOKEN } from './admin-support.ts';

let world: AdminWorld;
let server: Awaited<ReturnType<typeof serveAdmin>>;

beforeEach(async () => {
  world = adminWorld();
  server = await serveAdmin(world);
  await world.directory.domains.add('example.test');
});
afterEach(() => server.close(1_000));

async function call(method: string, path: string, body?: string | Uint8Array, type = 'text/csv') {
  const response = await fetch(`${server.url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type },
    ...(body === undefined ? {} : { body: body as string }),
  });
  const text = await response.text();
  return { status: response.status, text, body: text.startsWith('{') ? JSON.parse(text) : undefined };
}

const addresses = async () => {
  const all = [];
  for await (const { address } of world.directory.accounts.list('example.test')) all.push(address);
  return all;
};
const signIn = (address: string, password: string) =>
  world.directory.authenticate(address, password, { service: 'imap', address: '127.0.0.1' });

const GOOD =
  'address,password,displayName,quota,pop3\r\na@example.test,long enough,"Doe, A",1G,off\r\nb@example.test,,,,\r\n';
const BAD = [
  'Address,password,quota',
  'c@example.test,long enough,1G',
  'd@example.test,short,1G',
  'e@nowhere.test,long enough,',
  'f@example.test,long enough,much',
  'c@example.test,long enough,',
  'no address,,',
  ',,',
  'g@example.test,long enough',
  'a@example.test,long enough,',
].join('\n');

describe('import and export of accounts as CSV (ME-5)', () => {
  it('makes accounts with the passwords given, or made and told once', async () => {
    const { status, body } = await call('POST', '/import/accounts', GOOD);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        rows: 2,
        done: 2,
        refused: [],
        made: [
          { line: 2, address: 'a@example.test' },
          { line: 3, address: 'b@example.test' },
        ],
      },
    });
    expect(body.made[0].password).toBeUndefined();
    await signIn('a@example.test', 'long enough');
    await signIn('b@example.test', body.made[1].password);
    expect(await world.directory.accounts.get('a@example.test')).toMatchObject({
      displayName: 'Doe, A',
      quota: 1024 ** 3,
      pop3: false,
    });
  });

  it('names every wrong line, and does nothing of such a file unless asked to', async () => {
    await call('POST', '/import/accounts', GOOD);
    const before = await addresses();
    for (const mode of ['check', 'all']) {
      const { body } = await call('POST', `/import/accounts?mode=${mode}&line=11`, BAD);
      expect(body).toMatchObject({ rows: 9, done: 0, made: [] });
      expect(body.refused.map(({ line, detail }: { line: number; detail: string }) => `${line} ${detail}`)).toEqual([
        '13 A password has at least 8 characters.',
        '14 There is no domain nowhere.test here. Add it first.',
        expect.stringMatching(/^15 "much" does not fit accounts\.quota/),
        '16 c@example.test is in the file twice.',
        '17 "no address" is not a mail address: write it as name@domain.',
        '18 The cell address is empty.',
        '19 There are 2 cells, and the header has 3.',
        '20 a@example.test is taken already.',
      ]);
      expect(await addresses()).toEqual(before);
    }
    const { body } = await call('POST', '/import/accounts?mode=each', BAD);
    expect(body).toMatchObject({ rows: 9, done: 1, made: [{ line: 2, address: 'c@example.test' }] });
    expect(body.refused).toHaveLength(8);
    expect(await addresses()).toEqual([...before, 'c@example.test']);
  });

  it('checks all and does nothing with mode=check', async () => {
    expect((await call('POST', '/import/accounts?mode=check', GOOD)).body).toMatchObject({
      rows: 2,
      done: 0,
      refused: [],
    });
    expect(await addresses()).toEqual([]);
  });

  it.each<[string, string | Uint8Array, number, string]>([
    ['an unknown column', 'address,colour\n', 400, 'There is no column "colour".'],
    ['a column twice', 'address,quota,Quota\n', 400, 'The column quota is there twice.'],
    ['no address column', 'password\n', 400, 'The column address is missing.'],
    ['nothing', '', 400, 'There is no header line'],
    ['an open quote', 'address\n"a', 400, 'Line 2: a quote is opened and never closed.'],
    ['other bytes', Buffer.from('address\n\xff@example.test', 'latin1'), 400, 'The text is not UTF-8'],
    ['too many rows', `address\n${'x@example.test\n'.repeat(501)}`, 422, 'One request has at most 500 rows.'],
    ['too many bytes', 'x'.repeat(1_100_000), 413, 'The body has at most 1048576 bytes.'],
  ])('refuses a text with %s as a whole', async (_, text, status, why) => {
    const answer = await call('POST', '/import/accounts', text);
    expect(answer).toMatchObject({ status, body: { detail: expect.stringContaining(why) } });
  });

  it('exports what makes the same again, without passwords, and no formula', async () => {
    await world.directory.accounts.add('=cmd@example.test', 'long enough', {
      displayName: '=HYPERLINK("x")',
      quota: 'none',
      imap: 'off',
    });
    await world.directory.accounts.add('plain@example.test', 'long enough', { enabled: false });
    const { text } = await call('GET', '/export/accounts?domain=example.test');
    expect(text.split('\r\n')).toEqual([
      'address,displayName,quota,maxMessages,imap,pop3,enabled',
      `'=cmd@example.test,"'=HYPERLINK(""x"")",none,,off,,on`,
      'plain@example.test,,,,,,off',
      '',
    ]);
    expect((await call('GET', '/export/accounts')).text).toBe(text);
    for (const address of await addresses()) await world.directory.accounts.remove(address);
    expect((await call('POST', '/import/accounts', text)).body).toMatchObject({ done: 2, refused: [] });
    expect((await call('GET', '/export/accounts')).text).toBe(text);
  });

  it('does the same for aliases and groups', async () => {
    await call('POST', '/import/accounts', GOOD);
    const aliases = 'address,targets\r\nsales@example.test,a@example.test x@elsewhere.example\r\n';
    const groups = 'address,name,members\r\nteam@example.test,The team,a@example.test b@example.test\r\n';
    expect((await call('POST', '/import/aliases', aliases)).body).toMatchObject({ done: 1, refused: [] });
    expect((await call('POST', '/import/groups', groups)).body).toMatchObject({ done: 1, refused: [] });
    expect((await call('GET', '/export/aliases')).text).toBe(aliases);
    expect((await call('GET', '/export/groups')).text).toBe(groups);
    expect((await call('POST', '/import/groups?mode=check', groups)).body.refused).toMatchObject([
      { line: 2, code: 'alreadyexists' },
    ]);
    expect((await call('POST', '/import/aliases', 'address,targets\nz@example.test,\n')).body.refused).toMatchObject([
      { line: 2, detail: 'The cell targets is empty.' },
    ]);
  });

  it('puts each account on record, without its password', async () => {
    await call('POST', '/import/accounts', GOOD);
    const { text } = await call('GET', '/audit?action=account.add');
    expect(JSON.parse(text).items).toMatchObject([{ target: expect.stringMatching(/^[ab]@example\.test$/) }, {}]);
    expect(text).not.toContain('long enough');
  });
});

describe('groups (ME-6)', () => {
  it('are changed member by member, and deliver once to each', async () => {
    await call('POST', '/import/accounts', GOOD);
    const json = (method: string, path: string, body?: object) =>
      call(method, path, body === undefined ? undefined : JSON.stringify(body), 'application/json');
    const address = 'team@example.test';
    expect(
      await json('POST', '/groups', { address, members: ['a@example.test', 'A@example.test', 'x@elsewhere.example'] }),
    ).toMatchObject({
      status: 201,
      body: { name: '', members: ['a@example.test', 'x@elsewhere.example'] },
    });
    expect(await json('POST', '/groups', { address, members: ['a@example.test'] })).toMatchObject({ status: 409 });
    await world.directory.aliases.add('also-a@example.test', ['a@example.test']);
    const change = {
      name: 'The team',
      add: ['b@example.test', 'also-a@example.test'],
      remove: ['x@elsewhere.example', 'nobody@example.test'],
    };
    expect((await json('PATCH', `/groups/${address}`, change)).body).toEqual({
      address,
      name: 'The team',
      members: ['a@example.test', 'b@example.test', 'also-a@example.test'],
    });
    const found = await world.directory.resolve(address);
    expect(found).toMatchObject({ kind: 'local', relay: [] });
    expect(found.kind === 'local' && found.deliveries).toHaveLength(2);
    expect(await json('PATCH', `/groups/${address}`, { remove: change.add.concat('a@example.test') })).toMatchObject({
      status: 400,
    });
    expect((await json('GET', '/aliases')).body.items).toEqual([
      expect.objectContaining({ address: 'also-a@example.test' }),
    ]);
    expect(await json('DELETE', `/aliases/${address}`)).toMatchObject({ status: 404 });
    expect((await json('GET', '/groups?limit=1')).body.items).toHaveLength(1);
    expect(await json('DELETE', `/groups/${address}`)).toMatchObject({ status: 204 });
    expect((await world.directory.resolve(address)).kind).toBe('unknown');
  });
});

describe('DNS of a domain (ME-37)', () => {
  const check = async () => {
    const { body } = await call('GET', '/domains/example.test/dns/check');
    return Object.fromEntries(
      body.items.map((each: { type: string; name: string; status: string; explanation: string }) => [
        `${each.type} ${each.name}`,
        `${each.status}: ${each.explanation}`,
      ]),
    );
  };
  const publish = (records: Readonly<Record<string, readonly string[]>>) => {
    for (const [key, values] of Object.entries(records)) world.published.set(key, { kind: 'found', values });
  };

  it('lists what the server can live up to', async () => {
    const { body } = await call('GET', '/domains/example.test/dns');
    expect(body.items).toMatchObject([
      { type: 'MX', name: 'example.test', value: '10 mail.example.test', need: 'required' },
      { type: 'TXT', name: 'example.test', value: 'v=spf1 mx ~all', need: 'required' },
    ]);
    expect((await call('GET', '/domains/nowhere.test/dns')).status).toBe(404);
  });

  it('finds all in order', async () => {
    publish({
      'MX example.test': ['20 backup.example.net', '10 mail.example.test'],
      'TXT example.test': ['something=else', 'v=spf1 include:other.example MX -all'],
      'A mail.example.test': ['192.0.2.1'],
      'PTR 192.0.2.1': ['mail.example.test'],
    });
    expect(await check()).toEqual({
      'MX example.test': 'ok: Mail comes to mail.example.test. Mail may go to backup.example.net too.',
      'TXT example.test': 'ok: It names the way that mail leaves.',
      'A mail.example.test': 'ok: Other servers connect to 192.0.2.1.',
      'PTR 192.0.2.1': 'ok: Name and address lead to each other.',
    });
  });

  it('says what is wrong, and why there is no answer, in a plain line', async () => {
    publish({ 'MX example.test': ['10 mx.elsewhere.example'], 'TXT example.test': ['v=spf1 -all', 'v=spf1 mx -all'] });
    publish({ 'AAAA mail.example.test': ['2001:db8::1'], 'PTR 2001:db8::1': ['host.isp.example'] });
    expect(await check()).toMatchObject({
      'MX example.test': 'wrong: Mail goes to mx.elsewhere.example, not to mail.example.test.',
      'TXT example.test': 'wrong: There is more than one SPF record: others then use none.',
      'PTR 2001:db8::1': expect.stringMatching(/^wrong: The address is called host\.isp\.example/),
    });
    publish({ 'MX example.test': ['0 '], 'TXT example.test': ['v=spf1 include:other.example -all'] });
    world.published.set('AAAA mail.example.test', { kind: 'nodata' });
    world.published.set('A mail.example.test', { kind: 'timeout' });
    expect(await check()).toMatchObject({
      'MX example.test': 'wrong: Mail goes to nowhere (a null MX), not to mail.example.test.',
      'TXT example.test': expect.stringMatching(/^wrong: It does not name mx:/),
      'A mail.example.test': expect.stringMatching(/^unknown: No name server answered in time \(timeout\)/),
    });
    const lines: string[] = [];
    for (const kind of ['nxdomain', 'nodata', 'servfail', 'refused', 'timeout'] as const) {
      world.published.set('MX example.test', { kind });
      lines.push((await check())['MX example.test']!);
    }
    expect(lines).toEqual([
      expect.stringMatching(/^missing: .*NXDOMAIN/),
      'missing: The name is there and has no MX record: publish it.',
      expect.stringMatching(/^unknown: .*SERVFAIL/),
      expect.stringMatching(/^unknown: .*REFUSED/),
      expect.stringMatching(/^unknown: .*timeout/),
    ]);
  });

  it('follows how the mail of the domain leaves', async () => {
    const routes = [{ kind: 'smarthost', host: 'Relay.example.net', port: 587, tls: 'required' }, { kind: 'ses' }];
    await world.directory.settings.set('outbound.routes', routes, { domain: 'example.test' });
    const { body } = await call('GET', '/domains/example.test/dns');
    expect(body.items[1].value).toBe('v=spf1 a:relay.example.net include:amazonses.com ~all');
  });
});
