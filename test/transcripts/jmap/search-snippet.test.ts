import { expect, test } from 'vitest';
import { jmapWorld, lines } from '../../support/jmap.ts';

test('the example of RFC 8621 section 5.1', async () => {
  const { call, file } = await jmapWorld();
  const ids = [
    await file(lines('Subject: Nothing', '', 'of that kind')),
    await file(
      lines(
        'Subject: The Foosball competition',
        '',
        'Dear all, as in every year the foosball competition will be held in the Stadium de la Mosson.',
      ),
    ),
    await file(
      lines(
        'Subject: Methods',
        'Content-Type: text/html',
        '',
        '<p>It is known that the <b>Foo</b>/bar method results often returns &lt;1 widget rather than the complete "set"</p>',
      ),
    ),
  ];
  const answer = await call('SearchSnippet/get', { filter: { text: 'foo' }, emailIds: ids });
  expect(answer).toEqual({
    accountId: 'alice',
    list: [
      { emailId: ids[0], subject: null, preview: null },
      {
        emailId: ids[1],
        subject: 'The <mark>Foo</mark>sball competition',
        preview:
          'Dear all, as in every year the <mark>foo</mark>sball competition will be held in the Stadium de la Mosson.',
      },
      {
        emailId: ids[2],
        subject: null,
        preview:
          'It is known that the <mark>Foo</mark>/bar method results often returns &lt;1 widget rather than the complete &quot;set&quot;',
      },
    ],
    notFound: null,
  });
});

test('words and phrases where the filter looks for them, compared as a search compares', async () => {
  const { call, file } = await jmapWorld();
  const body = `${'Vorwort '.repeat(30)}Die Straße zum CAF\u00c9 ist <lang> & schmal. ${'Nachwort & '.repeat(60)}`;
  const id = await file(
    Buffer.from(lines('Subject: =?utf-8?Q?Caf=C3=A9?= am See', 'Content-Type: text/plain; charset=utf-8', '', body)),
  );
  const snippet = async (filter: object | null) =>
    (await call('SearchSnippet/get', { filter, emailIds: [id] })).list[0];
  const { subject, preview } = await snippet({ text: 'café' });
  expect(subject).toBe('<mark>Café</mark> am See');
  expect(preview).toMatch(
    /^…(Vorwort )+Die Straße zum <mark>CAFÉ<\/mark> ist &lt;lang&gt; &amp; schmal\. Nachwort &amp; .*…$/,
  );
  expect(Buffer.byteLength(preview)).toBeLessThanOrEqual(255);
  expect(await snippet({ subject: 'see am' })).toMatchObject({
    subject: 'Café <mark>am</mark> <mark>See</mark>',
    preview: null,
  });
  expect(await snippet({ subject: '"am see"' })).toMatchObject({ subject: 'Café <mark>am See</mark>' });
  expect(await snippet({ body: 'schmal' })).toMatchObject({
    subject: null,
    preview: expect.stringContaining('<mark>schmal</mark>'),
  });
  const not = { operator: 'NOT', conditions: [{ text: 'see' }] };
  expect(await snippet(not)).toMatchObject({ subject: null, preview: null });
  expect(await snippet({ operator: 'AND', conditions: [not, { subject: 'am' }] })).toMatchObject({
    subject: 'Café <mark>am</mark> See',
  });
  expect(await snippet(null)).toMatchObject({ subject: null, preview: null });
  expect(await snippet({ hasKeyword: '$seen' })).toMatchObject({ subject: null, preview: null });
});

test('refuses what it cannot do', async () => {
  const { call, failing } = await jmapWorld();
  expect((await failing('SearchSnippet/get', { filter: { colour: 'red' }, emailIds: [] })).type).toBe(
    'unsupportedFilter',
  );
  const emailIds = Array.from({ length: 1001 }, (_, i) => `e${i}`);
  expect((await failing('SearchSnippet/get', { filter: null, emailIds })).type).toBe('requestTooLarge');
  expect((await failing('SearchSnippet/get', { emailIds: ['a b'] })).type).toBe('invalidArguments');
  expect((await call('SearchSnippet/get', { filter: null, emailIds: ['e1', 'x'] })).notFound).toEqual(['e1', 'x']);
});
