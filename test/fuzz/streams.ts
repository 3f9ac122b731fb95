/** One world of the command fuzz: an account with mail, and many connections that change it, some at the same time. */
import assert from 'node:assert/strict';
import { localRandom } from '../../adapters/local/index.ts';
import { OpenAccounts } from '../../mail/account/accounts.ts';
import type { StateView } from '../../mail/account/state.ts';
import { createPop3Server } from '../../mail/pop3/server.ts';
import { Refused } from '../../mail/refused.ts';
import { dump } from '../support/accounts.ts';
import { type ImapWorld, imapWorld, message } from '../support/imap.ts';
import { silentLog } from '../support/memory.ts';
import { scramWith } from '../support/scram.ts';
import { noBearer, signedIn } from '../support/signed-in.ts';
import { FuzzWire, type Script } from './client.ts';
import { PoliteScript, RudeScript, streamOf } from './imap-script.ts';
import { Dice } from './messages.ts';
import { Pop3Script, pop3StreamOf } from './pop3-script.ts';

/** Streams of one world; the number of a world is the seed of all that its clients say. */
export const STREAMS = 100;
/** Connections at the same time. */
const TOGETHER = 4;
/** Milliseconds that some streams together may take; they take some. */
const PATIENCE = 20_000;
const ACCOUNTS = ['alice', 'bob', 'boss', 'carol'];

interface Stream {
  readonly script: Script & { end(): void };
  readonly wire: FuzzWire;
  readonly handle: (wire: FuzzWire) => Promise<void>;
  readonly commands: readonly string[];
  readonly breaks: boolean;
}

/** Throws at the first thing that is wrong, with what was said. */
export async function fuzzWorld(seed: number): Promise<void> {
  const dice = new Dice(seed);
  const world = await imapWorld({
    maxMessage: 50_000,
    messageLimit: dice.chance(0.5) ? 4 : 1_000,
    publicFolders: dice.chance(0.3),
  });
  await world.deliver(
    'INBOX',
    ...Array.from({ length: 3 }, (_, n) => message(`m${n}`, undefined, `Message-ID: <m${n}@x>\r\n`)),
  );
  await world.deliver('INBOX', MULTIPART);
  await world.alice.write((draft) => {
    for (const name of ['box', 'box/one']) draft.createMailbox(name);
  });
  const pop3 = pop3Of(world);
  for (let n = 0; n < STREAMS; n += TOGETHER) {
    const streams = Array.from({ length: TOGETHER }, () => make(dice, world, pop3));
    await play(streams);
    for (const stream of streams) check(stream, world.errors);
  }
  await checkAccounts(world);
}

const MULTIPART =
  'From: b@example.org\r\nSubject: Re: m1\r\nReferences: <m1@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n' +
  '--b\r\n\r\nin plain\r\n.\r\n..x\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+\r\n' +
  '--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nHi\r\n--b--\r\n';

function make(dice: Dice, world: ImapWorld, pop3: { handle(wire: FuzzWire): Promise<void> }): Stream {
  const isPop3 = dice.chance(0.25);
  const commands = isPop3 ? pop3StreamOf(dice) : streamOf(dice);
  const kept = [...commands];
  const script = isPop3
    ? new Pop3Script(dice, commands)
    : dice.chance(0.75)
      ? new PoliteScript(dice, commands)
      : new RudeScript(dice, commands);
  const breaks = dice.chance(0.05);
  const wire = new FuzzWire({
    script,
    piece: dice.chance(0.7) ? 0 : dice.pick([1, 3, 17, 100]),
    isLoopback: dice.chance(0.95),
    breaksAfter: breaks ? 1 + dice.below(10) : Number.POSITIVE_INFINITY,
  });
  return { script, wire, handle: (isPop3 ? pop3 : world.server).handle, commands: kept, breaks };
}

async function play(streams: readonly Stream[]): Promise<void> {
  const open = new Set(streams);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`a connection hangs:\n${[...open].map(told).join('\n')}`)), PATIENCE);
  });
  const served = Promise.all(streams.map((stream) => stream.handle(stream.wire).then(() => open.delete(stream))));
  await Promise.race([served, late]).finally(() => clearTimeout(timer));
}

function check(stream: Stream, errors: readonly string[]): void {
  const { script, wire, breaks } = stream;
  try {
    if (wire.failure !== undefined) throw wire.failure;
    if (!breaks) script.end();
    assert.deepEqual(errors, [], 'errors are logged');
  } catch (error) {
    throw new Error(`${(error as Error).message}\nin the stream\n${told(stream)}`, { cause: error });
  }
}

function told({ commands }: Stream): string {
  return commands.map((command, n) => `  ${n + 1} ${JSON.stringify(command)}`).join('\n');
}

/** What the log of every account makes of its entries is what the sessions saw, and its counts are right. */
async function checkAccounts(world: ImapWorld): Promise<void> {
  const deps = { ...world.ports, clock: world.clock, random: localRandom, log: silentLog, writer: 'person' as const };
  const again = new OpenAccounts(
    { ...deps, exclusive: true, retentionMs: async () => 90 * 86_400_000, onLongTail: () => undefined },
    { accountBytes: 1 << 24, summaryBytes: 1 << 24 },
  );
  for (const id of ACCOUNTS) {
    const account = await world.account(id);
    const state = await account.refresh();
    const read = await (await again.open(id)).refresh();
    assert.deepEqual(dump(read as StateView), dump(state as StateView), `${id}'s log says something else`);
    for (const mailbox of state.mailboxes.values()) {
      const rows = state.rows(mailbox.id);
      let bytes = 0;
      let before = 0;
      for (let row = 0; row < rows.length; row++) {
        bytes += rows.size(row);
        assert.ok(rows.uid(row) > before && rows.uid(row) < mailbox.uidnext, `UIDs of ${id}'s ${mailbox.name}`);
        before = rows.uid(row);
      }
      assert.deepEqual([mailbox.messages, mailbox.bytes], [rows.length, bytes], `counts of ${id}'s ${mailbox.name}`);
    }
  }
}

function pop3Of(world: ImapWorld) {
  const authenticate = async (login: string, password: string) => {
    const user = world.users.get(login);
    if (user === undefined || password !== 'secret')
      throw new Refused('authenticationfailed', 'The name or the password is wrong.');
    return signedIn(user);
  };
  return createPop3Server({
    directory: {
      authenticate,
      bearer: noBearer,
      scram: scramWith(authenticate, 'secret'),
      untilEnded: () => () => undefined,
    },
    accounts: { open: (id) => world.account(id), openFresh: (id) => world.account(id) },
    blobs: world.ports.blobs,
    clock: world.clock,
    log: { ...silentLog, error: (event, fields) => void world.errors.push(`${event} ${JSON.stringify(fields)}`) },
    hostname: 'mail.example.test',
    startTls: true,
  });
}
