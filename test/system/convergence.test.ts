/**
 * Two mbsync copies and two Python sessions change one mailbox at random for a minute; then each is let finish, and all of them
 * must have the mailbox as the server has it (IM-9). The Python sessions check the protocol at every response. `SEED=n` repeats
 * the choices, though not their moments.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { imaplib } from '../support/imaplib.ts';
import { type Mbsync, mbsync } from '../support/mbsync.ts';
import { SimRandom } from '../support/simrandom.ts';
import { ROOT, type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
const SECONDS = 60;
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const BOXES = ['INBOX', 'Elsewhere'] as const;
const MAILDIR_FLAGS = { D: '\\Draft', F: '\\Flagged', R: '\\Answered', S: '\\Seen' } as const;

/** UID, Message-ID, flags in order. */
type Row = readonly [uid: number, messageId: string, flags: readonly string[]];

let system: System;
let home: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'postern-convergence-'));
  system = await startSystem();
  await imaplib(
    system,
    ALICE,
    `ok(m.create('Elsewhere'))
for n in range(60): ok(m.append('INBOX', None, None, b'From: x@example.org\\r\\nMessage-ID: <first.%d@example.test>\\r\\n\\r\\nhello\\r\\n' % n))`,
  );
});
afterAll(async () => {
  for (const child of children) child.kill();
  await system?.remove();
  await rm(home, { recursive: true, force: true });
});

/** A Python session that works on its own until it is quiet, and then says what it knows. */
function session(name: string, enable: 'CONDSTORE' | 'QRESYNC') {
  const given = {
    port: system.port('imaps'),
    ca: join(system.home, 'tls', 'cert.pem'),
    user: ALICE,
    password: system.passwords.get(ALICE),
    ...{ name, enable, seed: SEED + name.length, seconds: SECONDS, mailbox: BOXES[0], elsewhere: BOXES[1] },
  };
  const child = spawn('python3', [join(ROOT, 'test', 'support', 'convergence.py'), JSON.stringify(given)]);
  children.push(child);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`session ${name}:\n${errors}`);
    return value;
  };
  return {
    quiet: next,
    async known(): Promise<readonly Row[]> {
      child.stdin.write('?\n');
      return JSON.parse(await next());
    },
  };
}

async function maildirCopy(name: string): Promise<Mbsync> {
  await mkdir(join(home, name));
  return mbsync({
    home: join(home, name),
    port: system.port('imaps'),
    user: ALICE,
    password: system.passwords.get(ALICE)!,
    certificate: join(system.home, 'tls', 'cert.pem'),
    patterns: BOXES.join(' '),
  });
}

/** A few changes to the files of a copy, as a mail reader makes them. */
async function change(copy: Mbsync, random: SimRandom, fresh: string): Promise<void> {
  const inbox = join(copy.mail, 'INBOX');
  for (let left = 1 + random.int(5); left > 0; left--) {
    const files = (
      await Promise.all(
        ['new', 'cur'].map(async (place) => (await readdir(join(inbox, place))).map((name) => ({ place, name }))),
      )
    ).flat();
    const what = files.length < 20 ? 'add' : random.pick(['add', 'flag', 'flag', 'flag', 'remove', 'move'] as const);
    if (what === 'add') {
      const text = `From: x@example.org\nMessage-ID: <${fresh}.${left}@example.test>\n\nhello\n`;
      await writeFile(join(inbox, 'cur', `${fresh}.${left}:2,${random.pick(['', 'S', 'FS'])}`), text);
      continue;
    }
    const { place, name } = random.pick(files);
    const [base] = name.split(':');
    const path = join(inbox, place, name);
    if (what === 'flag') await rename(path, join(inbox, 'cur', `${base}:2,${random.pick(['', 'S', 'F', 'RS', 'DF'])}`));
    if (what === 'remove') await rm(path);
    // A name tells mbsync the UID, which another mailbox must not take over.
    if (what === 'move')
      await rename(path, join(copy.mail, 'Elsewhere', 'cur', `${base!.replace(/,U=\d+/, '')}.${fresh}:2,S`));
  }
}

/** What a copy holds of a mailbox, by the server's UIDs, which mbsync's state pairs with those of the files. */
async function rowsOf(copy: Mbsync, mailbox: string): Promise<readonly Row[]> {
  const folder = join(copy.mail, mailbox);
  const state = await readFile(join(folder, '.mbsyncstate'), 'utf8');
  const far = new Map(
    [...state.matchAll(/^(\d+) (\d+) \S*$/gm)].map(([, server, local]) => [Number(local), Number(server)]),
  );
  const rows: Row[] = [];
  for (const place of ['new', 'cur']) {
    for (const name of await readdir(join(folder, place))) {
      const uid = far.get(Number(/,U=(\d+)/.exec(name)?.[1])) ?? 0;
      const id = /^Message-ID: <(.*)>/m.exec(await readFile(join(folder, place, name), 'utf8'))![1]!;
      const letters = [...(/:2,(.*)$/.exec(name)?.[1] ?? '')] as (keyof typeof MAILDIR_FLAGS)[];
      rows.push([uid, id, letters.map((letter) => MAILDIR_FLAGS[letter]).sort()]);
    }
  }
  return rows.sort(([a], [b]) => a - b);
}

/** What a session that was not there before sees. */
async function onServer(mailbox: string): Promise<readonly Row[]> {
  const said = await imaplib(
    system,
    ALICE,
    `
import json
count = int(ok(m.select(given['mailbox'], readonly=True))[0])
for part in ok(m.fetch('1:*', '(UID FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])')) if count else []:
    if isinstance(part, tuple):
        flags = {flag.decode() for flag in imaplib.ParseFlags(part[0])} - {'\\\\Recent'}
        print(json.dumps([int(re.search(b'UID (\\\\d+)', part[0])[1]), re.search(b'<(.*)>', part[1])[1].decode(), sorted(flags)]))
`,
    { mailbox },
  );
  return said
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** What a Maildir has no letter for is not there. */
const asInMaildir = (rows: readonly Row[]) =>
  rows.map(
    ([uid, id, flags]): Row => [uid, id, flags.filter((flag) => Object.values<string>(MAILDIR_FLAGS).includes(flag))],
  );

it('is the same for everybody in the end', async ({ onTestFailed }) => {
  onTestFailed(() => console.error(`The seed was ${SEED}`));
  const sessions = [session('a', 'CONDSTORE'), session('bb', 'QRESYNC')];
  const copies = await Promise.all(['copy1', 'copy2'].map(maildirCopy));
  const until = performance.now() + SECONDS * 1_000;
  const working = copies.map(async (copy, n) => {
    const random = new SimRandom(SEED, `copy ${n}`);
    let runs = 0;
    await copy.sync();
    for (; performance.now() < until; runs++) {
      await change(copy, random, `copy${n}-${runs}`);
      await copy.sync();
    }
    return runs;
  });
  const [runs] = await Promise.all([Promise.all(working), ...sessions.map(({ quiet }) => quiet())]);
  expect(Math.min(...runs), 'runs of mbsync').toBeGreaterThan(3);
  // Until a whole round changes nothing on the server.
  const state = async () => JSON.stringify(await Promise.all(BOXES.map(onServer)));
  for (let round = 1, before = ''; before !== (await state()); round++) {
    expect(round, 'rounds until the copies are quiet').toBeLessThan(6);
    before = await state();
    for (const copy of copies) await copy.sync();
  }
  const [inbox, elsewhere] = await Promise.all(BOXES.map(onServer));
  expect(inbox!.length).toBeGreaterThan(0);
  for (const each of sessions) expect(await each.known()).toEqual(inbox);
  for (const copy of copies) {
    expect(await rowsOf(copy, 'INBOX')).toEqual(asInMaildir(inbox!));
    expect(await rowsOf(copy, 'Elsewhere')).toEqual(asInMaildir(elsewhere!));
  }
});
