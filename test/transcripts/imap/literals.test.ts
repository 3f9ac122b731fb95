import { expect, test } from 'vitest';
import { imapWorld } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

/** A connection that has not logged in. */
async function greeted() {
  const world = await imapWorld();
  const { client } = world.connect();
  await transcript(client, 'S~ ^\\* OK \\[CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL\\+ ');
  return { world, client };
}

test('LITERAL+: literals without waiting, with waiting, and quoted strings are the same (RFC 7888 section 3)', async () => {
  const { world, client } = await greeted();
  await transcript(
    client,
    `
    C: A001 LOGIN {18+}
    C: alice@example.test {6+}
    C: secret
    S~ ^A001 OK
    C: A002 UNAUTHENTICATE
    S* ^A002 OK
    C: A003 LOGIN {18}
    S: + Ready for the literal
    C: alice@example.test {6}
    S: + Ready for the literal
    C: secret
    S~ ^A003 OK
    C: A004 CREATE {0+}
    C:
    S~ ^A004 (NO|BAD)
    C: A005 STATUS {5+}
    C: INBOX UNSEEN
    S~ ^A005 BAD Expected
    C: A006 NOOP
    S: A006 OK NOOP completed
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('a literal that is too big is read and refused, and what follows is a command (RFC 7888 section 4)', async () => {
  const { world, client } = await greeted();
  const big = 'x'.repeat(20_000);
  client.send(`a LOGIN alice@example.test {${big.length}+}\r\n${big}\r\n`);
  await transcript(client, 'S~ ^a NO \\[LIMIT\\]\nC: b NOOP\nS: b OK NOOP completed');
  // One that waits for leave gets none.
  await transcript(
    client,
    'C: c LOGIN alice@example.test {20000}\nS~ ^c NO \\[LIMIT\\]\nC: d NOOP\nS: d OK NOOP completed',
  );
  // Also where a literal follows a literal, and where the command means nothing.
  client.send(`e LOGIN {${big.length}+}\r\n${big} {4+}\r\nabcd\r\n`);
  client.send(`f NONSENSE {6+}\r\ng NOOP\r\n`);
  await transcript(client, 'S~ ^e NO \\[LIMIT\\]\nS~ ^f BAD There is no command\nC: h NOOP\nS: h OK NOOP completed');
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('one that nobody wants to read to its end ends the connection (RFC 7888 sections 4 and 5: TOOBIG)', async () => {
  // However it is written, the bytes that follow are never taken for commands.
  for (const size of ['262145', '999999999', '9999999999999999', '18446744073709551616', '9'.repeat(400)]) {
    const { world, client } = await greeted();
    await transcript(
      client,
      `
      C: a LOGIN alice@example.test {${size}+}
      C: b CAPABILITY
      S: * BYE [TOOBIG] That literal is too large even to be thrown away
      S.
    `,
    );
    expect(world.errors).toEqual([]);
  }
});

test('APPEND: too big with and without waiting', async () => {
  const world = await imapWorld({ maxMessage: 100 });
  const client = await world.login();
  await transcript(
    client,
    `
    C: a APPEND INBOX {101}
    S: a NO [TOOBIG] A message has at most 100 bytes
    C: b APPEND INBOX {9223372036854775807}
    S: b NO [TOOBIG] A message has at most 100 bytes
    C: c APPEND INBOX {9999999999999999}
    S: c NO [TOOBIG] A message has at most 100 bytes
  `,
  );
  client.send(`d APPEND INBOX {101+}\r\n${'x'.repeat(101)}\r\n`);
  await transcript(
    client,
    `
    S: d NO [TOOBIG] A message has at most 100 bytes
    C: e APPEND INBOX {99999999999999999999+}
    C: f NOOP
    S: * BYE [TOOBIG] That literal is too large even to be thrown away
    S.
  `,
  );
  expect(world.errors).toEqual([]);
});
