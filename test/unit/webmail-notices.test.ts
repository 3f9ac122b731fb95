/** What is said of new mail outside of the pages. */
import { expect, it } from 'vitest';
import { noticesOf } from '../../frontend/src/data/notices.ts';

const words = {
  noSender: 'Nobody',
  noSubject: 'No subject',
  some: 'New mail',
  counted: ['0', '1 new', '2 new', '3 new', '4 new or more'],
};
const email = (id: string, more = {}) => ({
  ...{ id, from: [{ name: 'John Doe', email: 'jdoe@machine.example' }], subject: `Subject ${id}` },
  ...more,
});
const all = (count: number) => Array.from({ length: count }, (_, i) => email(`e${i}`));

it('is one for each message, with sender and subject, and leads to it', () => {
  const notices = noticesOf([email('a'), email('b', { from: [], subject: '' })], { inbox: 'in', says: true, words });
  expect(notices).toMatchObject([
    { title: 'John Doe', options: { body: 'Subject a', tag: 'a', data: { path: '/mail/in/a' } } },
    { title: 'Nobody', options: { body: 'No subject', tag: 'b', data: { path: '/mail/in/b' } } },
  ]);
});

it('is the address where there is no name', () => {
  const from = [{ name: null, email: 'jdoe@machine.example' }];
  const [notice] = noticesOf([email('a', { from })], { inbox: 'in', says: true, words });
  expect(notice!.title).toBe('jdoe@machine.example');
});

it('is one number for many, and where nothing is to be seen of them', () => {
  expect(noticesOf(all(3), { inbox: 'in', says: true, words })).toHaveLength(3);
  expect(noticesOf(all(4), { inbox: 'in', says: true, words })).toMatchObject([
    { title: '4 new or more', options: { tag: 'e0', data: { path: '/mail/in' } } },
  ]);
  expect(noticesOf(all(9), { inbox: 'in', says: true, words })).toMatchObject([{ title: '4 new or more' }]);
  const [quiet] = noticesOf(all(1), { inbox: undefined, says: false, words });
  expect(quiet!.title).toBe('1 new');
  expect(quiet!.options).not.toHaveProperty('body');
  expect(quiet!.options.data.path).toBe('/');
});

it('is nothing where nothing is new', () => {
  expect(noticesOf([], { inbox: 'in', says: true, words })).toEqual([]);
});
