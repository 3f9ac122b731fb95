/** Clients of every protocol that do something at random to one account, each over a connection of its own. */
import type { Json } from './jmap.ts';
import { type JmapClient, JmapError } from './jmap-client.ts';
import type { Follower } from './jmap-follower.ts';
import { LineClient } from './line-client.ts';
import type { SimRandom } from './simrandom.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Somebody who does something at random, again and again. */
export interface RandomClient {
  /** One operation; false where the server refused it, as it may when others were faster. */
  act(): Promise<boolean>;
  close?(): void;
}

export const BOXES = ['INBOX', 'Drafts', 'Sent', 'Junk', 'Trash', 'Archive'];
/** Mailboxes that come and go. */
const OWN_BOXES = ['Box1', 'Box2', 'Box3', 'Box1/Below', 'Box4'];
const FLAGS = ['\\Seen', '\\Flagged', '\\Deleted', '\\Answered', '\\Draft', 'work'];
const KEYWORDS = ['$seen', '$flagged', '$draft', '$answered', 'work'];
const THREADS = 150;

let serial = 0;

/** The next reply, past the lines that it has before its last. Throws where it is another than it must be. */
async function reply(client: LineClient, wanted: RegExp): Promise<string> {
  const line = await client.until(/^(?!\d{3}-)/);
  if (!wanted.test(line)) throw new Error(`${line}, where ${wanted} must come`);
  return line;
}

function ask(client: LineClient, text: string, wanted: RegExp): Promise<string> {
  client.send(`${text}\r\n`);
  return reply(client, wanted);
}

/** A message of one of some threads. */
function randomMessage(random: SimRandom, from = random.pick(['alice@example.test', 'p1@example.org'])): string {
  serial += 1;
  const fields = [
    `From: ${from}`,
    'To: alice@example.test',
    `Subject: ${random.pick(['', 'Re: '])}s${random.int(6)}`,
    `Message-ID: <m${serial}@example.org>`,
    `References: <t${random.int(THREADS)}@example.org>`,
  ];
  return `${fields.join('\r\n')}\r\n\r\n${'words '.repeat(1 + random.int(20))}\r\n`;
}

export class ImapClient implements RandomClient {
  readonly #random: SimRandom;
  readonly #client: LineClient;
  #tag = 0;
  #exists = 0;
  #untilSelect = 0;

  private constructor(client: LineClient, random: SimRandom) {
    this.#client = client;
    this.#random = random;
  }

  static async begin(port: number, { user, password }: Login, random: SimRandom): Promise<ImapClient> {
    const client = new LineClient(port);
    await client.until(/^\* OK/);
    const imap = new ImapClient(client, random);
    await imap.ask(`LOGIN ${user} ${password}`);
    return imap;
  }

  /** The lines of one command's answer; the last is the tagged one. */
  async ask(command: string): Promise<string[]> {
    const tag = `a${++this.#tag}`;
    this.#client.send(`${tag} ${command}\r\n`);
    const lines: string[] = [];
    for (;;) {
      const line = await this.#client.line();
      if (line === undefined) throw new Error(`closed after ${command}: ${lines.at(-1)}`);
      lines.push(line);
      if (line.startsWith(`${tag} `)) return lines;
      const [, number, what] = /^\* (\d+) (EXISTS|EXPUNGE)$/.exec(line) ?? [];
      if (what === 'EXISTS') this.#exists = Number(number);
      else if (what === 'EXPUNGE') this.#exists -= 1;
    }
  }

  async act(): Promise<boolean> {
    if (this.#untilSelect-- === 0) {
      this.#untilSelect = 10 + this.#random.int(30);
      await this.#select(this.#random.pick([...BOXES, 'INBOX', 'INBOX', ...OWN_BOXES.slice(0, 2)]));
    }
    const command = this.#command();
    const said = (await this.ask(command)).at(-1)!;
    if (/ BAD \w+ needs a selected mailbox/.test(said)) {
      // Somebody has deleted the one that was.
      await this.#select('INBOX');
      return false;
    }
    if (/ BAD /.test(said)) throw new Error(`${command}: ${said}`);
    return / OK /.test(said);
  }

  async #select(mailbox: string): Promise<void> {
    if (/ OK /.test((await this.ask(`SELECT ${mailbox}`)).at(-1)!)) return;
    await this.ask('SELECT INBOX');
  }

  #command(): string {
    const random = this.#random;
    const what = random.int(100);
    if (what < 10 || this.#exists === 0) {
      const message = randomMessage(random);
      const flags = FLAGS.filter((flag) => flag !== '\\Deleted' && random.chance(0.2)).join(' ');
      return `APPEND ${random.pick(BOXES)} (${flags}) {${message.length}+}\r\n${message}`;
    }
    const first = 1 + random.int(this.#exists);
    const set = `${first}:${Math.min(this.#exists, first + random.int(4))}`;
    if (what < 42) return `STORE ${set} ${random.pick(['+', '-', ''])}FLAGS.SILENT (${random.pick(FLAGS)})`;
    if (what < 58) return `STORE ${set} ${random.pick(['+', '+', '-'])}FLAGS (\\Deleted)`;
    if (what < 64) return `COPY ${set} ${random.pick(BOXES)}`;
    if (what < 77) return `MOVE ${set} ${random.pick(BOXES)}`;
    if (what < 88) return 'EXPUNGE';
    const box = random.pick(OWN_BOXES);
    if (what < 92) return `CREATE ${box}`;
    if (what < 94) return `RENAME ${box} ${random.pick(OWN_BOXES)}`;
    if (what < 96) return `DELETE ${box}`;
    return `${random.pick(['SUBSCRIBE', 'UNSUBSCRIBE'])} ${random.pick([...BOXES, ...OWN_BOXES])}`;
  }

  close(): void {
    this.#client.destroy();
  }
}

/** Delivers, or submits where it signs in. */
export class SmtpClient implements RandomClient {
  readonly #client: LineClient;
  readonly #random: SimRandom;
  readonly #from: string;

  private constructor(client: LineClient, random: SimRandom, from: string) {
    this.#client = client;
    this.#random = random;
    this.#from = from;
  }

  static async begin(port: number, random: SimRandom, login?: Login): Promise<SmtpClient> {
    const client = new LineClient(port);
    await reply(client, /^220 /);
    await ask(client, 'EHLO client.example.org', /^250 /);
    if (login !== undefined) {
      const secret = Buffer.from(`\0${login.user}\0${login.password}`).toString('base64');
      await ask(client, `AUTH PLAIN ${secret}`, /^235 /);
    }
    return new SmtpClient(client, random, login?.user ?? 'p1@example.org');
  }

  async act(): Promise<boolean> {
    const client = this.#client;
    client.send(`MAIL FROM:<${this.#from}>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\n`);
    for (const wanted of [/^250 /, /^250 /, /^354 /]) await reply(client, wanted);
    client.send(`${randomMessage(this.#random, this.#from)}.\r\n`);
    await reply(client, /^250 /);
    return true;
  }

  close(): void {
    this.#client.destroy();
  }
}

/** Each session removes some of the newest messages, or changes its mind; what it removes counts as one operation each. */
export class Pop3Client implements RandomClient {
  readonly #port: number;
  readonly #login: Login;
  readonly #random: SimRandom;
  #client: LineClient | undefined;
  #left: number[] = [];

  constructor(port: number, login: Login, random: SimRandom) {
    this.#port = port;
    this.#login = login;
    this.#random = random;
  }

  async act(): Promise<boolean> {
    if (this.#client === undefined) await this.#begin();
    const number = this.#left.pop();
    if (number !== undefined) await ask(this.#client!, `DELE ${number}`, /^\+OK/);
    if (this.#left.length === 0) await this.#end();
    return number !== undefined;
  }

  async #begin(): Promise<void> {
    const client = new LineClient(this.#port);
    await reply(client, /^\+OK/);
    await ask(client, `USER ${this.#login.user}`, /^\+OK/);
    await ask(client, `PASS ${this.#login.password}`, /^\+OK/);
    const count = Number((await ask(client, 'STAT', /^\+OK/)).split(' ')[1]);
    const numbers = Array.from(
      { length: Math.min(count, 1 + this.#random.int(12)) },
      () => 1 + this.#random.int(count),
    );
    this.#client = client;
    this.#left = [...new Set(numbers)];
  }

  async #end(): Promise<void> {
    const client = this.#client!;
    this.#client = undefined;
    if (this.#random.chance(0.1)) await ask(client, 'RSET', /^\+OK/);
    await ask(client, 'QUIT', /^\+OK/);
    client.destroy();
  }

  close(): void {
    this.#client?.destroy();
  }
}

/** Knows what its follower knows, which may be out of date. */
export class JmapWriter implements RandomClient {
  readonly #client: JmapClient;
  readonly #follower: Follower;
  readonly #random: SimRandom;

  constructor(client: JmapClient, follower: Follower, random: SimRandom) {
    this.#client = client;
    this.#follower = follower;
    this.#random = random;
  }

  async act(): Promise<boolean> {
    try {
      const [name, args] = await this.#operation();
      const answer = await this.#client.call(name, args);
      return ['notCreated', 'notUpdated', 'notDestroyed'].every((one) => Object.keys(answer[one] ?? {}).length === 0);
    } catch (error) {
      if (error instanceof JmapError && error.type !== 'serverFail') return false;
      throw error;
    }
  }

  async #operation(): Promise<readonly [string, Record<string, unknown>]> {
    const random = this.#random;
    const what = random.int(100);
    if (what < 10) return ['Email/set', { create: { k: this.#newEmail() } }];
    if (what < 18) return this.#import();
    if (what < 36) return this.#update(() => ({ [`keywords/${random.pick(KEYWORDS)}`]: random.chance(0.5) || null }));
    if (what < 41) {
      // As of another email.
      const other = this.#object('Email');
      return this.#update(() => ({ keywords: other?.keywords ?? {} }));
    }
    if (what < 50) return this.#update(() => ({ mailboxIds: this.#mailboxIds() }));
    if (what < 54) {
      return this.#update(() => ({ [`mailboxIds/${this.#mailbox()}`]: true, 'keywords/$seen': true }));
    }
    if (what < 68) return ['Email/set', { destroy: this.#some('Email') }];
    if (what < 80) return this.#mailboxSet(random.int(6));
    if (what < 85) return this.#identitySet(random.int(3));
    return this.#submissionSet(random.int(4));
  }

  #update(patch: () => Record<string, unknown>): readonly [string, Record<string, unknown>] {
    return ['Email/set', { update: Object.fromEntries(this.#some('Email').map((id) => [id, patch()])) }];
  }

  async #import(): Promise<readonly [string, Record<string, unknown>]> {
    const data = [{ 'data:asText': randomMessage(this.#random) }];
    const { created } = await this.#client.call('Blob/upload', { create: { b: { data } } });
    const email = { blobId: created.b.id, mailboxIds: this.#mailboxIds(), keywords: this.#keywords() };
    return ['Email/import', { emails: { k: email } }];
  }

  #newEmail(): Record<string, unknown> {
    const random = this.#random;
    return {
      mailboxIds: this.#mailboxIds(),
      keywords: this.#keywords(),
      from: [{ email: 'alice@example.test' }],
      to: [{ email: 'alice@example.test' }],
      subject: `s${random.int(6)}`,
      references: [`t${random.int(THREADS)}@example.org`],
      bodyValues: { b: { value: 'words' } },
      textBody: [{ partId: 'b', type: 'text/plain' }],
    };
  }

  #mailboxSet(what: number): readonly [string, Record<string, unknown>] {
    const random = this.#random;
    const own = this.#ids('Mailbox').filter((id) => this.#follower.objects.get('Mailbox')!.get(id).role === null);
    const one = own.length === 0 ? 'm0' : random.pick(own);
    const parentId = random.chance(0.3) && own.length > 0 ? random.pick(own) : null;
    if (what < 2) return ['Mailbox/set', { create: { k: { name: `Box${1 + random.int(4)}`, parentId } } }];
    if (what === 2) {
      return ['Mailbox/set', { update: { [one]: { name: `Box${1 + random.int(4)}`, parentId } } }];
    }
    if (what === 3) return ['Mailbox/set', { update: { [this.#mailbox()]: { isSubscribed: random.chance(0.5) } } }];
    if (what === 4) return ['Mailbox/set', { update: { [this.#mailbox()]: { sortOrder: random.int(9) } } }];
    return ['Mailbox/set', { destroy: [one], onDestroyRemoveEmails: random.chance(0.7) }];
  }

  #identitySet(what: number): readonly [string, Record<string, unknown>] {
    const name = `Alice ${this.#random.int(9)}`;
    if (what === 0) return ['Identity/set', { create: { k: { email: 'alice@example.test', name } } }];
    const id = this.#random.pick(this.#ids('Identity'));
    return ['Identity/set', what === 1 ? { update: { [id]: { name } } } : { destroy: [id] }];
  }

  /** Some are sent at once, some wait and are sent or canceled. */
  #submissionSet(what: number): readonly [string, Record<string, unknown>] {
    const random = this.#random;
    const known = this.#ids('EmailSubmission');
    const id = known.length === 0 ? 's0' : random.pick(known);
    if (what === 2) return ['EmailSubmission/set', { update: { [id]: { undoStatus: 'canceled' } } }];
    if (what === 3) return ['EmailSubmission/set', { destroy: [id] }];
    const parameters = random.chance(0.7) ? { HOLDFOR: String(random.pick([1, 3, 600])) } : null;
    const address = { email: 'alice@example.test', parameters: null };
    const envelope = { mailFrom: { ...address, parameters }, rcptTo: [address] };
    const emailId = this.#some('Email')[0] ?? 'e0';
    const create = { k: { identityId: 'default', emailId, envelope } };
    return ['EmailSubmission/set', { create, onSuccessUpdateEmail: { '#k': { 'keywords/$answered': true } } }];
  }

  #keywords(): Record<string, true> {
    return Object.fromEntries(KEYWORDS.filter(() => this.#random.chance(0.3)).map((one) => [one, true]));
  }

  #mailboxIds(): Record<string, true> {
    return Object.fromEntries(Array.from({ length: 1 + this.#random.int(2) }, () => [this.#mailbox(), true]));
  }

  #mailbox(): string {
    return this.#random.pick(this.#ids('Mailbox'));
  }

  #some(type: string): string[] {
    const ids = this.#ids(type);
    if (ids.length === 0) return [];
    return [...new Set(Array.from({ length: 1 + this.#random.int(4) }, () => this.#random.pick(ids)))];
  }

  #object(type: string): Json {
    const [id] = this.#some(type);
    return id === undefined ? undefined : this.#follower.objects.get(type)!.get(id);
  }

  #ids(type: string): string[] {
    return this.#follower.ids(type);
  }
}
