/** What composing decides without a page: recipients, subjects, threads, links, warnings. */
import { describe, expect, it } from 'vitest';
import { addressText, isAddress, parseRecipients, unique } from '../../frontend/src/data/addresses.ts';
import { guessLanguage } from '../../frontend/src/data/language.ts';
import { parseMailto } from '../../frontend/src/data/mailto.ts';
import { escaped, htmlOf, quoted } from '../../frontend/src/data/plain-text.ts';
import { identityFor, recipientsOf, subjectOf, threadingOf } from '../../frontend/src/data/reply.ts';
import { mistypedDomain, newOutsiders, speaksOfAttachment } from '../../frontend/src/data/warnings.ts';

const at = (email: string, name: string | null = null) => ({ name, email });
const ALICE = at('alice@example.test');
const JOHN = at('jdoe@machine.example', 'John Doe');
const MARY = at('mary@example.net', 'Mary Smith');
const PETE = at('pete@silly.example');

describe('recipients that were typed or pasted', () => {
  it.each([
    ['mary@example.net', [at('mary@example.net')]],
    ['Mary Smith <mary@example.net>, jdoe@machine.example', [MARY, at('jdoe@machine.example')]],
    [
      '"Doe, John" <jdoe@machine.example>; mary@example.net',
      [at('jdoe@machine.example', 'Doe, John'), at('mary@example.net')],
    ],
    ['mary@example.net\njdoe@machine.example\r\n', [at('mary@example.net'), at('jdoe@machine.example')]],
    ['mary@example.net pete@silly.example', [at('mary@example.net'), PETE]],
    ['not an address', [at('not an address')]],
    ['mailto:mary@example.net', [at('mary@example.net')]],
    [' ,; \n', []],
  ])('%j', (text, expected) => expect(parseRecipients(text)).toEqual(expected));

  it.each(['a@b', 'a.b+c@example.org', 'jürgen@münchen.example'])('%s is an address', (text) =>
    expect(isAddress(text)).toBe(true),
  );
  it.each([
    'a',
    '@b',
    'a@',
    'a@b@c',
    'a b@c.example',
    '.a@b.example',
    'a..b@c.example',
    'a@-b.example',
    'a@b.example\n',
  ])('%j is none', (text) => expect(isAddress(text)).toBe(false));
  it('has everybody once', () => expect(unique([MARY, at('MARY@example.net'), PETE])).toEqual([MARY, PETE]));
  it('quotes names that would be read as several', () => {
    expect(addressText(at('jdoe@machine.example', 'Doe, John'))).toBe('"Doe, John" <jdoe@machine.example>');
    expect(parseRecipients(addressText(at('jdoe@machine.example', 'Doe, John')))).toEqual([
      at('jdoe@machine.example', 'Doe, John'),
    ]);
  });
});

describe('answers', () => {
  const own = [ALICE.email];
  const original = { from: [JOHN], to: [ALICE, MARY], cc: [PETE], replyTo: null };

  it('go to who wrote', () => expect(recipientsOf('reply', original, own)).toEqual({ to: [JOHN], cc: [] }));
  it('go where Reply-To says', () =>
    expect(recipientsOf('reply', { ...original, replyTo: [MARY] }, own)).toEqual({ to: [MARY], cc: [] }));
  it('to all leave oneself out', () =>
    expect(recipientsOf('replyAll', original, own)).toEqual({ to: [JOHN], cc: [MARY, PETE] }));
  it('to all leave out addresses of all identities, in any case', () =>
    expect(
      recipientsOf('replyAll', { ...original, to: [at('SALES@example.test'), MARY] }, [...own, 'sales@example.test']),
    ).toEqual({ to: [JOHN], cc: [MARY, PETE] }));
  it('to what one wrote oneself go to those it was written to', () => {
    const mine = { from: [ALICE], to: [JOHN], cc: [PETE, ALICE], replyTo: null };
    expect(recipientsOf('reply', mine, own)).toEqual({ to: [JOHN], cc: [] });
    expect(recipientsOf('replyAll', mine, own)).toEqual({ to: [JOHN], cc: [PETE] });
  });
  it('name nobody twice', () =>
    expect(recipientsOf('replyAll', { ...original, cc: [JOHN, MARY] }, own)).toEqual({ to: [JOHN], cc: [MARY] }));
  it('are forwarded to nobody yet', () => expect(recipientsOf('forward', original, own)).toEqual({ to: [], cc: [] }));

  it.each([
    ['reply', 'Hello', 'Re: Hello'],
    ['reply', 'Re: AW: re[2]: Hello', 'Re: Hello'],
    ['reply', null, 'Re:'],
    ['forward', 'Fwd: Hello', 'Fwd: Hello'],
    ['forward', 'Report: Hello', 'Fwd: Report: Hello'],
  ] as const)('%s of %j is called %j', (kind, subject, expected) => expect(subjectOf(kind, subject)).toBe(expected));

  it('say what they answer (RFC 5322 section 3.6.4)', () => {
    expect(threadingOf('reply', { messageId: ['c'], inReplyTo: ['b'], references: ['a', 'b'] })).toEqual({
      inReplyTo: ['c'],
      references: ['a', 'b', 'c'],
    });
    expect(threadingOf('reply', { messageId: ['c'], inReplyTo: ['b'], references: null }).references).toEqual([
      'b',
      'c',
    ]);
    expect(threadingOf('reply', { messageId: ['c'], inReplyTo: ['a', 'b'], references: null }).references).toEqual([
      'c',
    ]);
    expect(threadingOf('forward', { messageId: ['c'], inReplyTo: null, references: null })).toEqual({
      inReplyTo: null,
      references: ['c'],
    });
    expect(threadingOf('reply', { messageId: null, inReplyTo: null, references: null })).toEqual({
      inReplyTo: null,
      references: null,
    });
  });
  it('keep the first and the latest of very many references', () => {
    const references = Array.from({ length: 100 }, (_, index) => `r${index}`);
    const kept = threadingOf('reply', { messageId: ['last'], inReplyTo: null, references }).references!;
    expect(kept.length).toBe(40);
    expect([kept[0], kept.at(-2), kept.at(-1)]).toEqual(['r0', 'r99', 'last']);
  });
  it('come from the address that was written to', () => {
    const identities = [{ email: 'alice@example.test' }, { email: 'sales@example.test' }];
    expect(identityFor(identities, { from: [JOHN], to: [at('Sales@example.test')], cc: null })).toBe(identities[1]);
    expect(identityFor(identities, { from: [JOHN], to: [PETE], cc: null })).toBeUndefined();
  });
});

describe('quotes', () => {
  it('have one more sign before each line (RFC 3676 section 4.5)', () =>
    expect(quoted('One\n\n> Two\n>> Three')).toBe('> One\n>\n>> Two\n>>> Three'));
  it('are text in HTML, whatever they contain', () => {
    expect(htmlOf('a < b\n\n  "c" & d')).toBe(
      '<div>a &lt; b</div><div><br></div><div>&nbsp; &quot;c&quot; &amp; d</div>',
    );
    expect(escaped('<img src=x onerror=alert(1)>')).toBe('&lt;img src=x onerror=alert(1)&gt;');
  });
});

describe('mailto: (RFC 6068)', () => {
  it('fills in recipients, subject and text', () => {
    expect(
      parseMailto('mailto:mary@example.net?cc=pete@silly.example&subject=Tea%20%26%20cake&body=One%0D%0ATwo'),
    ).toEqual({
      to: [at('mary@example.net')],
      cc: [PETE],
      bcc: [],
      subject: 'Tea & cake',
      body: 'One\nTwo',
    });
    expect(parseMailto('mailto:?to=a@b.example&to=c@d.example')?.to).toEqual([at('a@b.example'), at('c@d.example')]);
    expect(parseMailto('mailto:gorby%25kremvax@example.com')?.to).toEqual([at('gorby%kremvax@example.com')]);
    expect(parseMailto('mailto:a+b@c.example')?.to).toEqual([at('a+b@c.example')]);
  });
  it('takes nothing else, least of all files', () =>
    expect(Object.keys(parseMailto('mailto:a@b.example?attach=/etc/passwd&from=x@y.example')!)).toEqual([
      'to',
      'cc',
      'bcc',
      'subject',
      'body',
    ]));
  it('refuses line breaks in the header', () => {
    expect(parseMailto('mailto:a@b.example?subject=Hi%0D%0ABcc:%20x@y.example')).toBeUndefined();
    expect(parseMailto('mailto:a@b.example%0ABcc:x@y.example')).toBeUndefined();
  });
  it.each(['https://example.org', 'javascript:alert(1)', ''])('%j is no such link', (link) =>
    expect(parseMailto(link)).toBeUndefined(),
  );
});

describe('warnings', () => {
  it.each([
    'I attached the plan',
    'See the attachment.',
    'Die Rechnung ist angehängt',
    'ci-joint le plan',
    'adjunto el plano',
    '資料を添付します',
  ])('%j speaks of a file', (text) => expect(speaksOfAttachment(text)).toBe(true));
  it.each(['Detached houses', 'See you tomorrow', ''])('%j does not', (text) =>
    expect(speaksOfAttachment(text)).toBe(false),
  );

  it.each([
    ['exmaple.net', 'example.net'],
    ['example.ne', 'example.net'],
    ['examplee.net', 'example.net'],
    ['exemple.net', 'example.net'],
    ['example.net', undefined],
    ['silly.example', undefined],
  ])('%s: %s was meant', (domain, meant) =>
    expect(mistypedDomain(domain, ['example.net', 'machine.example'])).toBe(meant),
  );

  it('tells of somebody new outside among people inside', () => {
    const bob = at('bob@example.test');
    expect(newOutsiders([bob, PETE], 'example.test', () => false)).toEqual([PETE]);
    expect(newOutsiders([bob, PETE], 'example.test', () => true)).toEqual([]);
    expect(newOutsiders([PETE], 'example.test', () => false)).toEqual([]);
    expect(newOutsiders([bob], 'example.test', () => false)).toEqual([]);
  });
});

describe('the language of a text', () => {
  it.each([
    ['Thank you for the letter, which was on my desk this morning.', 'en'],
    ['Gracias por la carta que me dejaron esta mañana en el escritorio.', 'es'],
    ['Merci pour la lettre que vous avez laissée dans le bureau.', 'fr'],
    ['Danke für den Brief, der heute auf dem Tisch lag und mich freut.', 'de'],
  ])('%s', (text, language) => expect(guessLanguage(text)).toBe(language));
  it.each(['', 'OK', 'Figures 2026', 'Merci, the end.'])('is not guessed of %j', (text) =>
    expect(guessLanguage(text)).toBeUndefined(),
  );
});
