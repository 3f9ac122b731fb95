import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byReferences, byReferencesAlone } from '../../mail/imap/search/references.ts';
import { orderedSubject, type Thread, type ThreadMessage, threadText } from '../../mail/imap/search/threads.ts';
import { baseSubject } from '../../mail/search/base-subject.ts';
import { compareForms, unicodeCasemap } from '../../mail/search/collation.ts';

/** A message: its id, what it refers to, and its subject; it is sent in the order of the list. */
type Short = readonly [id: string, references?: string, subject?: string];

function messages(list: readonly Short[]): ThreadMessage[] {
  return list.map(([messageId, references = '', subject = `subject of ${messageId}`], i) => ({
    uid: i + 1,
    date: (i + 1) * 1000,
    arrival: (i + 1) * 1000,
    subject,
    messageId: messageId === '' ? undefined : messageId,
    references: references === '' ? [] : references.split(' '),
  }));
}

const refs = (list: readonly Short[]) => threadText(byReferences(messages(list)), (uid) => uid);

describe('base subjects (RFC 5256 section 2.1)', () => {
  test.each([
    ['hello', 'hello', false],
    ['Re: hello', 'hello', true],
    ['RE:RE: re : Fw: FWD: hello', 'hello', true],
    ['Re[2]: hello', 'hello', true],
    ['[list] Re: [list] hello', 'hello', true],
    ['[list] hello', 'hello', false],
    ['[list]', '[list]', false],
    ['Re: [list]', '[list]', true],
    ['hello (fwd) (FWD)  ', 'hello', true],
    ['[Fwd: Re: hello ]', 'hello', true],
    ['[fwd: [fwd: hello]] (fwd)', 'hello', true],
    ['  a \t b  ', 'a b', false],
    ['Regarding: x', 'Regarding: x', false],
    ['Re:', '', true],
    ['', '', false],
  ])('%s', (subject, base, isReply) => {
    expect(baseSubject(subject)).toEqual({ base, isReply });
  });

  test('takes no time, whatever the subject', () => {
    const start = performance.now();
    for (const part of ['[a] ', '[', 're ', '(fwd) ', '[fwd:', '[a]re[b] ']) baseSubject(part.repeat(1_000));
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('i;unicode-casemap (RFC 5051)', () => {
  test('case and accents', () => {
    expect(unicodeCasemap('Grüße')).toBe('GRU\u0308ßE');
    expect(unicodeCasemap('é')).toBe(unicodeCasemap('E\u0301'));
    expect(unicodeCasemap('ﬁ')).toBe('fi');
    expect(unicodeCasemap('\u01c4\u01c5\u01c6')).toBe('Dz\u030c'.repeat(3));
    expect(unicodeCasemap('\u1f80')).toBe(unicodeCasemap('\u1f88'));
    expect(unicodeCasemap('ა')).toBe('ა');
    expect(unicodeCasemap('привет')).toBe(unicodeCasemap('ПРИВЕТ'));
  });

  test('orders by code points', () => {
    const text = fc.string({ unit: 'binary' }).filter((one) => one.isWellFormed());
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareForms(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
  });
});

describe('REFERENCES (RFC 5256 section 3)', () => {
  test('parents and children', () => {
    expect(refs([])).toBe('');
    expect(refs([['a'], ['b', 'a'], ['c', 'a b'], ['d', 'a']])).toBe('(1 (2 3)(4))');
    // A parent that comes later, and one that is not there.
    expect(refs([['b', 'a'], ['a']])).toBe('(2 1)');
    expect(
      refs([
        ['b', 'x'],
        ['c', 'x'],
      ]),
    ).toBe('((1)(2))');
    expect(
      refs([
        ['b', 'x y z'],
        ['c', 'x'],
      ]),
    ).toBe('((1)(2))');
    expect(refs([['b', 'x']])).toBe('(1)');
    expect(refs([['a'], ['c', 'a x'], ['d', 'a x']])).toBe('(1 (2)(3))');
  });

  test('loops, ids that two messages have, and spellings of an id', () => {
    expect(
      refs([
        ['a', 'b'],
        ['b', 'a'],
      ]),
    ).toBe('(2 1)');
    expect(refs([['a', 'a']])).toBe('(1)');
    expect(refs([['a'], ['a', '', 'other'], ['b', 'a']])).toBe('(1 3)(2)');
    expect(refs([['"01KF"@x'], ['b', '01KF@x'], ['c', '"01KF"@x']])).toBe('(1 (2)(3))');
    expect(refs([[''], ['', 'a'], ['a']])).toBe('(1)(3 2)');
  });

  test('threads with the same subject become one', () => {
    expect(
      refs([
        ['a', '', 'hi'],
        ['b', '', 'Re: hi'],
      ]),
    ).toBe('(1 2)');
    expect(
      refs([
        ['a', '', 'Re: hi'],
        ['b', '', 'HI'],
      ]),
    ).toBe('(2 1)');
    expect(
      refs([
        ['a', '', 'hi'],
        ['b', '', 'hi'],
      ]),
    ).toBe('((1)(2))');
    expect(
      refs([
        ['a', '', 'hi'],
        ['b', '', 'hi'],
        ['c', '', 'Re: hi'],
      ]),
    ).toBe('((1)(2)(3))');
    expect(
      refs([
        ['a', 'x', 'hi'],
        ['b', 'x', 'hi'],
        ['c', '', 'hi'],
      ]),
    ).toBe('((1)(2)(3))');
    expect(
      refs([
        ['a', 'x', 'hi'],
        ['b', 'x', 'ho'],
        ['c', 'y', 'Re: hi'],
        ['d', 'y', 'he'],
      ]),
    ).toBe('((1)(2)(3)(4))');
    expect(
      refs([
        ['a', '', ''],
        ['b', '', 'Re:'],
      ]),
    ).toBe('(1)(2)');
  });

  test('every message is there once, and nobody is above himself', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', '');
    const subject = fc.constantFrom('x', 'Re: x', 'y', '[fwd: y]', '');
    const short = fc.tuple(
      id,
      fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 4 }).map((ids) => ids.join(' ')),
      subject,
    );
    fc.assert(
      fc.property(fc.array(short, { maxLength: 12 }), (list) => {
        const seen: number[] = [];
        const visit = (threads: readonly Thread[], top: boolean) => {
          for (const { message, children } of threads) {
            if (message === undefined) {
              expect(top).toBe(true);
              expect(children.length).toBeGreaterThan(1);
            } else seen.push(message.uid);
            visit(children, false);
          }
        };
        for (const algorithm of [byReferences, byReferencesAlone]) {
          seen.length = 0;
          const threads = algorithm(messages(list));
          visit(threads, true);
          expect(seen.sort((a, b) => a - b)).toEqual(list.map((_, i) => i + 1));
          const numbers = threadText(threads, (uid) => uid).match(/\d+/g) ?? [];
          expect(numbers.length).toBe(list.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a thread of 50,000 messages, one below the other', () => {
    const list = Array.from({ length: 50_000 }, (_, i): Short => [`m${i}`, i === 0 ? '' : `m${i - 1}`]);
    const start = performance.now();
    expect(refs(list).length).toBeGreaterThan(50_000);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe('REFS (draft-ietf-morg-inthread-01 section 4)', () => {
  const alone = (list: readonly Short[], arrivals: readonly number[] = []) =>
    threadText(
      byReferencesAlone(messages(list).map((one, i) => ({ ...one, arrival: arrivals[i] ?? one.arrival }))),
      (uid) => uid,
    );

  test('subjects bring nothing together', () => {
    const same: Short[] = [
      ['a', '', 'x'],
      ['b', '', 'Re: x'],
    ];
    expect(refs(same)).toBe('(1 2)');
    expect(alone(same)).toBe('(1)(2)');
  });

  test('the thread that has got a message last is the last', () => {
    const list: Short[] = [['a'], ['b'], ['c', 'a'], ['d'], ['e', 'b']];
    expect(alone(list)).toBe('(1 3)(4)(2 5)');
    expect(alone(list, [1, 2, 9, 4, 5])).toBe('(4)(2 5)(1 3)');
    // All at once: by the UID of the newest.
    expect(alone(list, [1, 1, 1, 1, 1])).toBe('(1 3)(4)(2 5)');
  });

  test('within a thread, the order is that of the sent dates; siblings without a parent stay together', () => {
    const list: Short[] = [
      ['b', 'gone'],
      ['c', 'gone'],
      ['d', 'b'],
    ];
    expect(alone(list, [3, 2, 1])).toBe('((1 3)(2))');
  });
});

test('ORDEREDSUBJECT: children answer the first', () => {
  const list: Short[] = [
    ['a', '', 'B'],
    ['b', '', 'a'],
    ['c', '', 'Re: b'],
    ['d', '', 'b'],
    ['e', '', 're: A'],
  ];
  expect(threadText(orderedSubject(messages(list)), (uid) => uid)).toBe('(1 (3)(4))(2 5)');
  expect(threadText(orderedSubject([]), (uid) => uid)).toBe('');
});

test('the tree of the RFC is written as the RFC writes it', () => {
  const node = (uid: number, ...children: Thread[]): Thread => ({
    message: { uid, date: 0, arrival: 0, subject: '', messageId: undefined, references: [] },
    children,
  });
  const tree = [node(2), node(3, node(6, node(4, node(23)), node(44, node(7, node(96)))))];
  expect(threadText(tree, (uid) => uid)).toBe('(2)(3 6 (4 23)(44 7 96))');
  expect(threadText([{ message: undefined, children: [node(3), node(5)] }], (uid) => uid)).toBe('((3)(5))');
});

test('the title case of a text is that of its characters', () => {
  const text = fc.string({ unit: 'binary' }).filter((one) => one.isWellFormed());
  fc.assert(
    fc.property(text, (one) => {
      const apart = [...one].map((character) => unicodeCasemap(character)).join('');
      expect(unicodeCasemap(one)).toBe(apart.normalize('NFKD'));
    }),
    { numRuns: 1_000 },
  );
});
