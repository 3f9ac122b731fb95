/** Images are asked for at public addresses only, whatever a message says and wherever a server leads. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../adapters/net/public-address.ts';
import { createRemoteImages, type RemoteImagesOptions } from '../../adapters/net/remote-images.ts';
import { DnsTemporary } from '../../mail/ports/dns.ts';
import { ImageRefused } from '../../mail/ports/remote-images.ts';

const PUBLIC = '8.8.8.8';

let server: Server;
let port: number;
let asked: IncomingMessage[];
let respond: (request: IncomingMessage, response: ServerResponse) => void;
/** Answers of DNS, one after another; the last one stays. */
let names: Record<string, string[][]>;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request);
    respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  names = { 'images.example': [['127.0.0.1']] };
  respond = (_, response) => response.setHeader('content-type', 'image/png').end('bytes');
});

const dns = {
  async addresses(name: string): Promise<readonly string[]> {
    const answers = names[name];
    if (answers === undefined) return [];
    return answers.length > 1 ? answers.shift()! : answers[0]!;
  },
};

/** As it is built in, or with the test's server let in: which stands for a public one. */
const strict = () => createRemoteImages({ dns });
const lenient = (more: Partial<RemoteImagesOptions> = {}) =>
  createRemoteImages({
    dns,
    isAllowed: (address) => address === '127.0.0.1' || isPublicAddress(address),
    isPort: (given) => given === '' || given === String(port),
    ...more,
  });

async function read(url: string, images = lenient(), most = 100): Promise<readonly [type: string, text: string]> {
  const { type, body } = await images.get(url, most);
  let text = '';
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  return [type, text];
}

async function refused(reading: Promise<unknown>): Promise<string> {
  const error = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ImageRefused);
  return (error as ImageRefused).kind;
}

const at = (path = '/') => `http://images.example:${port}${path}`;

test('an image comes, and its server learns nothing but that somebody asks', async () => {
  respond = (_, response) =>
    response.setHeader('content-type', 'Image/PNG; x=y').setHeader('set-cookie', 'a=b').end('bytes');
  expect(await read(at('/a.png?u=1#here'))).toEqual(['image/png', 'bytes']);
  await read(at('/again'));
  const [{ url, headers }] = asked as [IncomingMessage];
  expect(url).toBe('/a.png?u=1');
  expect(Object.keys(headers).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
  expect(asked[1]!.headers.cookie).toBeUndefined();
});

describe('what is not public is never asked', () => {
  test.each([
    ...['http://127.0.0.1/', 'http://127.1/', 'http://0x7f.0.0.1/', 'http://0177.0.0.1/', 'http://2130706433/'],
    ...['http://017700000001/', 'http://0x7f000001/', 'http://127.0.0.1./', 'http://0/', 'http://0.0.0.0/'],
    ...[
      'http://[::1]/',
      'http://[::]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[::ffff:7f00:1]/',
      'http://[::127.0.0.1]/',
    ],
    ...['http://[0:0:0:0:0:ffff:a9fe:a9fe]/', 'http://[64:ff9b::7f00:1]/', 'http://[64:ff9b:1::a9fe:a9fe]/'],
    ...[
      'http://[2002:7f00:1::]/',
      'http://[2001:0:7f00:1::]/',
      'http://[fe80::1]/',
      'http://[fc00::1]/',
      'http://[fd00:ec2::254]/',
    ],
    ...['http://[ff02::1]/', 'http://169.254.169.254/latest/meta-data/', 'http://169.254.170.2/', 'http://2852039166/'],
    ...[
      'http://10.0.0.1/',
      'http://172.16.0.1/',
      'http://172.31.255.255/',
      'http://192.168.1.1/',
      'http://100.64.0.1/',
    ],
    ...[
      'http://192.0.0.192/',
      'http://198.18.0.1/',
      'http://224.0.0.1/',
      'http://255.255.255.255/',
      'http://①②⑦.⓪.⓪.①/',
    ],
  ])('%s', async (url) => {
    expect(await refused(read(url, strict()))).toBe('forbidden');
  });

  test.each([
    ['loopback', ['127.0.0.1']],
    ['a private network', ['10.1.2.3']],
    ['cloud metadata', ['169.254.169.254']],
    ['IPv4 in IPv6', ['::ffff:10.0.0.1']],
    ['two answers, one of them private', [PUBLIC, '192.168.0.1']],
    ['two answers, the first of them private', ['::1', PUBLIC]],
    ['no answer', []],
  ])('a name that leads to %s', async (_, addresses) => {
    names['evil.example'] = [addresses];
    expect(await refused(read('https://evil.example/a.png', strict()))).toBe('forbidden');
  });

  test.each([
    ...['ftp://images.example/a.png', 'file:///etc/passwd', 'gopher://images.example/', 'data:image/png;base64,AAAA'],
    ...[
      'javascript:alert(1)',
      'http://',
      'images.example/a.png',
      'http://user:secret@images.example/',
      'http://me@images.example/',
    ],
    ...[
      'http://images.example:25/',
      'http://images.example:6379/',
      'https://images.example:80/',
      'http://images.example:443/',
    ],
  ])('%s', async (url) => {
    names['images.example'] = [[PUBLIC]];
    expect(await refused(read(url, strict()))).toBe('forbidden');
    expect(asked).toEqual([]);
  });
});

describe('redirects', () => {
  const to = (location: string) => (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/end') response.setHeader('content-type', 'image/gif').end('there');
    else response.writeHead(302, { location }).end();
  };

  test('are followed, at most three', async () => {
    respond = to('/end');
    expect(await read(at())).toEqual(['image/gif', 'there']);
    let left = 3;
    respond = (request, response) => to(left-- > 1 ? '/more' : '/end')(request, response);
    expect(await read(at())).toEqual(['image/gif', 'there']);
    respond = to('/more');
    asked = [];
    expect(await refused(read(at()))).toBe('failed');
    expect(asked.length).toBe(4);
  });

  test.each([
    ...[
      'http://10.0.0.1/',
      'http://169.254.169.254/latest/meta-data/',
      'http://[::1]/',
      'http://localhost/',
      '//0x7f.2/',
    ],
    ...['ftp://images.example/', 'file:///etc/passwd', 'http://a:b@images.example/', 'http://images.example:22/'],
  ])('to %s are not', async (location) => {
    respond = to(location);
    names.localhost = [['::1']];
    expect(await refused(read(at()))).toBe('forbidden');
    expect(asked.length).toBe(1);
  });

  test('to a name that leads elsewhere now are not (DNS rebinding)', async () => {
    respond = to('/end');
    names['images.example'] = [['127.0.0.1'], ['10.0.0.1']];
    expect(await refused(read(at()))).toBe('forbidden');
    expect(asked.length).toBe(1);
  });

  test('the address that was checked is the one that is asked, whatever the name says a moment later', async () => {
    // A look-up of node's own would ask the machine's resolver, which does not know the name.
    names['rebinding.invalid'] = [['127.0.0.1']];
    expect(await read(`http://rebinding.invalid:${port}/`)).toEqual(['image/png', 'bytes']);
    expect(asked[0]!.headers.host).toBe(`rebinding.invalid:${port}`);
  });
});

describe('a server that does not do what it should', () => {
  test.each([
    ['is not there', 404, {}, 'absent'],
    ['is gone', 410, {}, 'absent'],
    ['fails', 500, {}, 'failed'],
    ['wants a password', 401, { 'www-authenticate': 'Basic' }, 'failed'],
    ['gives a part', 206, {}, 'failed'],
    ['leads nowhere', 301, {}, 'failed'],
    ['compresses', 200, { 'content-encoding': 'gzip' }, 'failed'],
    ['announces too much', 200, { 'content-length': '101' }, 'failed'],
  ])('%s', async (_, status, headers, kind) => {
    respond = (_request, response) => response.writeHead(status, headers).end('x'.repeat(101));
    expect(await refused(read(at()))).toBe(kind);
  });

  test('sends more than it may, without an end', async () => {
    respond = (_, response) => {
      const more = () => {
        while (response.writable && response.write('x'.repeat(50)));
        response.once('drain', more);
      };
      more();
    };
    expect(await refused(read(at()))).toBe('failed');
  });

  test('takes too long, before it answers and while it does', async () => {
    respond = () => undefined;
    expect(await refused(read(at(), lenient({ timeout: 50 })))).toBe('failed');
    respond = (_, response) => void response.write('x');
    expect(await refused(read(at(), lenient({ timeout: 50 })))).toBe('failed');
  });

  test('breaks off', async () => {
    respond = (_, response) => {
      response.writeHead(200, { 'content-length': '50' });
      response.write('x', () => response.destroy());
    };
    expect(await refused(read(at()))).toBe('failed');
  });

  test('is not found now', async () => {
    const broken = { addresses: () => Promise.reject(new DnsTemporary('SERVFAIL')) };
    expect(await refused(read(at(), lenient({ dns: broken })))).toBe('failed');
  });

  test('is left where nobody reads on', async () => {
    const closed = new Promise((resolve) => {
      respond = (_, response) => {
        response.write('x');
        response.on('close', resolve);
      };
    });
    const { body } = await lenient().get(at(), 100);
    await body.return?.();
    await closed;
  });
});
