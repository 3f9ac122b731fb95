import { expect, test } from 'vitest';
import { ACL } from '../../../mail/account/types.ts';
import { imapWorld, message } from '../../support/imap.ts';
import type { PipeClient } from '../../support/pipe.ts';
import { transcript } from '../../support/transcript.ts';

/** What RFC 4314 section 4 (and RFC 5464 section 5, RFC 6851, RFC 8508 for their commands) wants of who does something. */
interface Row {
  readonly command: string;
  /** All of these are needed. */
  readonly needs: string;
  /** In that mailbox, selected. */
  readonly selected?: boolean;
  /** The own INBOX is selected. */
  readonly fromOwn?: boolean;
}

const BOX = 'Shared/alice@example.test/Top/Box';
const ALL = 'lrswipkxtea';

const ROWS: readonly Row[] = [
  { command: `SELECT ${BOX}`, needs: 'r' },
  { command: `EXAMINE ${BOX}`, needs: 'r' },
  { command: `STATUS ${BOX} (MESSAGES UNSEEN)`, needs: 'r' },
  { command: `SUBSCRIBE ${BOX}`, needs: 'l' },
  { command: `CREATE ${BOX}/New`, needs: 'k' },
  { command: `DELETE ${BOX}`, needs: 'x' },
  { command: `RENAME ${BOX} Shared/alice@example.test/Top/Other`, needs: 'xk' },
  { command: `APPEND ${BOX} (\\Seen) {4+}\r\nA: b`, needs: 'i' },
  { command: `GETACL ${BOX}`, needs: 'a' },
  { command: `SETACL ${BOX} dave@example.test lr`, needs: 'a' },
  { command: `DELETEACL ${BOX} dave@example.test`, needs: 'a' },
  { command: `LISTRIGHTS ${BOX} dave@example.test`, needs: 'a' },
  { command: `GETMETADATA ${BOX} /shared/comment`, needs: 'r' },
  { command: `SETMETADATA ${BOX} (/private/comment "x")`, needs: 'r' },
  { command: `SETMETADATA ${BOX} (/shared/comment "x")`, needs: 'w' },
  { command: 'STORE 1 +FLAGS (\\Seen)', needs: 's', selected: true },
  { command: 'STORE 1 -FLAGS (\\Deleted)', needs: 't', selected: true },
  { command: 'UID STORE 1 +FLAGS (\\Answered)', needs: 'w', selected: true },
  { command: 'STORE 1 +FLAGS.SILENT (work)', needs: 'w', selected: true },
  { command: 'EXPUNGE', needs: 'e', selected: true },
  { command: 'UID EXPUNGE 1', needs: 'e', selected: true },
  { command: 'MOVE 1 INBOX', needs: 'te', selected: true },
  { command: 'REPLACE 1 INBOX {4+}\r\nA: b', needs: 'te', selected: true },
  { command: `COPY 1 ${BOX}`, needs: 'i', fromOwn: true },
  { command: `UID MOVE 1 ${BOX}`, needs: 'i', fromOwn: true },
  { command: `REPLACE 1 ${BOX} {4+}\r\nA: b`, needs: 'i', fromOwn: true },
  { command: 'COPY 1 INBOX', needs: 'r', selected: true },
  { command: 'FETCH 1 (FLAGS BODY[])', needs: 'r', selected: true },
  { command: 'SEARCH ALL', needs: 'r', selected: true },
  { command: 'SORT (DATE) UTF-8 ALL', needs: 'r', selected: true },
  { command: 'THREAD REFERENCES UTF-8 ALL', needs: 'r', selected: true },
];

const KNOWN = '* LIST (\\HasNoChildren) "/" "Shared/alice@example.test/Top/Box"';

async function sharedWorld(rights: string) {
  const world = await imapWorld();
  await world.alice.write((draft) => {
    draft.createMailbox('Top/Box');
    for (const name of ['Top', 'Top/Box']) draft.putObject(ACL, draft.mailboxNamed(name)!.id, { 'user:bob': rights });
  });
  await world.deliver('Top/Box', message('one'), message('two'));
  await world.ports.records.put(
    { pk: 'shares/bob', sk: 'alice', body: new Uint8Array(), rev: world.clock.now() },
    'any',
  );
  return world;
}

/** What bob is told who has these rights. Where the mailbox is selected, he had all of them before. */
async function play(row: Row, rights: string): Promise<string> {
  const world = await sharedWorld(row.selected === true ? ALL : rights);
  const client = await world.login(undefined, 'bob');
  if (row.fromOwn === true) {
    await transcript(client, 'C: p APPEND INBOX {4+}\nC: A: b\nS* ^p OK\nC: q SELECT INBOX\nS* ^q OK');
  }
  if (row.selected === true) {
    await transcript(client, `C: q SELECT ${BOX}\nS* ^q OK\nC: r STORE 1 +FLAGS.SILENT (\\Deleted)\nS* ^r OK`);
    await world.alice.write((draft) => {
      for (const name of ['Top', 'Top/Box']) draft.putObject(ACL, draft.mailboxNamed(name)!.id, { 'user:bob': rights });
    });
  }
  const answer = await ask(client, row.command);
  expect(world.errors).toEqual([]);
  client.destroy();
  return answer;
}

async function ask(client: PipeClient, command: string): Promise<string> {
  client.send(`t ${command}\r\n`);
  for (;;) {
    const line = await client.line();
    if (line === undefined) throw new Error('closed');
    if (line.startsWith('t ')) return line.slice(2);
  }
}

test.each(ROWS)('$command needs $needs', async (row) => {
  const base = row.selected === true ? 'r' : '';
  // With what is needed and nothing else; RFC 4314 section 4 wants no "l" for any of these but SUBSCRIBE.
  expect(await play(row, base + row.needs)).toMatch(/^OK/);
  for (const missing of row.needs) {
    const others = [...ALL].filter((right) => right !== missing).join('');
    // Where the right to look it up is missing, it is as if it were not there (section 6).
    expect(await play(row, others), `without ${missing}`).toMatch(
      missing === 'l' ? /^NO \[NONEXISTENT\]/ : /^NO \[NOPERM\]/,
    );
  }
});

test.each(ROWS.filter(({ selected }) => selected !== true))(
  '$command without any right: as if it were not there',
  async (row) => {
    const hidden = await play(row, '');
    const absent = await play({ ...row, command: row.command.replaceAll('Top/Box', 'Nowhere/Box') }, ALL);
    expect(hidden).toMatch(/^NO \[(NONEXISTENT|TRYCREATE|NOPERM)\]/);
    expect(hidden).toBe(absent);
  },
);

test.each([...'lrikxtea'])('MYRIGHTS with %s alone', async (right) => {
  expect(await play({ command: `MYRIGHTS ${BOX}`, needs: right }, right)).toMatch(/^OK/);
});

test.each([...'swp'])('MYRIGHTS with %s alone', async (right) => {
  expect(await play({ command: `MYRIGHTS ${BOX}`, needs: right }, right)).toBe(
    'NO [NONEXISTENT] There is no such mailbox',
  );
});

test('LIST shows what one may look up; its options what one may read', async () => {
  const world = await sharedWorld('l');
  const client = await world.login(undefined, 'bob');
  await transcript(
    client,
    `
    C: a LIST "" (Shared/*Box) RETURN (STATUS (MESSAGES) METADATA (/shared/comment) MYRIGHTS)
    S: ${KNOWN}
    S: * MYRIGHTS "${BOX}" l
    S: a OK LIST completed
  `,
  );
  client.destroy();
});

test('flags that one may not change stay as they are, and that is no failure (RFC 4314 section 4)', async () => {
  const world = await sharedWorld('lrsw');
  const client = await world.login(undefined, 'bob');
  const alice = await world.login('Top/Box');
  await transcript(alice, 'C: a STORE 1 FLAGS.SILENT (\\Deleted \\Seen old)\nS: a OK STORE completed');
  await transcript(
    client,
    `
    C: a SELECT ${BOX}
    S~ ^\\* FLAGS \\(\\\\Answered
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Seen \\Draft old \\*)] Flags that are kept
    S* ^a OK \\[READ-WRITE\\]
    C: b STORE 1 FLAGS (\\Flagged new)
    S* ^\\* 1 FETCH \\(FLAGS \\(\\\\Flagged \\\\Deleted new
    S: b OK STORE completed
    C: c STORE 1 +FLAGS (\\Deleted \\Seen)
    S* ^\\* 1 FETCH \\(FLAGS \\(\\\\Flagged \\\\Deleted \\\\Seen new
    S: c OK STORE completed
    C: d STORE 1 (UNCHANGEDSINCE 1) +FLAGS (\\Answered)
    S* ^d OK \\[MODIFIED 1\\]
    # Nothing may be expunged, so CLOSE is UNSELECT.
    C: e CLOSE
    S: e OK CLOSE completed
    C: f APPEND ${BOX} {4+}
    C: A: b
    S~ ^f NO \\[NOPERM\\]
  `,
  );
  await transcript(
    alice,
    `
    C: b FETCH 1 (FLAGS)
    S* ^\\* 1 FETCH \\(FLAGS \\(\\\\Flagged \\\\Deleted \\\\Seen new
    S* ^b OK
    C: c STATUS Top/Box (MESSAGES)
    S: * STATUS "Top/Box" (MESSAGES 2)
    S: c OK STATUS completed
  `,
  );
  client.destroy();
  alice.destroy();
});

test('\\Seen is not set by FETCH without the right to keep it', async () => {
  const world = await sharedWorld('lrte');
  const client = await world.login(undefined, 'bob');
  await transcript(
    client,
    `
    C: a SELECT ${BOX}
    S~ ^\\* FLAGS
    S: * OK [PERMANENTFLAGS (\\Deleted)] Flags that are kept
    S* ^a OK \\[READ-WRITE\\]
    C: b FETCH 1 (BODY[TEXT])
    S: * 1 FETCH (BODY[TEXT] {7}
    S: Hello
    S: )
    S: b OK FETCH completed
    C: c SEARCH SEEN
    S: * SEARCH
    S: c OK SEARCH completed
  `,
  );
  client.destroy();
});
