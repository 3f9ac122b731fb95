import { expect, test } from 'vitest';
import { imapWorld } from '../../support/imap.ts';
import type { PipeClient } from '../../support/pipe.ts';
import { transcript } from '../../support/transcript.ts';

const LARGE = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) & 0xff));
const lines = (base64: string) => base64.replace(/.{76}/g, '$&\r\n');

function multipart(...parts: readonly (readonly [string, string])[]): string {
  const bodies = parts.map(([encoding, body]) => `--b\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`);
  return `MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${bodies.join('')}--b--\r\n`;
}

const MESSAGE = multipart(
  ['base64', btoa('zero\0byte')],
  ['quoted-printable', 'caf=C3=A9 =\r\nau lait  \r\n'],
  ['7bit', 'plain'],
  ['base64', lines(LARGE.toString('base64'))],
);

async function literal(client: PipeClient, before: RegExp): Promise<Buffer> {
  const line = await client.expect(before);
  return client.bytes(Number(/~\{(\d+)\}$/.exec(line)![1]));
}

test('BINARY, BINARY.PEEK and BINARY.SIZE (RFC 3516 section 4.2)', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', MESSAGE);
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a CAPABILITY
    S~  BINARY 
    S* ^a OK
    C: b FETCH 1 (BINARY.SIZE[1] BINARY.SIZE[2] BINARY.SIZE[3] BINARY.SIZE[4] BINARY.SIZE[9] BINARY.PEEK[9])
    S: * 1 FETCH (BINARY.SIZE[1] 9 BINARY.SIZE[2] 15 BINARY.SIZE[3] 5 BINARY.SIZE[4] 300000 BINARY.SIZE[9] 0 BINARY[9] NIL)
    S: b OK FETCH completed
    C: c FETCH 1 BINARY.PEEK[1]
    S: * 1 FETCH (BINARY[1] ~{9}
    S~ ^zero.byte\\)$
    S: c OK FETCH completed
    C: d FETCH 1 (BINARY.PEEK[2]<3.4> BINARY.PEEK[3])
    S: * 1 FETCH (BINARY[2]<3> ~{4}
    S: é a BINARY[3] ~{5}
    S: plain)
    S: d OK FETCH completed
    C: e UID FETCH 1 BINARY[3]
    S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) BINARY[3] ~{5}
    S: plain)
    S: e OK UID FETCH completed
    C: f FETCH 1 (BINARY.PEEK[4])
  `,
  );
  expect((await literal(client, /^\* 1 FETCH \(BINARY\[4\] ~\{300000\}$/)).equals(LARGE)).toBe(true);
  await transcript(client, 'S: )\nS: f OK FETCH completed\nC: g FETCH 1 BINARY.PEEK[4]<299990.100>');
  expect((await literal(client, /^\* 1 FETCH \(BINARY\[4\]<299990> ~\{10\}$/)).equals(LARGE.subarray(-10))).toBe(true);
  await transcript(client, 'S: )\nS: g OK FETCH completed\nC: h FETCH 1 BINARY.PEEK[]');
  expect((await literal(client, /BINARY\[\] ~\{\d+\}$/)).toString('latin1')).toBe(MESSAGE);
  await transcript(
    client,
    `
    S: )
    S: h OK FETCH completed
    C: i FETCH 1 BINARY[1.HEADER]
    S~ ^i BAD BINARY takes the number of a part
    C: j FETCH 1 BINARY
    S~ ^j BAD
    C: k FETCH 1 BINARY.SIZE[1]<0.2>
    S~ ^k BAD
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('BINARY: an encoding that nobody knows is refused, and BODY still gives the bytes', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', multipart(['x-secret', 'abc'], ['7bit', 'plain']));
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a FETCH 1 BINARY.PEEK[1]
    S~ ^a NO \\[UNKNOWN-CTE\\]
    C: b FETCH 1 BINARY.SIZE[1]
    S~ ^b NO \\[UNKNOWN-CTE\\]
    C: c FETCH 1 BODY.PEEK[1]
    S: * 1 FETCH (BODY[1] {3}
    S: abc)
    S: c OK FETCH completed
    C: d FETCH 1 BINARY.SIZE[2]
    S: * 1 FETCH (BINARY.SIZE[2] 5)
    S: d OK FETCH completed
  `,
  );
  client.destroy();
});

test('APPEND takes a literal8 with any bytes', async () => {
  const world = await imapWorld();
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a APPEND INBOX ~{6}
    S: + Ready for the literal
    C< A\\r\\n\\r\\n\\0\\r\\n
    S* ^a OK
    C: b FETCH 1 BINARY.PEEK[1]
    S: * 1 FETCH (BINARY[1] ~{1}
    S~ ^.\\)$
    S: b OK FETCH completed
  `,
  );
  client.destroy();
});
