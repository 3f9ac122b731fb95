/** A mailbox as one looks that is lived in: what the pictures of the README show. */
import { letter, parts, type Seeded } from '../support/webmail-mail.ts';

const ALICE = 'Alice <alice@example.test>';
const MARY = 'Mary Smith <mary@example.net>';
const JANE = 'Jane Brown <j-brown@other.example>';
const JOHN = 'John Doe <jdoe@machine.example>';
const PETE = 'Pete <pete@silly.example>';
const GEORGE = 'George Jones <group@some-where.example>';

interface Told {
  readonly from: string;
  readonly subject: string;
  readonly id: string;
  readonly age: number;
  readonly body: string;
  readonly to?: string;
  readonly reply?: string;
  readonly type?: string;
  readonly more?: readonly string[];
  readonly mailbox?: string;
  readonly seen?: boolean;
  readonly flagged?: boolean;
}

function put({ mailbox = 'Inbox', seen = true, flagged = false, ...told }: Told): Seeded {
  return { mailbox, seen, flagged, age: told.age, raw: letter(told) };
}

const BOARD = `Hello Alice,

the plan for the harbour walk is below. We meet at the lighthouse at half past nine and follow the quay to the old customs house; the boat back leaves at four.

  09:30  Lighthouse, north side
  12:00  Lunch at the fish market
  14:00  Customs house, with the guide
  16:00  Boat back

Could you bring the map and tell the others? The tide table is attached, and so is the list of those who come.

Until Saturday
Mary`;

const NEWSLETTER = `<!doctype html><html><head><style>
body { margin: 0; font-family: Georgia, serif; color: #26313f; background: #f4f1ea }
h1 { font-size: 30px; line-height: 36px; margin: 0 0 8px; color: #7a2e1d }
h2 { font-size: 19px; margin: 24px 0 4px }
p { font-size: 16px; line-height: 25px; margin: 0 0 12px }
td { padding: 24px } td td { padding: 32px 36px }
.b { display: inline-block; padding: 10px 20px; background: #7a2e1d; color: #fff; text-decoration: none; font-family: sans-serif; font-size: 14px }
</style></head><body><table width="100%" cellpadding="0" cellspacing="0" bgcolor="#f4f1ea"><tr><td align="center">
<table width="600" cellpadding="0" cellspacing="0" bgcolor="#ffffff"><tr><td>
<p style="font: 12px sans-serif; letter-spacing: 2px; color: #8b7d6b">THE SLOW POST &middot; NUMBER 47</p>
<h1>Letters that took the long way</h1>
<p>In the spring of 1911 a postcard left Lisbon for a street three roads away. It came in 1984. This week we follow what is late, and why it is kept.</p>
<p><img src="https://images.lists.example/lisbon.jpg" width="528" height="160" alt="A tram on a hill in Lisbon"></p>
<h2>The mailbag under the ice</h2>
<p>Four sacks, forty years, and a postmaster who answered every single one of them by hand.</p>
<h2>How to fold a letter without an envelope</h2>
<p>Nine folds, no glue. With drawings.</p>
<p><a class="b" href="https://slow-post.lists.example/47">Read number 47</a></p>
</td></tr></table></td></tr></table></body></html>`;

const PDF = Buffer.from('%PDF-1.4\n% A table of tides.\n'.padEnd(48_213, ' ')).toString('base64');
const CSV = 'name,comes\r\nJohn Doe,yes\r\nJane Brown,yes\r\nPete,perhaps\r\n';

const walk = parts(
  'walk',
  `Content-Type: text/plain; charset=utf-8\r\n\r\n${BOARD.replaceAll('\n', '\r\n')}\r\n`,
  `Content-Type: application/pdf; name="Tides in November.pdf"\r\nContent-Disposition: attachment; filename="Tides in November.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${PDF}`,
  `Content-Type: text/csv; name=who-comes.csv\r\nContent-Disposition: attachment; filename=who-comes.csv\r\n\r\n${CSV}`,
);
const sheet = parts(
  'sheet',
  'Content-Type: text/plain; charset=utf-8\r\n\r\nHere are the figures of the quarter, by month. September was the best since we count; the line for August needs another look before they go to the board.\r\n',
  `Content-Type: text/csv; name="Quarter 3.csv"\r\nContent-Disposition: attachment; filename="Quarter 3.csv"\r\n\r\n${CSV.repeat(120)}`,
);

/** Newest first. */
export const PICTURED: readonly Seeded[] = [
  put({
    from: MARY,
    subject: 'Harbour walk on Saturday',
    id: 'walk',
    age: 26,
    seen: true,
    body: 'Shall we do the harbour walk this Saturday? The weather holds, they say, and the boat still goes.\r\n\r\nMary',
    more: ['Cc: Jane Brown <j-brown@other.example>'],
  }),
  put({
    mailbox: 'Sent',
    from: ALICE,
    to: MARY,
    subject: 'Re: Harbour walk on Saturday',
    id: 'walk-yes',
    reply: 'walk',
    age: 25,
    body: 'Gladly! I have the map from last year.\r\n\r\n> Shall we do the harbour walk this Saturday?',
  }),
  put({
    from: JANE,
    subject: 'Re: Harbour walk on Saturday',
    id: 'walk-jane',
    reply: 'walk-yes',
    age: 20,
    body: 'Count me in, and John too. Is there a guide for the customs house?\r\n\r\nJane',
  }),
  put({
    from: MARY,
    subject: 'Re: Harbour walk on Saturday',
    id: 'walk-plan',
    reply: 'walk-jane',
    age: 0.3,
    seen: false,
    type: 'multipart/mixed; boundary=walk',
    body: walk,
    more: ['Cc: Jane Brown <j-brown@other.example>, John Doe <jdoe@machine.example>'],
  }),
  put({
    from: 'The Slow Post <letters@slow-post.lists.example>',
    subject: 'Letters that took the long way',
    id: 'slow-post',
    age: 1.2,
    seen: false,
    type: 'text/html; charset=utf-8',
    body: NEWSLETTER,
    more: ['List-Unsubscribe: <https://slow-post.lists.example/leave>', 'List-Id: <slow-post.lists.example>'],
  }),
  put({
    from: JOHN,
    subject: 'Figures of the quarter, with the corrected line for August and a question about September',
    id: 'figures',
    age: 2.5,
    seen: false,
    flagged: true,
    type: 'multipart/mixed; boundary=sheet',
    body: sheet,
  }),
  put({
    from: '編集部 <editors@japanese.example>',
    subject: '十一月号ができました',
    id: 'japanese',
    age: 4,
    body: 'いつもお読みいただきありがとうございます。十一月号は手紙の特集です。',
  }),
  put({
    from: PETE,
    subject: 'Photographs of the boat',
    id: 'boat',
    age: 6,
    body: 'She is in the water at last. The rest of the pictures when I find the cable.\r\n\r\nPete',
  }),
  put({
    from: 'Railway <tickets@railway.example>',
    subject: 'Your ticket: Hamburg to Copenhagen, 28 November',
    id: 'ticket',
    age: 9,
    flagged: true,
    body: 'Coach 7, seat 42, by the window. The train leaves at 07:28 from platform 8.',
  }),
  put({
    from: 'النشرة <news@arabic.example>',
    subject: 'مرحبا بكم في النشرة الجديدة',
    id: 'arabic',
    age: 22,
    body: 'مرحبا!\r\n\r\nفي هذا العدد: رسائل من المدن الثلاث، وحوار مع ساعي البريد الذي لم يضع رسالة واحدة في أربعين عاما.\r\n\r\nكتب إلينا القراء عن الطوابع القديمة وعن الرسائل التي وصلت متأخرة. اخترنا منها سبعا، وننشرها كاملة في الصفحة الثالثة.\r\n\r\nنلتقي في الشهر القادم.\r\nهيئة التحرير',
  }),
  put({
    from: GEORGE,
    subject: 'Minutes of Thursday',
    id: 'minutes',
    age: 28,
    body: 'Attached to nothing, as promised: the minutes are four lines long.\r\n\r\n1. The roof is tight.\r\n2. The budget stands.\r\n3. Pete brings the boat.\r\n4. We meet again on the third.',
  }),
  put({
    from: 'Library <loans@library.example>',
    subject: 'Two books are due on Monday',
    id: 'library',
    age: 31,
    seen: false,
    body: 'The Pillow Book, and A History of the Envelope. You can extend both once.',
  }),
  put({
    from: JANE,
    subject: 'Draft of the second chapter',
    id: 'chapter',
    age: 46,
    body: 'It is longer than I meant. Read it with a pencil, please, and be cruel to the adjectives.',
  }),
  put({
    from: 'Builds <builds@machine.example>',
    subject: '[postbox] All 412 checks have passed on main',
    id: 'build',
    age: 52,
    body: 'Duration: 3 min 12 s. Nothing else to report.',
  }),
  put({ from: PETE, subject: '', id: 'nothing', age: 55, body: 'No subject, just this: thank you for the map.' }),
  put({
    from: MARY,
    subject: 'Recipe for the plum cake',
    id: 'cake',
    age: 75,
    body: 'Half a kilo of plums, and do not be shy with the cinnamon.',
  }),
  ...SERIES(),
];

/** What came before, so that the list is as long as lists are. */
function SERIES(): readonly Seeded[] {
  const told = [
    [
      JOHN,
      'Offer for the new roof',
      'They can begin in March. The price is the one of last year, and the gutters are in it.',
    ],
    [
      'The Slow Post <letters@slow-post.lists.example>',
      'The pigeons of Antwerp',
      'A race, a fog, and a bird that walked home.',
    ],
    [GEORGE, 'Agenda for Thursday', 'Roof, budget, boat. In this order, if we can.'],
    [JANE, 'Chapter one, with your marks', 'You were right about the harbour. It is gone.'],
    ['Railway <tickets@railway.example>', 'Your timetable changes on 14 December', 'The 07:28 becomes the 07:31.'],
    [PETE, 'Does anybody need a table?', 'Oak, two metres, one leg a little shorter than the others.'],
    [MARY, 'Keys of the garden house', 'They hang behind the second plank, as ever.'],
    [JOHN, 'Invoice 2026-117', 'Payable until the end of the month. Thank you.'],
  ] as const;
  return Array.from({ length: 40 }, (_, index) => {
    const [from, subject, body] = told[index % told.length]!;
    return put({ from, subject, body, id: `before-${index}`, age: 90 + index * 27, seen: index % 9 !== 4 });
  });
}

/** Of other folders, by their names. */
export const ELSEWHERE: readonly Seeded[] = [
  'Projects',
  'Letters',
  'Travel',
  'Receipts',
  'Archive',
  'Junk',
  'Trash',
].flatMap((mailbox, folder) =>
  Array.from({ length: 3 }, (_, index) =>
    put({
      mailbox,
      from: [JOHN, MARY, JANE][index]!,
      subject: ['Offer for the new roof', 'Postcards from Lisbon', 'What is left to do'][index]!,
      body: 'More of it soon.',
      id: `elsewhere-${folder}-${index}`,
      age: 100 + folder * 30 + index * 5,
      seen: index !== 0 || folder > 2,
    }),
  ),
);

export const FOLDERS = ['Projects', 'Projects/Letters', 'Travel', 'Receipts'] as const;

/** Cards of the address book: RFC 9553. */
export const PEOPLE = [
  ['Mary Smith', 'mary@example.net', '+44 20 7946 0012', 'Harbour Society'],
  ['Jane Brown', 'j-brown@other.example', '+44 20 7946 0345', 'Letters & Sons'],
  ['John Doe', 'jdoe@machine.example', '+1 212 555 0117', 'Machine Works'],
  ['Pete', 'pete@silly.example', '+49 30 555 0142', ''],
  ['George Jones', 'group@some-where.example', '', ''],
  ['Sue Jones', 'sjones@test.example', '+44 20 7946 0777', 'Library'],
  ['Joe Q. Public', 'john.q.public@example.com', '', ''],
  ['Ed Jones', 'ed@test.example', '', ''],
  ['Chris Jones', 'c@public.example', '', ''],
] as const;
