import type { Account, Accounts, Draft, Mailbox, Rows, State, StoredEmail } from '../../../mail/account/types.ts';
import { UidSet } from '../../../mail/account/uidset.ts';
import type { AccountInfo, SignedIn } from '../../../mail/directory/types.ts';
import { indexMessage, summarize } from '../../../mail/message/index.ts';
import { createPop3Server, type Pop3Deps, type Pop3Server } from '../../../mail/pop3/server.ts';
import { type Blobs, NotFound } from '../../../mail/ports/index.ts';
import { Refused } from '../../../mail/refused.ts';
import { type PipeClient, type PipeOptions, pipe } from '../../support/pipe.ts';
import { scramWith } from '../../support/scram.ts';
import { bearerOf, signedIn } from '../../support/signed-in.ts';

const ALICE: AccountInfo = {
  id: 'a1',
  address: 'alice@example.test',
  tenant: 'default',
  enabled: true,
  imap: true,
  pop3: true,
};

/** An inbox of the given messages, with what happened to it. */
export class World {
  readonly bytes: Buffer[];
  readonly expunged: number[][] = [];
  readonly logged: string[] = [];
  readonly loaded: string[] = [];
  uidvalidity = 7;
  writeFails: Error | undefined;
  readFails: { readonly name: string; readonly after: number; readonly error: Error } | undefined;
  server: Pop3Server;

  constructor(messages: readonly (string | Buffer)[], deps: Partial<Pop3Deps> = {}) {
    this.bytes = messages.map((message) => (typeof message === 'string' ? Buffer.from(message, 'latin1') : message));
    const authenticate = (login: string, password: string) => this.authenticate(login, password);
    this.server = createPop3Server({
      directory: {
        authenticate,
        bearer: bearerOf((name) => (name === 'alice' ? ALICE : undefined)),
        scram: scramWith(authenticate, 'secret pass'),
        untilEnded: () => () => undefined,
      },
      accounts: { open: async () => this.account(), openFresh: async () => this.account() } satisfies Accounts,
      blobs: this.blobs(),
      clock: { now: () => 0, sleep: async () => undefined, after: () => () => undefined },
      log: { debug() {}, info() {}, warn() {}, error: (event) => void this.logged.push(event) },
      hostname: 'mail.example.test',
      startTls: true,
      ...deps,
    });
  }

  connect(options: PipeOptions = LOOPBACK): PipeClient {
    const { server, client } = pipe(options);
    void this.server.handle(server);
    return client;
  }

  private async authenticate(login: string, password: string): Promise<SignedIn> {
    if (login === 'busy@example.test') throw new Refused('throttled', 'Too many wrong passwords.');
    if (login === 'off@example.test') throw new Refused('noperm', 'POP3 is switched off for this account.');
    if (login.toLowerCase() !== ALICE.address || password !== 'secret pass') {
      throw new Refused('authenticationfailed', 'The name or the password is wrong.');
    }
    return signedIn(ALICE);
  }

  private inbox(): Mailbox {
    const bytes = this.bytes.reduce((sum, each) => sum + each.length, 0);
    const { uidvalidity } = this;
    const count = this.bytes.length;
    return {
      id: 'm1',
      keywords: [],
      name: 'INBOX',
      role: 'inbox',
      uidvalidity,
      uidnext: 99,
      modseq: 1,
      described: 1,
      messages: count,
      unseen: 0,
      deleted: 0,
      bytes,
    };
  }

  private state(): State {
    const inbox = this.inbox();
    const rows = {
      length: this.bytes.length,
      uid: (i: number) => 10 + i,
      size: (i: number) => this.bytes[i]!.length,
      email: (i: number) => 1_000 + i,
    } as Rows;
    return { mailboxNamed: () => inbox, rows: () => rows, mailboxes: new Map([['m1', inbox]]) } as unknown as State;
  }

  private account(): Account {
    return {
      id: 'a1',
      state: this.state(),
      refresh: async () => this.state(),
      emails: async (numbers: readonly number[]) =>
        new Map(
          numbers
            .filter((email) => this.bytes[email - 1_000] !== undefined)
            .map((email) => [
              email,
              {
                blob: `blob${email - 1_000}`,
                summary: summarize(indexMessage(this.bytes[email - 1_000]!)),
              } as StoredEmail,
            ]),
        ),
      write: async (decide: (draft: Draft) => unknown) => {
        if (this.writeFails !== undefined) throw this.writeFails;
        const draft = {
          ...this.state(),
          expunge: (_: string, uids: UidSet) => {
            this.expunged.push([...uids]);
            return UidSet.EMPTY;
          },
        } as unknown as Draft;
        return { result: decide(draft), state: this.state(), seq: 2 };
      },
      watch: () => () => undefined,
    } as unknown as Account;
  }

  private blobs(): Blobs {
    const find = (name: string): Buffer => {
      this.loaded.push(name);
      const bytes = this.bytes[Number(name.slice(4))];
      if (bytes === undefined) throw new NotFound(name);
      return bytes;
    };
    const fail = (name: string, at: number): void => {
      if (this.readFails?.name === name && at >= this.readFails.after) throw this.readFails.error;
    };
    return {
      get: async (name: string) => {
        fail(name, 0);
        return find(name);
      },
      stream: async function* (name: string) {
        const bytes = find(name);
        for (let at = 0; at < bytes.length; at += 1_000) {
          fail(name, at);
          yield bytes.subarray(at, at + 1_000);
        }
      },
    } as Partial<Blobs> as Blobs;
  }
}

export const LOOPBACK: PipeOptions = { peer: { address: '127.0.0.1', localAddress: '127.0.0.1' } };

/** The greeting and a login. */
export const LOGIN = `
  S: +OK mail.example.test Postern ready
  C: USER alice@example.test
  C: PASS secret pass
  S: +OK Now the password
  S~ ^\\+OK \\d+ messages? \\(\\d+ octets\\)$
`;
