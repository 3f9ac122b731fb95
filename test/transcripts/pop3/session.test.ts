import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../../mail/ports/index.ts';
import { Refused } from '../../../mail/refused.ts';
import { ScramClient } from '../../support/scram.ts';
import { transcript } from '../../support/transcript.ts';
import { LOGIN, World } from './support.ts';

const SMALL = 'Subject: one\r\n\r\nHello\r\n';

describe('the example of RFC 1939 section 10', () => {
  it('goes as printed there', async () => {
    const first = `Subject: a\r\n\r\n${'x'.repeat(104)}\r\n`;
    const second = `Subject: b\r\n\r\n${'y'.repeat(184)}\r\n`;
    const world = new World([first, second]);
    await transcript(
      world.connect(),
      `${LOGIN}
      C: STAT
      S: +OK 2 320
      C: LIST
      S: +OK 2 messages (320 octets)
      S: 1 120
      S: 2 200
      S: .
      C: RETR 1
      S: +OK 120 octets
      S: Subject: a
      S: 
      S~ ^x{104}$
      S: .
      C: DELE 1
      S: +OK Message 1 will be deleted
      C: RETR 2
      S: +OK 200 octets
      S: Subject: b
      S: 
      S~ ^y{184}$
      S: .
      C: DELE 2
      S: +OK Message 2 will be deleted
      C: QUIT
      S: +OK Goodbye
      S.`,
    );
    expect(world.expunged).toEqual([[10, 11]]);
  });
});

describe('authorization', () => {
  it('says what it can, with passwords from loopback or under TLS only', async () => {
    await transcript(
      new World([]).connect({}),
      `
      S: +OK mail.example.test Postern ready
      C: CAPA
      S: +OK Capabilities
      S: TOP
      S: UIDL
      S: STLS
      S: RESP-CODES
      S: AUTH-RESP-CODE
      S: PIPELINING
      S: UTF8 USER
      S: LANG
      S: EXPIRE NEVER
      S: IMPLEMENTATION Postern
      S: .
      C: USER alice@example.test
      S: -ERR Passwords are taken under TLS only: use STLS first
      C: PASS x
      S: -ERR Passwords are taken under TLS only: use STLS first
      C: AUTH PLAIN AGEAYg==
      S: -ERR Passwords are taken under TLS only: use STLS first
      C: STLS
      S: +OK Begin TLS`,
    );
  });

  it('throws away what was injected before TLS, and forgets the name', async () => {
    const client = new World([]).connect();
    await transcript(
      client,
      `
      S: +OK mail.example.test Postern ready
      C: USER alice@example.test
      S: +OK Now the password
      C: STLS
      C: NOOP
      S: +OK Begin TLS`,
    );
    await new Promise((resolve) => setImmediate(resolve));
    await transcript(
      client,
      `
      C: STLS
      S: -ERR TLS is active already
      C: PASS secret pass
      S: -ERR USER comes before PASS
      C: CAPA
      S* ^USER$
      S: SASL SCRAM-SHA-256 PLAIN OAUTHBEARER XOAUTH2
      S* ^\\.$`,
    );
  });

  it('does AUTH PLAIN with and without an initial response', async () => {
    const plain = (text: string) => Buffer.from(text).toString('base64');
    const good = plain('\0alice@example.test\0secret pass');
    await transcript(new World([]).connect(), `S* OK\nC: AUTH PLAIN ${good}\nS: +OK 0 messages (0 octets)`);
    await transcript(new World([]).connect(), `S* OK\nC: auth plain\nS: + \nC: ${good}\nS: +OK 0 messages (0 octets)`);
    await transcript(
      new World([]).connect(),
      `
      S* OK
      C: AUTH PLAIN
      S: + 
      C: *
      S: -ERR Authentication given up, as you wished
      C: AUTH PLAIN !!!
      S: -ERR Expected base64
      C: AUTH PLAIN =
      S: -ERR Expected identity NUL name NUL password (RFC 4616)
      C: AUTH CRAM-MD5
      S: -ERR The SASL mechanisms here are SCRAM-SHA-256, PLAIN, OAUTHBEARER, XOAUTH2
      C: AUTH
      S: -ERR Expected a SASL mechanism behind AUTH
      C: AUTH PLAIN ${plain('bob@example.test\0alice@example.test\0secret pass')}
      S: -ERR [SYS/PERM] You can log in as yourself only
      C: AUTH PLAIN ${plain('alice@example.test\0alice@example.test\0secret pass')}
      S: +OK 0 messages (0 octets)`,
    );
  });

  it('does AUTH OAUTHBEARER (RFC 7628) and XOAUTH2', async () => {
    const bearer = (token: string, as = 'a=alice@example.test') => btoa(`n,${as},\x01auth=Bearer ${token}\x01\x01`);
    const xoauth2 = (token: string) => btoa(`user=alice@example.test\x01auth=Bearer ${token}\x01\x01`);
    const invalid = btoa('{"status":"invalid_token","schemes":"bearer"}');
    const scope = btoa('{"status":"insufficient_scope","schemes":"bearer","scope":"pop3"}');
    for (const good of [bearer('pst_alice'), bearer('pst_alice.pop3', '')]) {
      const client = new World([]).connect();
      await transcript(client, `S* OK\nC: AUTH OAUTHBEARER ${good}\nS: +OK 0 messages (0 octets)`);
    }
    await transcript(
      new World([]).connect(),
      `
      S* OK
      C: AUTH OAUTHBEARER ${bearer('pst_bob')}
      S: + ${invalid}
      C: ${btoa('\x01')}
      S~ ^-ERR \\[AUTH\\] This token is not one of ours
      C: AUTH OAUTHBEARER ${bearer('pst_alice.imap')}
      S: + ${scope}
      C: ${btoa('\x01')}
      S~ ^-ERR \\[SYS/PERM\\] This token is not for that
      C: AUTH OAUTHBEARER ${bearer('pst_alice', 'a=bob@example.test')}
      S: -ERR [SYS/PERM] You can log in as yourself only
      C: AUTH OAUTHBEARER ${btoa('nonsense')}
      S: -ERR Expected the message of an OAUTHBEARER client (RFC 7628 section 3.1)
      C: AUTH XOAUTH2
      S: + 
      C: ${xoauth2('pst_alice')}
      S: +OK 0 messages (0 octets)`,
    );
  });

  it('does AUTH SCRAM-SHA-256, and tells a wrong proof as it tells a wrong password', async () => {
    for (const password of ['secret pass', 'wrong']) {
      const client = new World([]).connect();
      const scram = new ScramClient({ password });
      await transcript(client, `S* OK\nC: AUTH SCRAM-SHA-256 ${scram.first()}`);
      client.send(`${scram.final((await client.expect(/^\+ /)).slice(2))}\r\n`);
      if (password === 'wrong') await client.expect('-ERR [AUTH] The name or the password is wrong.');
      else {
        expect(scram.trusts((await client.expect(/^\+ /)).slice(2))).toBe(true);
        await transcript(client, 'C: \nS: +OK 0 messages (0 octets)');
      }
    }
  });

  it('knows LANG (RFC 6856 section 3), before and after login', () =>
    transcript(
      new World([]).connect(),
      `
      S* OK
      C: LANG
      S: +OK Languages
      S: en English
      S: .
      C: LANG *
      S: +OK en Replies are in English
      C: LANG tlh
      S: -ERR There is no language tlh here; LANG lists them
      C: LANG en_GB
      S: -ERR Expected a language tag or *
      C: USER alice@example.test
      C: PASS secret pass
      S: +OK Now the password
      S~ ^\\+OK 0 messages
      C: LANG EN-gb
      S: +OK en Replies are in English`,
    ));

  it('tells why not with response codes, and gives up after five', async () => {
    await transcript(
      new World([]).connect(),
      `
      S* OK
      C: PASS secret pass
      S: -ERR USER comes before PASS
      C: USER nobody@example.test
      C: PASS x
      S: +OK Now the password
      S: -ERR [AUTH] The name or the password is wrong.
      C: USER busy@example.test
      C: PASS x
      S: +OK Now the password
      S: -ERR [SYS/TEMP] Too many wrong passwords.
      C: USER off@example.test
      C: PASS x
      S: +OK Now the password
      S: -ERR [SYS/PERM] POP3 is switched off for this account.
      C: USER a
      C: PASS 
      S: +OK Now the password
      S: -ERR [AUTH] The name or the password is wrong.
      C: USER a
      C: PASS y
      C: NOOP
      S: +OK Now the password
      S: -ERR [AUTH] The name or the password is wrong.
      S.`,
    );
  });

  it('refuses the commands of the other state, and what is no command', async () => {
    await transcript(
      new World([SMALL]).connect(),
      `S: +OK mail.example.test Postern ready
      C: STAT
      S: -ERR STAT is allowed after login only
      C: RETR 1
      S: -ERR RETR is allowed after login only
      C: GET / HTTP/1.0
      S: -ERR There is no such command
      C: 
      S: -ERR There is no such command
      C: QUIT now
      S: -ERR This command takes no arguments
      C: USER alice@example.test
      C: PASS secret pass
      S: +OK Now the password
      S: +OK 1 message (${SMALL.length} octets)
      C: USER alice@example.test
      S: -ERR You are logged in already
      C: STLS
      S: -ERR You are logged in already
      C: QUIT
      S: +OK Goodbye
      S.`,
    );
  });
});

describe('limits', () => {
  it('answers a line that is too long, and goes on; closes after too many', async () => {
    const client = new World([]).connect();
    client.send(`USER ${'x'.repeat(5_000)}\r\nNOOP\r\n`);
    await transcript(
      client,
      `S* OK
      S: -ERR A command has at most 1024 octets
      S: -ERR NOOP is allowed after login only`,
    );
    client.send('JUNK\r\n'.repeat(30));
    expect((await client.rest()).length).toBe(18);
  });

  it('closes without a word when nothing comes, and deletes nothing', async () => {
    const world = new World([SMALL]);
    const client = world.connect();
    await transcript(client, `${LOGIN}\nC: DELE 1\nS: +OK Message 1 will be deleted`);
    expect(client.idle).toBe(600_000);
    client.timeout();
    await client.closed();
    expect(world.expunged).toEqual([]);
  });

  it('closes waiting sessions when it is stopped, after the command at work', async () => {
    const world = new World([SMALL]);
    const client = world.connect();
    await transcript(client, `${LOGIN}\nC: DELE 1\nS: +OK Message 1 will be deleted`);
    world.server.stop();
    await transcript(client, 'S.');
    expect(world.expunged).toEqual([]);
  });
});

describe('QUIT', () => {
  it('says that nothing was deleted where the write failed, and closes', async () => {
    for (const error of [new Refused('unavailable', 'Try again.'), new Unavailable('down')]) {
      const world = new World([SMALL]);
      world.writeFails = error;
      await transcript(
        world.connect(),
        `${LOGIN}\nC: DELE 1\nS* deleted\nC: QUIT\nS~ ^-ERR \\[SYS/TEMP\\] .*ry again\nS.`,
      );
    }
  });

  it('deletes nothing where the inbox is another one by now', async () => {
    const world = new World([SMALL]);
    const client = world.connect();
    await transcript(client, `${LOGIN}\nC: DELE 1\nS* deleted`);
    world.uidvalidity++;
    await transcript(client, 'C: QUIT\nS~ ^-ERR \\[SYS/TEMP\\]\nS.');
    expect(world.expunged).toEqual([]);
  });
});
