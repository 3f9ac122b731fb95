/** Settings for mail programs (ME-30): what the files say is what signs in. */
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { python } from '../support/python.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';

let system: System;
let adminToken: string;

beforeAll(async () => {
  system = await startSystem();
  adminToken = (await readFile(join(system.home, 'admin-token'), 'utf8')).trim();
});
afterAll(() => system?.remove());

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function ask(path: string, { method = 'GET', body = '', host = '' } = {}): Promise<Answer> {
  const asked = httpRequest(`http://127.0.0.1:${system.port('http')}${path}`, {
    method,
    ...(host === '' ? {} : { headers: { host } }),
  });
  const answered = new Promise<Answer>((resolve, reject) => {
    asked.on('error', reject).on('response', async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode!, type: response.headers['content-type'] ?? '', text });
    });
  });
  asked.end(body);
  return answered;
}

async function set(key: string, value: unknown): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${system.port('http')}/admin/v1/settings/${key}?domain=example.test`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${adminToken}` },
    body: JSON.stringify({ value }),
  });
  expect(response.status, await response.text()).toBe(200);
}

/** Signs in by all servers of `found`, a Python expression on `given['text']`: (protocol, how, host, port, user). */
const signInAt = (text: string, found: string) =>
  python(
    `
import imaplib, poplib, smtplib, ssl, json, plistlib
import xml.etree.ElementTree as ET
context = ssl.create_default_context(cafile=given['ca'])
def servers(text):
${found}
for protocol, how, host, port, user in servers(given['text']):
    if protocol == 'imap':
        m = imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=20) if how == 'SSL' else imaplib.IMAP4(host, port, timeout=20)
        if how == 'STARTTLS': m.starttls(context)
        assert m.login(user, given['password'])[0] == 'OK'
        m.logout()
    elif protocol == 'pop3':
        m = poplib.POP3_SSL(host, port, context=context, timeout=20) if how == 'SSL' else poplib.POP3(host, port, timeout=20)
        if how == 'STARTTLS': m.stls(context)
        m.user(user)
        m.pass_(given['password'])
        m.quit()
    else:
        m = smtplib.SMTP_SSL(host, port, context=context, timeout=20) if how == 'SSL' else smtplib.SMTP(host, port, timeout=20)
        if how == 'STARTTLS': m.starttls(context=context)
        m.login(user, given['password'])
        m.sendmail(user, [user], 'Subject: ' + how + '\\r\\n\\r\\nHello\\r\\n')
        m.quit()
    print(protocol, how)
`,
    { text, password: system.passwords.get(ALICE), ca: join(system.home, 'tls', 'cert.pem') },
  ).then((out) => out.trim().split('\n'));

const THUNDERBIRD = `
    for one in ET.fromstring(text).iter():
        if one.tag in ('incomingServer', 'outgoingServer'):
            assert one.findtext('authentication') == 'password-cleartext'
            user = one.findtext('username').replace('%EMAILADDRESS%', '${ALICE}')
            yield one.get('type'), one.findtext('socketType'), one.findtext('hostname'), int(one.findtext('port')), user
`;

it('are found by Thunderbird and its kin: every server in them signs in', async () => {
  for (const path of ['/.well-known/autoconfig/mail/config-v1.1.xml', '/mail/config-v1.1.xml']) {
    const { status, type, text } = await ask(`${path}?emailaddress=${encodeURIComponent(ALICE)}`);
    expect([status, type]).toEqual([200, 'text/xml; charset=utf-8']);
    expect(text).toContain('<domain>example.test</domain>');
    expect(text).toContain(`<username>${ALICE}</username>`);
    if (path.startsWith('/mail')) continue;
    expect(await signInAt(text, THUNDERBIRD)).toEqual([
      ...['imap SSL', 'pop3 SSL', 'imap STARTTLS', 'pop3 STARTTLS'],
      ...['smtp SSL', 'smtp STARTTLS'],
    ]);
  }
  const byName = await ask('/mail/config-v1.1.xml', { host: 'autoconfig.example.test' });
  expect(byName.text).toContain('<username>%EMAILADDRESS%</username>');
  expect((await signInAt(byName.text, THUNDERBIRD)).length).toBe(6);
});

it('are found by Outlook, as XML and by the address of it', async () => {
  const outlook = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a';
  const question = (address: string, schema = outlook) => `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>
<EMailAddress>${address}</EMailAddress><AcceptableResponseSchema>${schema}</AcceptableResponseSchema>
</Request></Autodiscover>`;
  for (const path of ['/autodiscover/autodiscover.xml', '/Autodiscover/Autodiscover.xml']) {
    const { status, text } = await ask(path, { method: 'POST', body: question(ALICE) });
    expect(status).toBe(200);
    const signed = await signInAt(
      text,
      `
    n = '{${outlook}}'
    for one in ET.fromstring(text).iter(n + 'Protocol'):
        assert one.findtext(n + 'SSL') == 'on' and one.findtext(n + 'SPA') == 'off'
        yield one.findtext(n + 'Type').lower(), one.findtext(n + 'Encryption'), one.findtext(n + 'Server'), int(one.findtext(n + 'Port')), one.findtext(n + 'LoginName')
`,
    );
    expect(signed).toEqual(['imap SSL', 'pop3 SSL', 'smtp SSL']);
  }
  const post = async (body: string) => (await ask('/autodiscover/autodiscover.xml', { method: 'POST', body })).text;
  expect(await post('')).toContain('<ErrorCode>600</ErrorCode>');
  expect(await post(question('x@elsewhere.test'))).toContain('<ErrorCode>601</ErrorCode>');
  const sync = 'http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006';
  expect(await post(question(ALICE, sync))).toContain('<ErrorCode>601</ErrorCode>');
  expect((await ask('/autodiscover/autodiscover.xml', { method: 'POST', body: 'x'.repeat(20_000) })).status).toBe(413);
  expect((await ask('/autodiscover/autodiscover.xml')).status).toBe(405);

  const json = await ask(`/autodiscover/autodiscover.json?Email=${ALICE}&Protocol=AutodiscoverV1`);
  expect(JSON.parse(json.text)).toEqual({
    Protocol: 'AutodiscoverV1',
    Url: `http://127.0.0.1:${system.port('http')}/autodiscover/autodiscover.xml`,
  });
  const other = await ask(`/autodiscover/autodiscover.json/v1.0/${ALICE}?Protocol=ActiveSync`);
  expect([other.status, JSON.parse(other.text).ErrorCode]).toEqual([400, 'InvalidProtocol']);
});

it('are a profile for Apple’s programs, of which the second takes the place of the first', async () => {
  await set('brand.name', 'Fish & Co <"mail">');
  const get = () => ask(`/mail/apple.mobileconfig?emailaddress=${encodeURIComponent('Alice@Example.test')}`);
  const { status, type, text } = await get();
  expect([status, type]).toEqual([200, 'application/x-apple-aspen-config; charset=utf-8']);
  const signed = await signInAt(
    text,
    `
    profile = plistlib.loads(text.encode())
    [mail] = profile['PayloadContent']
    assert profile['PayloadOrganization'] == 'Fish & Co <"mail">' and profile['PayloadUUID'] != mail['PayloadUUID']
    for side, protocol in (('Incoming', 'imap'), ('Outgoing', 'smtp')):
        assert mail[side + 'MailServerUseSSL'] is True
        yield protocol, 'SSL', mail[side + 'MailServerHostName'], mail[side + 'MailServerPortNumber'], mail[side + 'MailServerUsername']
`,
  );
  expect(signed).toEqual(['imap SSL', 'smtp SSL']);
  expect((await get()).text).toBe(text);
});

it('name only what is allowed in the domain, and no domain but ours', async () => {
  await set('accounts.imap', false);
  const servers = JSON.parse((await ask(`/mail/servers.json?emailaddress=${ALICE}`)).text);
  expect(servers).toMatchObject({ domain: 'example.test', address: ALICE });
  expect(servers.servers.map((one: { protocol: string }) => one.protocol)).toEqual(['smtp', 'pop3', 'smtp', 'pop3']);
  expect((await ask(`/mail/apple.mobileconfig?emailaddress=${ALICE}`)).text).toContain('EmailTypePOP');
  await set('accounts.pop3', false);
  expect((await ask(`/mail/apple.mobileconfig?emailaddress=${ALICE}`)).status).toBe(404);
  for (const path of ['/mail/config-v1.1.xml', '/mail/servers.json', '/mail/apple.mobileconfig']) {
    expect((await ask(`${path}?emailaddress=x@elsewhere.test`)).status, path).toBe(404);
    expect((await ask(`${path}?emailaddress=nonsense`)).status, path).toBe(400);
    expect((await ask(path, { method: 'POST' })).status, path).toBe(405);
  }
  // Whether an address is somebody's cannot be seen.
  const [one, other] = await Promise.all(
    [ALICE, 'nobody@example.test'].map((address) => ask(`/mail/config-v1.1.xml?emailaddress=${address}`)),
  );
  expect(other!.text).toBe(one!.text.replaceAll(ALICE, 'nobody@example.test'));
});
