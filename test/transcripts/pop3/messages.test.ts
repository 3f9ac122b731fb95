import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../../mail/ports/index.ts';
import type { PipeClient } from '../../support/pipe.ts';
import { transcript } from '../../support/transcript.ts';
import { LOGIN, World } from './support.ts';

const message = (n: number) => `Subject: ${n}\r\n\r\nBody of ${n}\r\nsecond\r\n`;

/** The lines of a multi-line reply, dots taken off, as poplib does it. */
async function multiline(client: PipeClient): Promise<string> {
  let text = '';
  for (;;) {
    const line = await client.line();
    if (line === undefined) throw new Error(`closed within: ${text}`);
    if (line === '.') return text;
    text += `${line.startsWith('..') ? line.slice(1) : line}\r\n`;
  }
}

describe('STAT, LIST, UIDL, DELE, RSET', () => {
  it('leave out what is marked, and take it back', async () => {
    const world = new World([message(1), message(2), message(3)]);
    await transcript(
      world.connect(),
      `${LOGIN}
      C: UIDL
      S: +OK 3 messages (99 octets)
      S: 1 7.10
      S: 2 7.11
      S: 3 7.12
      S: .
      C: DELE 2
      S: +OK Message 2 will be deleted
      C: STAT
      S: +OK 2 66
      C: LIST
      S: +OK 2 messages (66 octets)
      S: 1 33
      S: 3 33
      S: .
      C: LIST 3
      S: +OK 3 33
      C: UIDL 3
      S: +OK 3 7.12
      C: UIDL 2
      S: -ERR Message 2 is deleted
      C: DELE 2
      S: -ERR Message 2 is deleted
      C: RETR 2
      S: -ERR Message 2 is deleted
      C: TOP 2 0
      S: -ERR Message 2 is deleted
      C: RSET
      S: +OK 3 messages (99 octets)
      C: NOOP
      S: +OK Nothing done
      C: QUIT
      S: +OK Goodbye
      S.`,
    );
    expect(world.expunged).toEqual([]);
  });

  it.each(['LIST 0', 'LIST 4', 'UIDL 99', 'RETR 4', 'DELE 4', 'TOP 4 1'])('refuses %s', (line) =>
    transcript(
      new World([message(1), message(2), message(3)]).connect(),
      `${LOGIN}\nC: ${line}\nS~ ^-ERR There is no message \\d+; there are 3$`,
    ),
  );

  it.each([
    'LIST x',
    'LIST -1',
    'LIST 1 2',
    'RETR',
    'RETR 1x',
    'DELE',
    'TOP 1',
    'TOP 1 x',
    'TOP 1 2 3',
    'RETR 99999999999',
  ])('does not understand %s', (line) =>
    transcript(new World([message(1)]).connect(), `${LOGIN}\nC: ${line}\nS~ ^-ERR Expected a message number`),
  );

  it('tell many messages in order', async () => {
    const client = new World(Array.from({ length: 2_500 }, (_, i) => message(i))).connect();
    await transcript(client, `${LOGIN}\nC: UIDL\nS~ ^.OK 2500 messages`);
    const lines = (await multiline(client)).split('\r\n');
    expect(lines).toHaveLength(2_501);
    expect(lines[2_499]).toBe('2500 7.2509');
  });
});

describe('RETR', () => {
  it.each([
    ['dots', 'A: b\r\n\r\n.\r\n..\r\n.x\r\n\r\n'],
    ['a dot first', '.A: b\r\n\r\n'],
    ['nothing but a line end', '\r\n'],
    ['8 bits', 'A: b\r\n\r\n\xe4\x00\xff\r\n'],
  ])('gives the bytes as they are: %s', async (_, text) => {
    const client = new World([text]).connect();
    await transcript(client, `${LOGIN}\nC: RETR 1\nS: +OK ${text.length} octets`);
    expect(await multiline(client)).toBe(text);
  });

  it('ends the last line where the message does not, and never lets a lone LF end the reply', async () => {
    for (const [text, sent] of [
      ['A: b\r\n\r\nend', 'A: b\r\n\r\nend\r\n.\r\n'],
      ['', '.\r\n'],
      ['A: b\n\nx\n.\n+OK\n', 'A: b\n\nx\n..\n+OK\n\r\n.\r\n'],
    ] as const) {
      const client = new World([text]).connect();
      await transcript(client, `${LOGIN}\nC: RETR 1\nS: +OK ${text.length} octets`);
      expect((await client.bytes(sent.length)).toString('latin1')).toBe(sent);
      await transcript(client, 'C: NOOP\nS: +OK Nothing done');
    }
  });

  it('streams a large one exactly, dots at every border of chunks', async () => {
    const text = `A: b\r\n\r\n${'.\r\n..\r\n.x.\r\n'.repeat(40_000)}`;
    const client = new World([text]).connect();
    await transcript(client, `${LOGIN}\nC: RETR 1\nS: +OK ${text.length} octets`);
    expect((await multiline(client)) === text).toBe(true);
  });

  it('holds little while the client does not read', async () => {
    const text = `A: b\r\n\r\n${'x'.repeat(98)}\r\n`.padEnd(2_000_000, 'y');
    const client = new World([text]).connect();
    await transcript(client, LOGIN);
    client.drain(false);
    client.send('RETR 1\r\n');
    await client.expect(/^\+OK/);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.received.length).toBeLessThan(10_000);
    client.drain(true);
    expect((await multiline(client)).length).toBe(text.length + 2);
  });

  it('answers a pipelined run in order, reading ahead, each message once', async () => {
    const world = new World(Array.from({ length: 300 }, (_, i) => message(i)));
    const client = world.connect();
    await transcript(client, LOGIN);
    client.send(Array.from({ length: 300 }, (_, i) => `RETR ${i + 1}\r\nDELE ${i + 1}\r\n`).join(''));
    for (let i = 0; i < 300; i++) {
      await client.expect(/^\+OK/);
      expect(await multiline(client)).toBe(message(i));
      await client.expect(`+OK Message ${i + 1} will be deleted`);
    }
    expect(world.loaded).toEqual(Array.from({ length: 300 }, (_, i) => `blob${i}`));
  });

  it('closes where the bytes stop coming, so that half a message is never taken for a whole one', async () => {
    const world = new World(['x'.repeat(500_000)]);
    world.readFails = { name: 'blob0', after: 5_000, error: new Unavailable('down') };
    const client = world.connect();
    await transcript(client, `${LOGIN}\nC: RETR 1\nS: +OK 500000 octets`);
    await client.closed();
    expect(client.received.includes('\r\n.\r\n')).toBe(false);
    expect(world.logged).toEqual(['pop3.connection']);
  });

  it('refuses what cannot be read at the moment, and goes on', async () => {
    for (const size of [100, 500_000]) {
      const world = new World(['x'.repeat(size), message(2)]);
      world.readFails = { name: 'blob0', after: 0, error: new Unavailable('down') };
      await transcript(
        world.connect(),
        `${LOGIN}\nC: RETR 1\nS~ ^-ERR \\[SYS/TEMP\\]\nC: LIST 2\nS: +OK 2 33\nC: QUIT\nS: +OK Goodbye\nS.`,
      );
    }
  });
});

describe('TOP', () => {
  it.each([
    [0, 'A: b\r\n\r\n'],
    [1, 'A: b\r\n\r\none\r\n'],
    [99, 'A: b\r\n\r\none\r\n.two\r\n\r\nthree\r\n'],
  ])('gives the header and %i lines', async (lines, expected) => {
    const client = new World(['A: b\r\n\r\none\r\n.two\r\n\r\nthree\r\n']).connect();
    await transcript(client, `${LOGIN}\nC: TOP 1 ${lines}\nS: +OK The top of the message`);
    expect(await multiline(client)).toBe(expected);
  });

  it('finds the end of a long header across chunks, and reads no further', async () => {
    for (const length of [985, 986, 987, 988, 989, 990]) {
      const header = `A: ${'x'.repeat(length)}\r\nB: c\r\n\r\n`;
      const world = new World([`${header}${'body\r\n'.repeat(100_000)}`]);
      const client = world.connect();
      await transcript(client, `${LOGIN}\nC: TOP 1 2\nS: +OK The top of the message`);
      expect(await multiline(client)).toBe(`${header}body\r\nbody\r\n`);
    }
  });
});
