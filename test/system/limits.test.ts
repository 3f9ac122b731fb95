/** Too much of anything has an answer of its own, and costs no memory. */
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { memory, type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
const MB = 2 ** 20;
/** What the process may grow by while it is given too much. */
const ROOM = 100 * MB;

let system: System;
let password: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  system = await startSystem();
  password = system.passwords.get(ALICE)!;
});
afterAll(() => system?.remove());
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

class Client {
  readonly socket: Socket;
  closed = false;
  #said = '';
  #wake: () => void = () => {};

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    sockets.push(this.socket);
    this.socket.setEncoding('latin1').on('data', (text: string) => {
      this.#said += text;
      this.#wake();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  /** The next line that is no continuation of a reply of several lines. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#said.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#said.slice(0, end);
        this.#said = this.#said.slice(end + 2);
        if (!/^\d{3}-/.test(line)) return line;
        continue;
      }
      if (this.closed) throw new Error(`closed after ${JSON.stringify(this.#said)}`);
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no answer within 20 s')), 20_000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The answer to a tagged command, its last line. */
  async tagged(tag: string): Promise<string> {
    for (;;) {
      const line = await this.line();
      if (line.startsWith(`${tag} `) || line.startsWith('* BYE')) return line;
    }
  }

  async ask(text: string): Promise<string> {
    this.write(text);
    return this.line();
  }

  write(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Writes a piece again and again, as fast as it is taken, until so many bytes are written or the other side closes. */
  async flood(piece: string, bytes: number): Promise<void> {
    for (let sent = 0; sent < bytes && !this.closed && !this.socket.destroyed; sent += piece.length) {
      if (this.socket.write(piece, 'latin1')) continue;
      await new Promise<void>((resolve) => {
        const go = () => {
          this.socket.off('drain', go).off('close', go);
          resolve();
        };
        this.socket.on('drain', go).on('close', go);
      });
    }
  }
}

async function smtp(): Promise<Client> {
  const client = new Client(system.port('smtp'));
  await client.line();
  await client.ask('EHLO x.test\r\n');
  return client;
}

async function imap(login = true): Promise<Client> {
  const client = new Client(system.port('imap'));
  await client.line();
  if (login) {
    client.write(`l LOGIN ${ALICE} ${password}\r\n`);
    await client.tagged('l');
  }
  return client;
}

/** Does something, and tells whether the process grew by more than it may. */
async function bounded(work: () => Promise<void>): Promise<void> {
  const before = await memory(system.child.pid!, 'VmRSS');
  await work();
  const most = await memory(system.child.pid!, 'VmHWM');
  const grown = Math.max((await system.rss()) - before, most - Math.max(before, peakBefore));
  peakBefore = Math.max(peakBefore, most);
  expect(grown).toBeLessThan(ROOM);
}
let peakBefore = 0;

describe('SMTP', () => {
  it('answers an overlong command, and goes on', async () => {
    const client = await smtp();
    expect(await client.ask(`MAIL FROM:<${'a'.repeat(5_000)}@x.test>\r\n`)).toMatch(/^500 5\.\d\.\d .*long/i);
    expect(await client.ask('NOOP\r\n')).toMatch(/^250 /);
  });

  it('gives up a line that never ends', () =>
    bounded(async () => {
      const client = await smtp();
      await client.flood('a'.repeat(65_536), 200 * MB);
      expect(await client.line()).toMatch(/^(500|421) .*(long|closing)/i);
    }));

  it('refuses a message that says it is too large, and one that is', () =>
    bounded(async () => {
      const client = await smtp();
      expect(await client.ask('MAIL FROM:<x@elsewhere.test> SIZE=999999999\r\n')).toMatch(/^552 5\.3\.4 /);
      expect(await client.ask('MAIL FROM:<x@elsewhere.test>\r\n')).toMatch(/^250 /);
      expect(await client.ask(`RCPT TO:<${ALICE}>\r\n`)).toMatch(/^250 /);
      expect(await client.ask('DATA\r\n')).toMatch(/^354 /);
      await client.flood(`${'a'.repeat(998)}\r\n`.repeat(60), 60 * MB);
      client.write('\r\n.\r\n');
      expect(await client.line()).toMatch(/^552 5\.3\.4 .*\d/);
    }));

  it('refuses a header block without end', () =>
    bounded(async () => {
      const client = await smtp();
      await client.ask('MAIL FROM:<x@elsewhere.test>\r\n');
      await client.ask(`RCPT TO:<${ALICE}>\r\n`);
      await client.ask('DATA\r\n');
      await client.flood(`X-Field: ${'a'.repeat(900)}\r\n`.repeat(60), 20 * MB);
      client.write('\r\n.\r\n');
      expect(await client.line()).toMatch(/^55\d 5\.\d\.\d .*header/i);
    }));

  it('keeps a line of 30 MB in a body as it is', () =>
    bounded(async () => {
      const client = await smtp();
      await client.ask('MAIL FROM:<x@elsewhere.test>\r\n');
      await client.ask(`RCPT TO:<${ALICE}>\r\n`);
      await client.ask('DATA\r\n');
      client.write('Subject: one line\r\n\r\n');
      await client.flood('a'.repeat(65_536), 30 * MB);
      client.write('\r\n.\r\n');
      expect(await client.line()).toMatch(/^250 /);
    }));

  it('refuses recipients beyond the limit for now, so that a server sends them another time', async () => {
    const client = await smtp();
    await client.ask('MAIL FROM:<x@elsewhere.test>\r\n');
    let accepted = 0;
    for (let n = 0; n < 1_005; n++) {
      const reply = await client.ask(`RCPT TO:<alice+${n}@example.test>\r\n`);
      if (reply.startsWith('250')) accepted++;
      else expect(reply).toMatch(/^452 4\.5\.3 .*recipients/i);
    }
    expect(accepted).toBe(1_000);
  });

  it('ends the talk with a client that only errs', async () => {
    const client = await smtp();
    let last = '';
    for (let n = 0; n < 1_000 && !client.closed; n++) last = await client.ask('WHAT\r\n').catch(() => last);
    expect(client.closed).toBe(true);
    expect(last).toMatch(/^(421|500) /);
  });
});

describe('IMAP', () => {
  it('answers an overlong line with its tag, and goes on', async () => {
    const client = await imap();
    client.write(`a SEARCH SUBJECT "${'x'.repeat(200_000)}"\r\n`);
    expect(await client.tagged('a')).toMatch(/^a BAD .* at most 65536 bytes/);
    client.write('b NOOP\r\n');
    expect(await client.tagged('b')).toMatch(/^b OK /);
  });

  it('gives up a line that never ends, before and after LOGIN', () =>
    bounded(async () => {
      for (const login of [false, true]) {
        const client = await imap(login);
        client.write('a ');
        await client.flood('x'.repeat(65_536), 100 * MB);
        expect(await client.tagged('a')).toMatch(/^(a BAD|\* BYE) /);
      }
    }));

  it('refuses a literal that is too large before it is sent, and skips one that comes all the same', () =>
    bounded(async () => {
      const client = await imap();
      client.write('a APPEND INBOX {999999999}\r\n');
      expect(await client.tagged('a')).toMatch(/^a NO \[TOOBIG\] /);
      client.write(`b APPEND INBOX {${50 * MB}+}\r\n`);
      await client.flood('x'.repeat(65_536), 50 * MB);
      client.write('\r\n');
      expect(await client.tagged('b')).toMatch(/^b NO \[TOOBIG\] /);
      client.write('c NOOP\r\n');
      expect(await client.tagged('c')).toMatch(/^c OK /);
    }));

  it('takes no large literal from somebody who is not signed in', () =>
    bounded(async () => {
      const client = await imap(false);
      client.write('a LOGIN {50000000}\r\n');
      expect(await client.tagged('a')).toMatch(/^(a (BAD|NO)|\* BYE) /);
    }));
});

describe('IMAP: what one session may hold', () => {
  const LARGE = 39 * MB;
  const line = `${'x'.repeat(998)}\r\n`;

  /** Sends a message of so many bytes without waiting for leave. */
  async function append(client: Client, bytes: number): Promise<string> {
    const head = 'Subject: large\r\n\r\n';
    const lines = Math.floor((bytes - head.length) / line.length);
    client.write(`a APPEND INBOX {${head.length + lines * line.length}+}\r\n${head}`);
    await client.flood(line.repeat(64), lines * line.length - (lines % 64) * line.length);
    client.write(`${line.repeat(lines % 64)}\r\n`);
    return client.tagged('a');
  }

  /** Asks for much, and takes nothing of it until the server stands still. */
  async function stuck(command: string): Promise<Client> {
    const client = await imap();
    client.write('s SELECT INBOX\r\n');
    await client.tagged('s');
    client.socket.pause();
    client.write(command);
    return client;
  }

  /** Waits until the process does not grow any more. */
  async function still(): Promise<void> {
    for (let before = 0, calm = 0; calm < 5; ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const now = await system.rss();
      calm = Math.abs(now - before) < MB ? calm + 1 : 0;
      before = now;
    }
  }

  it('takes messages of 39 MB on five connections at once as they come', () =>
    bounded(async () => {
      const clients = await Promise.all(Array.from({ length: 5 }, () => imap()));
      const answers = await Promise.all(clients.map((client) => append(client, LARGE)));
      for (const answer of answers) expect(answer).toMatch(/^a OK/);
    }));

  it('keeps no more than a piece of 39 MB for a client that does not read, with ten of them', () =>
    bounded(async () => {
      const clients = await Promise.all(Array.from({ length: 10 }, () => stuck('f FETCH 1:5 BODY.PEEK[]\r\n')));
      await still();
      clients[0]!.socket.resume();
      expect(await clients[0]!.tagged('f')).toMatch(/^f OK/);
    }));

  it('does not work off 1,000 pipelined commands for a client that does not read their answers', () =>
    bounded(async () => {
      const commands = Array.from({ length: 1_000 }, (_, n) => `p${n} FETCH 1:* BODY.PEEK[]\r\n`).join('');
      await stuck(commands);
      await still();
    }));

  it('answers 1,000 pipelined commands in order', async () => {
    const client = await imap();
    client.write(Array.from({ length: 1_000 }, (_, n) => `p${n} NOOP\r\n`).join(''));
    for (let n = 0; n < 1_000; n++) expect(await client.line()).toMatch(new RegExp(`^p${n} OK`));
  });

  it('refuses a search of 10,000 terms and one of deep parentheses, and goes on', () =>
    bounded(async () => {
      const client = await imap();
      client.write('s SELECT INBOX\r\n');
      await client.tagged('s');
      for (const program of [
        'SEEN '.repeat(10_000).trimEnd(),
        'OR SEEN '.repeat(7_000).trimEnd(),
        `${'('.repeat(30_000)}ALL${')'.repeat(30_000)}`,
        `${'NOT '.repeat(15_000)}ALL`,
        `TEXT {${200_000}+}\r\n${'x'.repeat(200_000)} ${'SEEN '.repeat(9_000).trimEnd()}`,
      ]) {
        client.write(`q SEARCH ${program}\r\n`);
        expect(await client.tagged('q')).toMatch(/^q (NO \[LIMIT\]|BAD) /);
      }
      client.write(`q FETCH 1 ${'('.repeat(30_000)}\r\n`);
      expect(await client.tagged('q')).toMatch(/^q BAD /);
      client.write(`q THREAD REFERENCES UTF-8 ${'('.repeat(30_000)}\r\n`);
      expect(await client.tagged('q')).toMatch(/^q (NO \[LIMIT\]|BAD) /);
      client.write(`q FETCH ${'1,'.repeat(20_000)}1 UID\r\n`);
      expect(await client.tagged('q')).toMatch(/^q (OK|NO \[LIMIT\]|BAD) /);
      client.write('r NOOP\r\n');
      expect(await client.tagged('r')).toMatch(/^r OK/);
    }));

  it('keeps no more than a piece of a message that a POP3 client does not read', () =>
    bounded(async () => {
      for (let n = 0; n < 10; n++) {
        const client = new Client(system.port('pop3'));
        await client.line();
        for (const command of [`USER ${ALICE}`, `PASS ${password}`]) await client.ask(`${command}\r\n`);
        client.socket.pause();
        client.write('RETR 1\r\nRETR 2\r\nRETR 3\r\n');
      }
      await still();
    }));
});

describe('POP3', () => {
  it('gives up a line that never ends', () =>
    bounded(async () => {
      const client = new Client(system.port('pop3'));
      await client.line();
      await client.flood('x'.repeat(65_536), 100 * MB);
      expect(await client.line()).toMatch(/^-ERR /);
    }));
});

it('still does its work after all that', async () => {
  expect(system.child.exitCode).toBeNull();
  const client = await imap();
  client.write('z STATUS INBOX (MESSAGES)\r\n');
  expect(await client.tagged('z')).toMatch(/^z OK /);
  expect(system.stderr()).not.toMatch(/"level":"error"/);
});
