import { beforeEach, describe, expect, test } from 'vitest';
import { localRandom } from '../../../adapters/local/index.ts';
import type { Account } from '../../../mail/account/types.ts';
import { emailCopy } from '../../../mail/jmap/email/copy.ts';
import { Call } from '../../../mail/jmap/method.ts';
import { type JmapWorld, type Json, jmapWorld, lines } from '../../support/jmap.ts';
import { silentLog } from '../../support/memory.ts';

let world: JmapWorld;
let inbox: string;

beforeEach(async () => {
  world = await jmapWorld();
  inbox = world.mailbox('INBOX');
});

const MESSAGE = lines(
  'Received: from b.example by c.example; Thu, 2 Jan 2020 03:04:05 +0100',
  'Received: from a.example by b.example; Wed, 1 Jan 2020 03:04:05 +0100',
  'Message-ID: <1@example.com>',
  'Subject: imported',
  '',
  'body',
);

async function upload(data: string): Promise<string> {
  const { created } = await world.call('Blob/upload', { create: { b: { data: [{ 'data:asText': data }] } } });
  return created.b.id;
}

async function importing(properties: Record<string, unknown>): Promise<Json> {
  const { created, notCreated } = await world.call('Email/import', { emails: { k: properties } });
  return created.k ?? notCreated.k;
}

async function get(id: string, properties: readonly string[]): Promise<Json> {
  return (await world.call('Email/get', { ids: [id], properties })).list[0];
}

describe('Email/import (RFC 8621 section 4.8)', () => {
  test('files an upload, received when the last Received field says', async () => {
    const blobId = await upload(MESSAGE);
    const made = await importing({ blobId, mailboxIds: { [inbox]: true }, keywords: { $Seen: true, a: true } });
    expect(Object.keys(made).sort()).toEqual(['blobId', 'id', 'size', 'threadId']);
    expect(made.size).toBe(MESSAGE.length);
    expect(await get(made.id, ['mailboxIds', 'keywords', 'receivedAt', 'subject', 'blobId'])).toEqual({
      id: made.id,
      blobId: made.blobId,
      mailboxIds: { [inbox]: true },
      keywords: { $seen: true, a: true },
      receivedAt: '2020-01-02T02:04:05Z',
      subject: 'imported',
    });
  });

  test('keeps to what the client says, and to now where nobody says anything', async () => {
    const blobId = await upload(lines('Subject: x', '', 'x'));
    const said = await importing({ blobId, mailboxIds: { [inbox]: true }, receivedAt: '2001-02-03T04:05:06Z' });
    expect((await get(said.id, ['receivedAt'])).receivedAt).toBe('2001-02-03T04:05:06Z');
    const before = Math.floor(world.clock.now() / 1000) * 1000;
    const now = await importing({ blobId, mailboxIds: { [inbox]: true } });
    expect(Date.parse((await get(now.id, ['receivedAt'])).receivedAt)).toBeGreaterThanOrEqual(before);
    expect(now.id).not.toBe(said.id);
  });

  test('an email again, a message within one, many at once as one entry', async () => {
    const outer = lines('Content-Type: message/rfc822', '', MESSAGE.trimEnd());
    const [first] = [await world.file(outer)];
    const { blobId, attachments } = await get(first!, ['blobId', 'attachments']);
    const { seq } = world.alice.state;
    const mailboxIds = { [inbox]: true };
    const { created } = await world.call('Email/import', {
      emails: { a: { blobId, mailboxIds }, b: { blobId: attachments[0].blobId, mailboxIds } },
    });
    expect(world.alice.state.seq).toBe(seq + 1);
    expect((await get(created.b.id, ['subject'])).subject).toBe('imported');
    // The copy has a blob of its own: it stays when the first goes.
    await world.call('Email/set', { destroy: [first] });
    expect((await world.call('Email/get', { ids: [created.a.id], fetchAllBodyValues: true })).list).toHaveLength(1);
  });

  test.each<[string, (blobId: string) => Record<string, unknown>, string, readonly string[] | undefined]>([
    ['a blob that is not there', () => ({ blobId: 'm99' }), 'invalidProperties', ['blobId']],
    ['no blob', () => ({ blobId: undefined }), 'invalidProperties', ['blobId']],
    ['no mailbox', () => ({ mailboxIds: {} }), 'invalidProperties', ['mailboxIds']],
    ['a mailbox that is not there', () => ({ mailboxIds: { m0: true } }), 'invalidProperties', ['mailboxIds']],
    ['a keyword that is none', () => ({ keywords: { '(': true } }), 'invalidProperties', ['keywords']],
    ['a time that is none', () => ({ receivedAt: 'x' }), 'invalidProperties', ['receivedAt']],
    ['a subject', () => ({ subject: 'x' }), 'invalidProperties', ['subject']],
  ])('refuses %s', async (_what, change, type, properties) => {
    const blobId = await upload(MESSAGE);
    const error = await importing({ blobId, mailboxIds: { [inbox]: true }, ...change(blobId) });
    expect(error).toMatchObject({ type, ...(properties === undefined ? {} : { properties }) });
  });

  test('refuses what is no message, and another state', async () => {
    const blobId = await upload('\u0000\u0001 nothing like it');
    expect((await importing({ blobId, mailboxIds: { [inbox]: true } })).type).toBe('invalidEmail');
    expect((await world.failing('Email/import', { ifInState: '1-99', emails: {} })).type).toBe('stateMismatch');
    expect((await world.failing('Email/import', {})).type).toBe('invalidArguments');
  });
});

describe('Email/copy (RFC 8621 section 4.7)', () => {
  /** Who may reach both accounts. */
  class BothCall extends Call {
    override account(id: string): Promise<Account> {
      return id === 'bob' || id === 'alice' ? world.account(id) : super.account(id);
    }
  }

  function callOfBoth(): Call {
    const user = { id: 'alice', address: 'alice@example.test', tenant: 't1', enabled: true, imap: true, pop3: true };
    const { accounts, ports, clock } = world;
    const directory = { maySendAs: async () => true };
    const deps = {
      accounts,
      directory,
      ...ports,
      clock,
      random: localRandom,
      log: silentLog,
      hostname: 'mail.example.test',
    };
    return new BothCall(deps, user);
  }

  const copying = (args: Record<string, unknown>) =>
    emailCopy.run(callOfBoth(), { fromAccountId: 'bob', accountId: 'alice', ...args }) as Promise<Json>;

  test('into another account, and the original destroyed', async () => {
    const id = await world.file(MESSAGE, { account: 'bob', flags: ['\\Seen'], date: 1_000_000_000_000 });
    const create = { k: { id, mailboxIds: { [inbox]: true } }, none: { id: 'e1', mailboxIds: { [inbox]: true } } };
    const [[name, answer], [second, destroyed]] = await copying({ create, onSuccessDestroyOriginal: true });
    expect([name, second]).toEqual(['Email/copy', 'Email/set']);
    expect(answer).toMatchObject({
      fromAccountId: 'bob',
      accountId: 'alice',
      notCreated: { none: { type: 'notFound' } },
    });
    expect(destroyed).toMatchObject({ accountId: 'bob', destroyed: [id] });
    const copy = await get(answer.created.k.id, ['subject', 'keywords', 'receivedAt', 'size']);
    expect(copy).toMatchObject({ subject: 'imported', keywords: { $seen: true }, receivedAt: '2001-09-09T01:46:40Z' });
    expect((await world.account('bob')).state.emails).toBe(0);
  });

  test('with other keywords and another time; the original stays', async () => {
    const id = await world.file(MESSAGE, { account: 'bob', flags: ['\\Seen'] });
    const mailboxIds = { [inbox]: true };
    const more = { keywords: { a: true }, receivedAt: '2001-02-03T04:05:06Z' };
    const answers = await copying({ create: { k: { id, mailboxIds, ...more } } });
    expect(answers).toHaveLength(1);
    const { created } = answers[0][1];
    expect(await get(created.k.id, ['keywords', 'receivedAt'])).toEqual({ id: created.k.id, ...more });
    expect((await world.account('bob')).state.emails).toBe(1);
    const failed = await copying({ create: { k: { id, mailboxIds, subject: 'x' } } });
    expect(failed[0][1].notCreated.k).toMatchObject({ type: 'invalidProperties', properties: ['subject'] });
    await expect(copying({ ifFromInState: '1-0', create: {} })).rejects.toMatchObject({ type: 'stateMismatch' });
  });

  test('refuses accounts that are the same, or not there', async () => {
    expect((await world.failing('Email/copy', { fromAccountId: 'alice', create: {} })).type).toBe('invalidArguments');
    expect((await world.failing('Email/copy', { fromAccountId: 'bob', create: {} })).type).toBe('fromAccountNotFound');
  });
});
