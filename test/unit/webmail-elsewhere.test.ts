/** Ids of what others share: each call goes to the account that it names, and its answer names it. */
import { describe, expect, it } from 'vitest';
import type { Answer, Call } from '../../frontend/src/api/calls.ts';
import { askElsewhere } from '../../frontend/src/api/elsewhere.ts';
import { accountOf, bareId, idIn } from '../../frontend/src/api/ids.ts';

/** What is sent, and what comes back of these answers. */
async function ask(calls: readonly Call[], answers: readonly Answer[] = []) {
  let sent: readonly Call[] = [];
  const got = await askElsewhere(calls, 'me', ['her', 'him'], async (given) => {
    sent = given;
    return answers;
  });
  return { sent, got };
}

it('takes ids apart and puts them together', () => {
  expect(idIn('her', 'M1')).toBe('her:M1');
  expect([accountOf('her:M1'), bareId('her:M1')]).toEqual(['her', 'M1']);
  expect([accountOf('M1'), bareId('M1')]).toEqual([undefined, 'M1']);
});

describe('a call', () => {
  it('goes to the account whose ids it names, in values, keys and paths', async () => {
    const { sent } = await ask([
      ['Email/query', { filter: { inMailbox: 'her:M1' }, anchor: 'her:E1' }, 'q'],
      [
        'Email/set',
        { update: { 'her:E1': { 'mailboxIds/her:M1': null, 'mailboxIds/her:M2': true } }, destroy: ['her:E2'] },
        's',
      ],
      ['Mailbox/set', { create: { new: { name: 'her:M1', parentId: 'her:M2' } } }, 'm'],
    ]);
    expect(sent).toEqual([
      ['Email/query', { accountId: 'her', filter: { inMailbox: 'M1' }, anchor: 'E1' }, 'q'],
      [
        'Email/set',
        { accountId: 'her', update: { E1: { 'mailboxIds/M1': null, 'mailboxIds/M2': true } }, destroy: ['E2'] },
        's',
      ],
      ['Mailbox/set', { accountId: 'her', create: { new: { name: 'her:M1', parentId: 'M2' } } }, 'm'],
    ]);
  });

  it('goes where the call goes that it refers to, where it is said, and else to one’s own account', async () => {
    const reference = { resultOf: 'q', name: 'Email/query', path: '/ids' };
    const { sent } = await ask([
      ['Email/query', { filter: { inMailbox: 'him:M1' } }, 'q'],
      ['Email/get', { '#ids': reference }, 'e'],
      ['Mailbox/get', { accountId: 'her', ids: null }, 'm'],
      ['Email/query', { filter: { text: 'her:M1' } }, 't'],
    ]);
    expect(sent.map(([, given]) => given.accountId)).toEqual(['him', 'him', 'her', 'me']);
    expect(sent[3]![1].filter).toEqual({ text: 'her:M1' });
  });

  it('is about one account at a time', async () => {
    await expect(ask([['Email/get', { ids: ['her:E1', 'him:E1'] }, 'e']])).rejects.toThrow('one account');
  });
});

describe('an answer', () => {
  it('names the account in every id, and in nothing else', async () => {
    const email = {
      id: 'E1',
      threadId: 'T1',
      blobId: 'B1',
      mailboxIds: { M1: true },
      keywords: { $seen: true },
      subject: 'id',
      attachments: [{ partId: '2', blobId: 'B2', cid: 'x' }],
    };
    const { got } = await ask(
      [
        ['Email/get', { ids: ['her:E1'] }, 'e'],
        ['Email/changes', { accountId: 'her', sinceState: '1' }, 'c'],
        ['Email/set', { update: { 'her:E1': {} } }, 's'],
        ['Thread/get', { ids: ['her:T1'] }, 't'],
      ],
      [
        ['Email/get', { accountId: 'her', state: '1', list: [email], notFound: ['E9'] }, 'e'],
        ['Email/changes', { accountId: 'her', created: ['E1'], updated: [], destroyed: ['E2'] }, 'c'],
        [
          'Email/set',
          { created: { c0: { id: 'E3' } }, updated: { E1: null }, notDestroyed: { E2: { type: 'forbidden' } } },
          's',
        ],
        ['Thread/get', { list: [{ id: 'T1', emailIds: ['E1', 'E2'] }] }, 't'],
      ],
    );
    expect(got.map(([, result]) => result)).toEqual([
      {
        accountId: 'her',
        state: '1',
        list: [
          {
            ...email,
            id: 'her:E1',
            threadId: 'her:T1',
            blobId: 'her:B1',
            mailboxIds: { 'her:M1': true },
            attachments: [{ partId: '2', blobId: 'her:B2', cid: 'x' }],
          },
        ],
        notFound: ['her:E9'],
      },
      { accountId: 'her', created: ['her:E1'], updated: [], destroyed: ['her:E2'] },
      {
        created: { c0: { id: 'her:E3' } },
        updated: { 'her:E1': null },
        notDestroyed: { 'her:E2': { type: 'forbidden' } },
      },
      { list: [{ id: 'her:T1', emailIds: ['her:E1', 'her:E2'] }] },
    ]);
  });

  it('of one’s own account, of other types, and a refusal stay as they are', async () => {
    const answers: readonly Answer[] = [
      ['Email/get', { list: [{ id: 'E1' }] }, 'e'],
      ['ContactCard/get', { list: [{ id: 'C1' }] }, 'c'],
      ['error', { type: 'forbidden', id: 'x' }, 'm'],
    ];
    const { got } = await ask(
      [
        ['Email/get', { ids: ['E1'] }, 'e'],
        ['ContactCard/get', { accountId: 'her', ids: ['C1'] }, 'c'],
        ['Mailbox/get', { accountId: 'her', ids: null }, 'm'],
      ],
      answers,
    );
    expect(got).toEqual(answers);
  });
});
