/** What is asked for before the pages are there: frontend/src/api/ahead.ts, data/first.ts. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Answer, Call } from '../../frontend/src/api/calls.ts';
import { firstCalls, PAGE, rowsOf } from '../../frontend/src/data/first.ts';
import { queryOf } from '../../frontend/src/data/order.ts';

const BEGUN = { account: { id: 'a', address: 'alice@example.com' }, access: 'token', expiresIn: 900 };
const QUERY = { ids: ['e1'], position: 0, total: 1 };
const ANSWERS: readonly Answer[] = [
  ['Mailbox/get', { state: '1', list: [{ id: 'box', role: 'inbox' }] }, 'm'],
  ['Email/get', { state: '7', list: [] }, 's'],
  ['Preferences/get', { list: [] }, 'p'],
  ['Mailbox/query', { ids: ['box'] }, 'i'],
  ['Email/query', QUERY, 'q'],
  ['Email/get', { list: [{ id: 'e1', threadId: 't1' }] }, 'e'],
  ['Thread/get', { list: [{ id: 't1', emailIds: ['e1'] }] }, 't'],
];
/** As the list asks when it is shown first (data/list.ts). */
const ROWS = rowsOf({
  ...queryOf('box', { by: 'date', isAscending: false }, new Set()),
  position: 0,
  limit: PAGE,
});

const kept = new Map<string, string>();
let asked: { url: string; body: { using: string[]; methodCalls: Call[] }; headers: Record<string, string> }[];
let answers: readonly (() => Response | Promise<Response>)[];

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers();
  kept.clear();
  asked = [];
  answers = [() => Response.json(BEGUN), () => Response.json({ methodResponses: ANSWERS })];
  vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null });
  vi.stubGlobal('fetch', async (url: string, { body, headers }: { body: string; headers: Record<string, string> }) => {
    asked.push({ url, body: JSON.parse(body), headers });
    return answers[asked.length - 1]!();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function ahead(path = '/') {
  const module = await import('../../frontend/src/api/ahead.ts');
  module.askAhead(firstCalls(path));
  return module;
}

describe('asked for ahead', () => {
  it('is the session, and with its token the folders and the list of the inbox in one request', async () => {
    const { answeredAhead, takeSession } = await ahead();
    expect(await (await takeSession())!.json()).toEqual(BEGUN);
    // In words of its own: another place, the same calls.
    expect(await answeredAhead(ROWS)).toEqual([ANSWERS[4], ANSWERS[5], ANSWERS[6]]);
    expect(asked.map(({ url }) => url)).toEqual(['/auth/v1/session/refresh', '/jmap/api']);
    expect(asked[1]!.headers.Authorization).toBe('Bearer token');
    const calls = asked[1]!.body.methodCalls;
    expect(calls.map(([method]) => method)).toEqual(ANSWERS.map(([method]) => method));
    expect(calls.every(([, { accountId }]) => accountId === 'a')).toBe(true);
    const other = await answeredAhead([
      ['Mailbox/get', { ids: null }, '0'],
      ['Preferences/get', { ids: null }, '1'],
    ]);
    expect(other!.map(([method, , id]) => [method, id])).toEqual([
      ['Mailbox/get', '0'],
      ['Preferences/get', '1'],
    ]);
  });

  it('is for the first who asks for just that: what is asked again is asked of the server', async () => {
    const { answeredAhead, takeSession } = await ahead();
    expect(takeSession()).toBeDefined();
    expect(takeSession()).toBeUndefined();
    expect(await answeredAhead(ROWS)).toBeDefined();
    expect(await answeredAhead(ROWS)).toBeUndefined();
    const get = ['Mailbox/get', { ids: null }, '0'] as const;
    // Of two calls one is not known: both are asked.
    expect(await answeredAhead([get, ['Quota/get', { ids: null }, '1']])).toBeUndefined();
    expect(await answeredAhead([get])).toBeDefined();
  });

  it('is not of another order or mailbox', async () => {
    const { answeredAhead } = await ahead('/mail/box/e1');
    const turned = rowsOf({
      ...queryOf('box', { by: 'date', isAscending: true }, new Set()),
      position: 0,
      limit: PAGE,
    });
    expect(await answeredAhead(turned)).toBeUndefined();
    expect(await answeredAhead(ROWS)).toBeDefined();
    const query = asked[1]!.body.methodCalls.find(([method]) => method === 'Email/query')!;
    expect(query[1].filter).toEqual({ inMailbox: 'box' });
  });

  it('is too old after ten seconds', async () => {
    const { answeredAhead } = await ahead();
    expect(await answeredAhead([['Email/get', { ids: [] }, '0']])).toBeDefined();
    vi.advanceTimersByTime(10_000);
    expect(await answeredAhead(ROWS)).toBeUndefined();
  });

  it.each<[string, readonly (() => Response | Promise<Response>)[]]>([
    ['nobody is signed in here', [() => new Response(null, { status: 204 })]],
    ['the session is over', [() => Response.json({ detail: 'You are not signed in here.' }, { status: 401 })]],
    ['there is no line', [() => Promise.reject(new TypeError('Failed to fetch'))]],
    ['the line breaks', [() => Response.json(BEGUN), () => Promise.reject(new TypeError('Failed to fetch'))]],
    ['the server is an older one', [() => Response.json(BEGUN), () => Response.json({}, { status: 400 })]],
    ['the answer is none', [() => Response.json(BEGUN), () => new Response('<html>')]],
  ])('is nothing where %s, and the pages ask themselves', async (where, given) => {
    answers = given;
    const { answeredAhead, takeSession } = await ahead();
    const session = await takeSession()!.catch((error: Error) => error);
    expect(session).toBeInstanceOf(where === 'there is no line' ? TypeError : Response);
    expect(await answeredAhead(ROWS)).toBeUndefined();
  });

  it('leaves out what one of the calls could not have', async () => {
    const failed: Answer = ['error', { type: 'unsupportedFilter' }, 'q'];
    answers = [
      () => Response.json(BEGUN),
      () =>
        Response.json({ methodResponses: [...ANSWERS.slice(0, 4), failed, ['error', {}, 'e'], ['error', {}, 't']] }),
    ];
    const { answeredAhead } = await ahead();
    expect(await answeredAhead(ROWS)).toBeUndefined();
    expect(await answeredAhead([['Mailbox/get', { ids: null }, '0']])).toBeDefined();
  });

  it('is only the session where no mail is shown, and nothing after somebody left whom the server could not be told of', async () => {
    const { takeSession } = await ahead('/settings/security');
    await takeSession();
    await vi.waitFor(() => expect(asked.map(({ url }) => url)).toEqual(['/auth/v1/session/refresh']));
    vi.resetModules();
    asked = [];
    kept.set('signed-out', '1');
    const left = await ahead();
    expect([left.takeSession(), await left.answeredAhead(ROWS), asked]).toEqual([undefined, undefined, []]);
  });
});
