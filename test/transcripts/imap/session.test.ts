import { expect, test } from 'vitest';
import { imapWorld, LOOPBACK } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

const CAPABILITY_BEFORE =
  'IMAP4rev1 IMAP4rev2 LITERAL\\+ ID ENABLE SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=OAUTHBEARER AUTH=XOAUTH2 STARTTLS';
const CAPABILITY_AFTER = 'IMAP4rev1 (?!.*AUTH=).*IDLE .*MOVE .*QRESYNC.*';

async function play(text: string, options: Parameters<typeof imapWorld>[0] = {}) {
  const world = await imapWorld(options);
  const { client, served } = world.connect();
  await transcript(client, text);
  client.destroy();
  await served;
  expect(world.errors).toEqual([]);
}

test('CAPABILITY depends on the state', async () => {
  await play(`
    S~ ^\\* OK \\[CAPABILITY ${CAPABILITY_BEFORE}\\] mail.example.test Postern ready$
    C: a CAPABILITY
    S~ ^\\* CAPABILITY ${CAPABILITY_BEFORE}$
    S: a OK CAPABILITY completed
    C: b LOGIN alice@example.test secret
    S~ ^b OK \\[CAPABILITY ${CAPABILITY_AFTER}\\] Logged in$
    C: c capability
    S~ ^\\* CAPABILITY ${CAPABILITY_AFTER}$
    S: c OK CAPABILITY completed
    C: d CAPABILITY now
    S~ ^d BAD Expected the end of the command
  `);
});

test('LOGIN: atoms, quoted strings, literals of both kinds, and the wrong password', async () => {
  await play(`
    S~ ^\\* OK
    C: a LOGIN alice@example.test wrong
    S: a NO [AUTHENTICATIONFAILED] The name or the password is wrong.
    C: b LOGIN down@example.test secret
    S: b NO [UNAVAILABLE] Try again later.
    C: c LOGIN alice
    S~ ^c BAD Expected a space
    C: d LOGIN {5}
    S: + Ready for the literal
    C: alice {6}
    S: + Ready for the literal
    C: wrong!
    S~ ^d NO \\[AUTHENTICATIONFAILED\\]
    C: e LOGIN {5+}
    C: alice {6+}
    C: secret
    S~ ^e OK \\[CAPABILITY
    C: f LOGIN alice secret
    S: f BAD LOGIN is not allowed after login
  `);
});

test('five wrong passwords end the connection', async () => {
  const tries = [1, 2, 3, 4].map((n) => `C: ${n} LOGIN alice no\nS~ ^${n} NO`).join('\n');
  await play(`S~ ^\\* OK\n${tries}\nC: 5 LOGIN alice no\nS: * BYE Too many wrong passwords\nS.`);
});

test('AUTHENTICATE PLAIN with and without an initial response', async () => {
  await play(`
    S~ ^\\* OK
    C: a AUTHENTICATE PLAIN
    S: + 
    C: *
    S~ ^a BAD Authentication given up
    C: b AUTHENTICATE PLAIN
    S: + 
    C: not base64!
    S: b BAD Expected base64
    C: c AUTHENTICATE CRAM-MD5
    S~ ^c NO \\[CANNOT\\]
    C: d AUTHENTICATE PLAIN ${btoa('bob\0alice\0secret')}
    S: d NO [AUTHORIZATIONFAILED] You can log in as yourself only
    C: e AUTHENTICATE PLAIN =
    S~ ^e BAD Expected identity NUL name NUL password
    C: f AUTHENTICATE PLAIN ${btoa('\0alice\0wrong')}
    S~ ^f NO \\[AUTHENTICATIONFAILED\\]
    C: g AUTHENTICATE PLAIN
    S: + 
    C: ${btoa('\0alice@example.test\0secret')}
    S~ ^g OK \\[CAPABILITY
  `);
});

test('without TLS from elsewhere, passwords are not taken', async () => {
  const world = await imapWorld();
  const { client } = world.connect({ peer: { address: '198.51.100.9', localAddress: '192.0.2.1' } });
  await transcript(
    client,
    `
    S~ ^\\* OK \\[CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL\\+ ID ENABLE SASL-IR STARTTLS LOGINDISABLED\\]
    C: a LOGIN alice secret
    S: a NO [PRIVACYREQUIRED] Start TLS before you log in
    C: b AUTHENTICATE PLAIN ${btoa('\0alice\0secret')}
    S: b NO [PRIVACYREQUIRED] Start TLS before you log in
    C: c STARTTLS
    S: c OK Begin TLS now
    C: d CAPABILITY
    S: * CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=OAUTHBEARER AUTH=XOAUTH2
    S: d OK CAPABILITY completed
    C: e STARTTLS
    S: e BAD TLS is on already
    C: f LOGIN alice secret
    S~ ^f OK
  `,
  );
  client.destroy();
});

test('a command injected in cleartext behind STARTTLS is thrown away', async () => {
  const world = await imapWorld();
  const { client } = world.connect();
  await transcript(
    client,
    `
    S~ ^\\* OK
    C< a STARTTLS\\r\\nb LOGIN alice secret\\r\\n
    S: a OK Begin TLS now
    C: c SELECT INBOX
    S: c BAD SELECT is allowed after login only
  `,
  );
  client.destroy();
});

test('STARTTLS is refused where there is no certificate', async () => {
  await play('S~ ^\\* OK (?!.*STARTTLS)\nC: a STARTTLS\nS~ ^a NO \\[CANNOT\\]', { startTls: false });
});

test('NOOP, ID, ENABLE, NAMESPACE, LOGOUT', async () => {
  await play(`
    S~ ^\\* OK
    C: a NOOP
    S: a OK NOOP completed
    C: b ID NIL
    S: * ID ("name" "Postern")
    S: b OK ID completed
    C: c ID ("name" "sodr" "version" "19.34" "vendor" NIL)
    S: * ID ("name" "Postern")
    S: c OK ID completed
    C: d ID ()
    S: * ID ("name" "Postern")
    S: d OK ID completed
    C: e ID ("name")
    S~ ^e BAD Expected a space
    C: f ID (name value)
    S~ ^f BAD Expected the name of a field
    C: g ENABLE CONDSTORE
    S: g BAD ENABLE is allowed after login only
    C: h NAMESPACE
    S: h BAD NAMESPACE is allowed after login only
    C: i LOGIN alice secret
    S~ ^i OK
    C: j ENABLE X-GOOD-IDEA
    S: * ENABLED
    S: j OK ENABLE completed
    C: k ENABLE
    S~ ^k BAD
    C: l NAMESPACE
    S: * NAMESPACE (("" "/")) (("Shared/" "/")) (("Public/" "/"))
    S: l OK NAMESPACE completed
    C: m LOGOUT
    S: * BYE Until next time
    S: m OK LOGOUT completed
    S.
  `);
});

test('what is no command is answered with BAD and what was expected', async () => {
  await play(`
    S~ ^\\* OK
    C: a
    S: a BAD Expected a space, found the end of the command
    C: 
    S: * BAD Expected a tag, a space and a command
    C: + NOOP
    S: * BAD Expected a tag, a space and a command
    C: a FROBNICATE
    S: a BAD There is no command FROBNICATE
    C: a UID
    S~ ^a BAD Expected a space
    C: a UID NOOP
    S: a BAD There is no command UID NOOP
    C: a SELECT INBOX
    S: a BAD SELECT is allowed after login only
    C: a LOGIN "alice
    S~ ^a BAD Expected a quoted string that ends on its line
  `);
});

test('a bad command with literals is read over to its end', async () => {
  await play(`
    S~ ^\\* OK
    C: a FROBNICATE {10+}
    C: 0123456789 {3+}
    C: abc and more
    S: a BAD There is no command FROBNICATE
    C: b FROBNICATE {10}
    S: b BAD There is no command FROBNICATE
    C: c LOGIN {100000}
    S~ ^c NO \\[LIMIT\\]
    C: d LOGIN {20000+}
    C: ${'x'.repeat(20_000)} y
    S~ ^d NO \\[LIMIT\\]
    C: e NOOP
    S: e OK NOOP completed
  `);
});

test('lines over the limit', async () => {
  await play(`
    S~ ^\\* OK
    C: a LOGIN alice ${'x'.repeat(9_000)}
    S: a BAD A command line has at most 8192 bytes
    C: b LOGIN ${'x'.repeat(9_000)} {5+}
    C: abcde
    S: b BAD A command line has at most 8192 bytes
    C: c NOOP
    S: c OK NOOP completed
  `);
});

test('a line within a command that is too long ends the connection', async () => {
  const long = 'x'.repeat(70_000);
  await play(`S~ ^\\* OK\nC: a AUTHENTICATE PLAIN\nS: + \nC: ${long}\nS: * BYE A line here has at most 8192 bytes\nS.`);
  await play(
    `S~ ^\\* OK\nC: a LOGIN alice secret\nS~ ^a OK\nC: b IDLE\nS: + Idling\nC: ${long}\nS: * BYE A line here has at most 1024 bytes\nS.`,
  );
  await play('S~ ^\\* OK\nC: a FROB {300000+}\nS~ ^\\* BYE \\[TOOBIG\\] That literal is too large\nS.');
  await play(`S~ ^\\* OK\nC< ${'x'.repeat(1_100_000)}\nS: * BYE That line does not end\nS.`);
});

test('twenty bad commands in a row end the connection', async () => {
  const bad = Array.from({ length: 20 }, (_, n) => `C: ${n} WHAT\nS~ ^${n} BAD`).join('\n');
  await play(`S~ ^\\* OK\n${bad}\nS: * BYE Too many commands that are none\nS.`);
});

test('a client that says nothing is sent away; one that does not log in, too', async () => {
  const world = await imapWorld();
  const quiet = world.connect();
  await transcript(quiet.client, 'S~ ^\\* OK');
  expect(quiet.client.idle).toBe(60_000);
  quiet.client.timeout();
  await transcript(quiet.client, 'S~ ^\\* BYE Nothing was heard\nS.');
  const dawdler = world.connect();
  await transcript(dawdler.client, 'S~ ^\\* OK');
  world.clock.skip(180_000);
  await transcript(dawdler.client, 'S~ ^\\* BYE You have not logged in\nS.');
  const client = await world.login();
  await transcript(client, 'C: a NOOP\nS: a OK NOOP completed');
  expect(client.idle).toBe(30 * 60_000);
  client.destroy();
});

test('pipelined commands are answered in order, in one piece', async () => {
  const world = await imapWorld();
  const { client } = world.connect(LOOPBACK);
  await transcript(
    client,
    `
    S~ ^\\* OK
    C: a LOGIN alice secret
    C: b NOOP
    C: c SELECT INBOX
    C: d NOOP
    S~ ^a OK
    S: b OK NOOP completed
    S* ^c OK \\[READ-WRITE\\] SELECT completed$
    S: d OK NOOP completed
  `,
  );
  client.destroy();
});

test('a stop says BYE to all who wait, in IDLE too', async () => {
  const world = await imapWorld();
  const waiting = await world.login('INBOX');
  const idle = await world.login('INBOX');
  await transcript(idle, 'C: a IDLE\nS: + Idling');
  world.server.stop();
  await transcript(waiting, 'S~ ^\\* BYE The server is being stopped\nS.');
  await transcript(idle, 'S~ ^\\* BYE The server is being stopped\nS.');
});
