/**
 * Every method and every property of RFCs 8620, 8621, 9404, 9425, 9007, 9610, 9661 and 9670 that is served, over HTTP: well, refused and
 * malformed. What each does in all its cases, the RFCs' examples among them, is in the files beside; nothing may be served that has no row.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { CORE, URNS } from '../../../mail/jmap/capabilities.ts';
import { METHODS } from '../../../mail/jmap/methods/table.ts';
import { bodyText, type Json } from '../../support/jmap.ts';
import { type Fixture, fixture } from '../../support/jmap-fixture.ts';
import { OBJECTS, WRONG } from '../../support/jmap-properties.ts';
import { ROWS } from '../../support/jmap-rows.ts';

let shared: Fixture;
beforeAll(async () => {
  shared = await fixture();
});

const WITHOUT_ACCOUNT = new Set(['Core/echo', 'PushSubscription/get', 'PushSubscription/set']);

/** What one call is answered with, an error's arguments included. */
async function answerTo({ world }: Fixture, name: string, args: Json): Promise<Json> {
  const account = WITHOUT_ACCOUNT.has(name) ? {} : { accountId: 'alice' };
  const [[, answer]] = (await world.request([[name, { ...account, ...args }]])) as [[string, Json, string]];
  return answer;
}

const SERVED = [...METHODS.keys()];

test('every method has a row, and every row a method', () => {
  expect(Object.keys(ROWS).sort()).toEqual(SERVED.sort());
  for (const name of SERVED) expect(URNS).toContain(METHODS.get(name)!.capability);
});

describe.each(Object.entries(ROWS))('%s', (name, { good, refused }) => {
  test('does it', async () => {
    const own = await fixture();
    const [args, answer] = good(own);
    expect(await answerTo(own, name, args)).toMatchObject(answer);
    expect(own.world.errors).toEqual([]);
  });

  test('refuses', async () => {
    const [args, answer] = refused(shared);
    expect(await answerTo(shared, name, args)).toMatchObject(answer);
  });

  test('takes nothing that is malformed', async () => {
    const [args] = good(shared);
    const wrong: Json[] = [];
    if (name !== 'Core/echo') wrong.push({ ...args, shoe: 1 });
    for (const key of Object.keys(args)) if (name !== 'Core/echo') wrong.push({ ...args, [key]: 4.5 });
    if (!WITHOUT_ACCOUNT.has(name)) wrong.push({ ...args, accountId: 7 }, { ...args, accountId: null });
    for (const one of wrong) {
      expect(await answerTo(shared, name, one), JSON.stringify(one)).toMatchObject({ type: 'invalidArguments' });
    }
    if (WITHOUT_ACCOUNT.has(name)) return;
    const nobody = await answerTo(shared, name, { ...args, accountId: 'nobody' });
    expect(nobody.type).toMatch(/^(?:account|fromAccount)NotFound$/);
  });

  test('is there only for who uses its capability', async () => {
    const { capability } = METHODS.get(name)!;
    const using = [...URNS].filter((urn) => urn !== capability);
    const [args] = good(shared);
    const [[, answer]] = (await shared.world.request([[name, { accountId: 'alice', ...args }]], { using })) as [
      [string, Json, string],
    ];
    expect(answer).toMatchObject({ type: 'unknownMethod' });
  });
});

describe('what is asked for by property', () => {
  for (const [type, { all, id, extra = {}, values }] of Object.entries(OBJECTS)) {
    test(`${type}: every property has a row`, () => {
      expect(Object.keys(values(shared)).sort()).toEqual([...all].filter((name) => name !== 'id').sort());
    });

    test.each(all.filter((name) => name !== 'id'))(`${type}.%s`, async (property) => {
      const { list } = await answerTo(shared, `${type}/get`, { ...extra, ids: [id(shared)], properties: [property] });
      expect(Object.keys(list[0]).sort()).toEqual(['id', property].sort());
      expect(list[0]).toMatchObject({ id: id(shared), [property]: values(shared)[property] });
    });

    test(`${type}: no other`, async () => {
      expect(await answerTo(shared, `${type}/get`, { ids: [], properties: ['shoe'] })).toMatchObject({
        type: expect.stringMatching(/^(?:invalidArguments|forbidden)$/),
      });
    });
  }

  test('and every /get of objects is here', () => {
    const gets = SERVED.filter((name) => name.endsWith('/get')).map((name) => name.slice(0, -4));
    // Blobs and snippets have their arguments; cards (RFC 9553) and what is shared are in contacts.test.ts and principals.test.ts.
    const others = ['Blob', 'SearchSnippet', 'ContactCard', 'ShareNotification'];
    expect(Object.keys(OBJECTS).sort()).toEqual(gets.filter((type) => !others.includes(type)).sort());
  });
});

describe('what is set by property', () => {
  const rows = Object.entries(WRONG).flatMap(([type, { create, values }]) =>
    Object.entries(values).flatMap(([property, wrong]) =>
      wrong.map((value) => [`${type}.${property}`, type, create, property, value] as const),
    ),
  );
  test.each(rows)('%s: %#', async (_, type, create, property, value) => {
    const id = OBJECTS[type]!.id(shared);
    const args =
      create === undefined
        ? { update: { [id]: { [property]: value } } }
        : { create: { a: { ...create(shared), [property]: value } } };
    const { notCreated, notUpdated } = await answerTo(shared, `${type}/set`, args);
    const refusal = create === undefined ? notUpdated[id] : notCreated.a;
    expect(refusal).toMatchObject({
      type: expect.stringMatching(/^(?:invalidProperties|blobNotFound|forbiddenFrom)$/),
    });
    if (refusal.type !== 'invalidProperties') return;
    // Some say where in the property.
    expect(refusal.properties.map((path: string) => path.split('/')[0])).toEqual([property]);
  });

  test.each(Object.entries(WRONG))('%s: every property has a row', (type, { values }) => {
    expect(Object.keys(values).sort()).toEqual([...OBJECTS[type]!.all].sort());
  });
});

describe('a request', () => {
  const post = async (body: string, type = 'application/json') => {
    const response = await shared.world.http('/jmap/api', { body, headers: { 'content-type': type } });
    return { status: response.status, ...JSON.parse(await bodyText(response)) };
  };
  const urn = 'urn:ietf:params:jmap:error:';
  const calls = (count: number) => Array.from({ length: count }, (_, i) => ['Core/echo', {}, `${i}`]);

  test.each([
    ['{', `${urn}notJSON`],
    ['{"using":[],"methodCalls":[["Core/echo",{},1]]}', `${urn}notRequest`],
    ['[]', `${urn}notRequest`],
    ['{"using":["urn:shoe"],"methodCalls":[]}', `${urn}unknownCapability`],
    [JSON.stringify({ using: [CORE], methodCalls: calls(65) }), `${urn}limit`],
  ])('that is none, or too much: %.60s', async (body, type) => {
    expect(await post(body)).toMatchObject({ status: 400, type, detail: expect.any(String) });
  });

  test('of another media type, and one that is as much as may be', async () => {
    expect(await post('{}', 'text/plain')).toMatchObject({ status: 400, type: `${urn}notJSON` });
    const { methodResponses } = await post(JSON.stringify({ using: [CORE], methodCalls: calls(64) }));
    expect(methodResponses).toHaveLength(64);
  });

  test('gives and takes ids of what it creates (RFC 8620 section 3.3)', async () => {
    const create = { n: { name: 'Created' } };
    const body = {
      using: [...URNS],
      createdIds: { old: shared.inbox },
      methodCalls: [
        ['Mailbox/set', { accountId: 'alice', create }, '0'],
        ['Mailbox/get', { accountId: 'alice', ids: ['#n', '#old'], properties: ['id'] }, '1'],
      ],
    };
    const { createdIds, methodResponses } = await post(JSON.stringify(body));
    expect(createdIds).toEqual({ old: shared.inbox, n: methodResponses[0][1].created.n.id });
    expect(methodResponses[1][1].list.map(({ id }: Json) => id)).toEqual([createdIds.n, shared.inbox]);
  });
});
