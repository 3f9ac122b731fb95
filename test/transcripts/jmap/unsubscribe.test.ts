/** Leaving lists with one click (RFC 8058; docs/jmap.md): only what an email says is asked. */
import { beforeEach, expect, test } from 'vitest';
import { UNSUBSCRIBE_URN } from '../../../mail/jmap/capabilities.ts';
import { MAX_AN_HOUR } from '../../../mail/jmap/unsubscribe/limits.ts';
import { bodyText, type JmapWorld, jmapWorld, lines } from '../../support/jmap.ts';

let asked: string[];
/** What the list's server does. */
let answer: () => Promise<number>;
let world: JmapWorld;

beforeEach(async () => {
  asked = [];
  answer = async () => 202;
  const post = (url: string) => {
    asked.push(url);
    return answer();
  };
  world = await jmapWorld({ oneClick: { post } });
});

/** RFC 8058 section 8.1. */
const LINK = 'List-Unsubscribe: <https://example.com/unsubscribe/opaquepart>';
const POST = 'List-Unsubscribe-Post: List-Unsubscribe=One-Click';
const file = (...fields: readonly string[]) => world.file(lines('From: list@example.com', ...fields, '', 'News'));
const leave = async (id: string) => world.call('List/unsubscribe', { emailIds: [id] });
const refused = async (id: string) => (await leave(id)).notUnsubscribed[id];

test('the capability is announced where lists are left, and there only', async () => {
  const session = async ({ http }: JmapWorld) => JSON.parse(await bodyText(await http('/.well-known/jmap')));
  const { capabilities, accounts } = await session(world);
  expect(capabilities[UNSUBSCRIBE_URN]).toEqual({});
  expect(accounts.alice.accountCapabilities[UNSUBSCRIBE_URN]).toEqual({ maxEmailsInUnsubscribe: 10 });
  const without = await jmapWorld();
  expect(JSON.stringify(await session(without))).not.toContain(UNSUBSCRIBE_URN);
  expect((await without.failing('List/unsubscribe', { emailIds: [] })).type).toBe('forbidden');
});

test('asks the address of the message, once, and says who has taken it', async () => {
  const id = await file(LINK, POST);
  expect(await leave(id)).toEqual({
    accountId: 'alice',
    unsubscribed: { [id]: { host: 'example.com' } },
    notUnsubscribed: {},
  });
  expect(asked).toEqual(['https://example.com/unsubscribe/opaquepart']);
  await world.call('List/unsubscribe', { emailIds: [id, id] });
  expect(asked.length).toBe(2);
});

test('takes the https address among several (RFC 8058 section 8.2), however the fields are folded and spelled', async () => {
  const id = await file(
    'List-Unsubscribe:\r\n <mailto:listrequest@example.com?subject=unsubscribe>,\r\n <https://example.com/unsubscribe.html?opaque=123456789>',
    'list-unsubscribe-post:\r\n list-unsubscribe=one-click ',
  );
  await leave(id);
  expect(asked).toEqual(['https://example.com/unsubscribe.html?opaque=123456789']);
});

test.each([
  ['no field at all', []],
  ['no word of a click', [LINK]],
  ['another word', [LINK, 'List-Unsubscribe-Post: List-Unsubscribe=Two-Clicks']],
  ['more than the one pair', [LINK, `${POST}&admin=1`]],
  ['no address', [POST]],
  ['an address without TLS', ['List-Unsubscribe: <http://example.com/u>', POST]],
  ['an address of mail', ['List-Unsubscribe: <mailto:leave@example.com>', POST]],
  ['what is no address', ['List-Unsubscribe: <https://>', POST]],
  ['an address in a comment', ['List-Unsubscribe: (<https://example.com/u>)', POST]],
  ['two fields of addresses', [LINK, 'List-Unsubscribe: <https://evil.example/u>', POST]],
  ['two words', [LINK, POST, POST]],
])('%s is not one click, and nobody is asked', async (_, fields) => {
  expect((await refused(await file(...fields))).type).toBe('notOneClick');
  expect(asked).toEqual([]);
});

test.each([301, 308, 400, 404, 500])('a list that answers with %i has not taken it', async (status) => {
  answer = async () => status;
  expect(await refused(await file(LINK, POST))).toEqual({
    type: 'notAccepted',
    description: `example.com answers with status ${status}`,
  });
});

test('of a list that cannot be asked, nothing of our network is told', async () => {
  answer = () => Promise.reject(new Error('example.com is at 10.0.0.7, which is no address of the public internet'));
  expect(await refused(await file(LINK, POST))).toEqual({
    type: 'notReached',
    description: 'example.com does not answer',
  });
});

test('emails that are not there, too many, and other people’s', async () => {
  expect((await refused('e999')).type).toBe('notFound');
  const { type } = await world.failing('List/unsubscribe', { emailIds: Array.from({ length: 11 }, (_, n) => `e${n}`) });
  expect(type).toBe('requestTooLarge');
  expect((await world.failing('List/unsubscribe', { emailIds: ['a b'] })).type).toBe('invalidArguments');
  expect((await world.failing('List/unsubscribe', { emailIds: [], url: 'https://evil.example' })).type).toBe(
    'invalidArguments',
  );
  expect((await world.failing('List/unsubscribe', { accountId: 'bob', emailIds: [] })).type).toBe('accountNotFound');
  expect(asked).toEqual([]);
});

test('so many in an hour, for each user', async () => {
  const id = await file(LINK, POST);
  for (let n = 0; n < MAX_AN_HOUR; n++) await leave(id);
  expect((await refused(id)).type).toBe('rateLimit');
  await world.clock.skip(3_600_000);
  expect((await leave(id)).unsubscribed).toHaveProperty([id]);
});
