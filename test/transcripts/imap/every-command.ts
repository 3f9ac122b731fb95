/** One row for every command of IMAP: what `every-command.test.ts` plays. */

/** Where a command is allowed. */
export type Where = 'anywhere' | 'before login' | 'after login' | 'selected';

export interface Row {
  readonly where: Where;
  /**
   * Arguments that are answered with OK. A string that may be an atom, quoted or a literal stands in «»; in «'» one that may not be an
   * atom; in «~'» one that may be a literal8 too.
   */
  readonly good: string;
  /** Of the one who may do it. @default alice */
  readonly user?: string;
  /** Arguments that are refused, with the beginning of the answer; with EXAMINE, the mailbox is opened by it. */
  readonly refused?: readonly (readonly [args: string, answer: string, how?: 'EXAMINE'])[];
  /** Arguments that are answered with BAD, each with what the answer says. */
  readonly malformed?: readonly (readonly [args: string, says: string])[];
}

const NUMBER = 'above 0';
const OVERFLOW = 'below 4294967296';
const GONE = 'NO [NONEXISTENT] ';

const mailbox = (where: Where): Row => ({
  where,
  good: ' «INBOX»',
  refused: [[' nowhere', GONE]],
  malformed: [
    [' (INBOX)', 'Expected a mailbox name'],
    [' &bad', 'modified UTF-7'],
    [' INBOX INBOX', 'Expected'],
  ],
});
const noArguments = (where: Where): Row => ({ where, good: '' });
const set: Row['malformed'] = [
  [' 0', NUMBER],
  [' 4294967296', OVERFLOW],
  [' 99999999999999999999999 FLAGS', 'Expected'],
  [' 1:', 'a message number'],
  [' 1,,2', 'a message number'],
  [' x', 'a message number'],
  [' (1)', 'a message number'],
];
const transfer: Row = {
  where: 'selected',
  good: ' 1 «Archive»',
  refused: [[' 1 nowhere', 'NO [TRYCREATE] ']],
  malformed: [...set, [' 1', 'a space'], [' 1 (Archive)', 'a mailbox name']],
};
const moving: Row = { ...transfer, refused: [...transfer.refused!, [' 1 Archive', 'NO [READ-ONLY] ', 'EXAMINE']] };
const fetching: Row = {
  where: 'selected',
  good: ' 1 (FLAGS BODY.PEEK[HEADER.FIELDS («Subject»)])',
  malformed: [
    ...set,
    [' 1', 'a space'],
    [' 1 NONSENSE', 'FLAGS, UID'],
    [' 1 (FLAGS', 'a space or ")"'],
    [' 1 ()', 'FLAGS, UID'],
    [' 1 BODY[', 'HEADER'],
    [' 1 BODY[0]', NUMBER],
    [' 1 BODY[MIME]', 'MIME behind a part number'],
    [' 1 BODY[]<0.0>', NUMBER],
    [' 1 BODY[]<9223372036854775808.1>', 'below 9223372036854775808'],
    [' 1 BINARY[TEXT]', 'the number of a part'],
    [' 1 FLAGS (CHANGEDSINCE x)', 'Expected'],
  ],
};
const storing: Row = {
  where: 'selected',
  good: ' 1 +FLAGS (\\Seen)',
  refused: [[' 1 FLAGS (\\Seen)', 'NO [READ-ONLY] ', 'EXAMINE']],
  malformed: [
    ...set,
    [' 1', 'a space'],
    [' 1 FLAG (\\Seen)', 'FLAGS, +FLAGS or -FLAGS'],
    [' 1 FLAGS (\\Seen', 'a space or ")"'],
    [' 1 FLAGS (\\Recent)', 'set by the server only'],
    [' 1 FLAGS "quoted"', 'a flag'],
    [' 1 (UNCHANGEDSINCE 9223372036854775808) FLAGS ()', 'below 9223372036854775808'],
    [' 1 (UNCHANGEDSINCE 1 UNCHANGEDSINCE 2) FLAGS ()', 'twice'],
  ],
};
const keys: Row['malformed'] = [
  [' NONSENSE', 'a search key'],
  [' SUBJECT', 'a space'],
  [' (ALL', 'a space or ")"'],
  [' ()', 'a search key'],
  [' LARGER 9223372036854775808', 'below 9223372036854775808'],
  [' LARGER x', 'a size in bytes'],
  [' OLDER 0', NUMBER],
  [' UID 4294967296', OVERFLOW],
  [' SINCE 99-Foo-1', 'a date like 1-Feb-1994'],
  [' OR ALL', 'a space'],
  [' SUBJECT \xff {1+}\r\n\xff', 'Expected'],
  [` ${'('.repeat(200)}`, 'nests at most'],
];
const returns: Row['malformed'] = [
  [' RETURN (NONSENSE) ALL', 'one of MIN, MAX'],
  [' RETURN (MIN ALL', 'a space or ")"'],
  [' RETURN (PARTIAL 0:1) ALL', NUMBER],
  [' RETURN (PARTIAL 1:2 ALL) ALL', 'exclude each other'],
];
const searching: Row = {
  where: 'selected',
  good: ' RETURN (COUNT) CHARSET «UTF-8» OR SUBJECT «m1» HEADER «Subject» «m2»',
  refused: [[' CHARSET KOI8-R ALL', 'NO [BADCHARSET (US-ASCII UTF-8)] ']],
  malformed: [...keys, ...returns],
};
const sorting: Row = {
  where: 'selected',
  good: ' (REVERSE DATE) «UTF-8» SUBJECT «m1»',
  refused: [[' (DATE) KOI8-R ALL', 'NO [BADCHARSET (US-ASCII UTF-8)] ']],
  malformed: [
    [' (DATE) UTF-8', 'a space'],
    [' () UTF-8 ALL', 'Expected'],
    [' (NONSENSE) UTF-8 ALL', 'Expected'],
    [' (REVERSE) UTF-8 ALL', 'Expected'],
    [' DATE UTF-8 ALL', 'Expected'],
    ...keys.map(([args, says]): readonly [string, string] => [` (DATE) UTF-8${args}`, says]),
  ],
};
const threading: Row = {
  where: 'selected',
  good: ' REFERENCES «UTF-8» SUBJECT «m1»',
  refused: [[' REFS KOI8-R ALL', 'NO [BADCHARSET (US-ASCII UTF-8)] ']],
  malformed: [
    [' NONSENSE UTF-8 ALL', 'one of ORDEREDSUBJECT'],
    [' REFS UTF-8', 'a space'],
    ...keys.map(([args, says]): readonly [string, string] => [` REFS UTF-8${args}`, says]),
  ],
};
const selecting: Row = {
  where: 'after login',
  good: ' «INBOX» (CONDSTORE)',
  refused: [[' nowhere', GONE]],
  malformed: [
    [' (INBOX)', 'Expected a mailbox name'],
    [' &bad', 'modified UTF-7'],
    [' INBOX (NONSENSE)', 'CONDSTORE or QRESYNC'],
    [' INBOX (CONDSTORE', 'a space or ")"'],
    [' INBOX (QRESYNC (0 1))', NUMBER],
    [' INBOX (QRESYNC (4294967296 1))', OVERFLOW],
    [' INBOX (QRESYNC (1 1 1:*))', '* has no meaning'],
  ],
};
const message: Row['malformed'] = [
  [' INBOX', 'a space'],
  [' INBOX message', 'the message as a literal'],
  [' INBOX "message"', 'a date-time'],
  [' INBOX (\\Seen {1+}\r\nx', 'a flag'],
  [' INBOX "32-Foo-1996 02:44:25 -0700" {1+}\r\nx', 'a date-time'],
  [' INBOX (\\Recent) {1+}\r\nx', 'set by the server only'],
  [' INBOX CATENATE (NONSENSE)', 'Expected'],
  [' INBOX UTF8 (~{1+}\r\nx)', 'ENABLE UTF8=ACCEPT'],
];
const behind = (number: string, cases: Row['malformed']): Row['malformed'] =>
  cases!.map(([args, says]): readonly [string, string] => [number + args, says]);
const replacing = (missing: string): Row => ({
  where: 'selected',
  good: ' 1 «INBOX» (\\Seen) ~{1}\r\nx',
  refused: [
    [' 1 nowhere {1+}\r\nx', 'NO [TRYCREATE] '],
    [' 1 INBOX {1+}\r\nx', 'NO [READ-ONLY] ', 'EXAMINE'],
    ...(missing === '' ? [] : ([[missing, GONE]] as const)),
  ],
  malformed: [[' 0 INBOX {1+}\r\nx', NUMBER], [' 1:2 INBOX {1+}\r\nx', 'a space'], ...behind(' 1', message)!],
});
const entries: Row['malformed'] = [
  [' INBOX', 'a space'],
  [' INBOX comment', 'Expected'],
];
const identifier: Row['malformed'] = [
  [' INBOX', 'a space'],
  [' INBOX ""', 'an address or "anyone"'],
  [' INBOX (bob@example.test)', 'an identifier'],
];
const NOBODY = ' INBOX nobody@example.test';

export const ROWS: Readonly<Record<string, Row>> = {
  CAPABILITY: noArguments('anywhere'),
  NOOP: noArguments('anywhere'),
  LOGOUT: noArguments('anywhere'),
  ID: {
    where: 'anywhere',
    good: " («'name» «'x»)",
    malformed: [
      [' x', 'NIL or a list'],
      [' ("name")', 'a space'],
      [' ("name" x)', 'a value or NIL'],
      [' ("name" "x"', 'a space or ")"'],
      [' ("a" "x" "A" "y")', 'twice'],
    ],
  },
  STARTTLS: noArguments('before login'),
  LOGIN: {
    where: 'before login',
    good: ' «alice@example.test» «secret»',
    refused: [[' alice@example.test wrong', 'NO [AUTHENTICATIONFAILED] ']],
    malformed: [
      [' alice@example.test', 'a space'],
      [' alice@example.test (secret)', 'a password'],
      [' alice@example.test {2+}\r\n\xff\xff', 'UTF-8'],
      [' {1+}\r\n\0 secret', 'NUL'],
    ],
  },
  AUTHENTICATE: {
    where: 'before login',
    good: ' PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=',
    refused: [
      [' NONSENSE', 'NO [CANNOT] '],
      [' PLAIN AGFsaWNlQGV4YW1wbGUudGVzdAB3cm9uZw==', 'NO [AUTHENTICATIONFAILED] '],
    ],
    malformed: [
      [' "PLAIN"', 'a SASL mechanism'],
      [' PLAIN !', 'Expected base64'],
    ],
  },
  UNAUTHENTICATE: noArguments('after login'),
  COMPRESS: { where: 'after login', good: ' DEFLATE', malformed: [[' LZ4', 'Expected DEFLATE']] },
  ENABLE: { where: 'after login', good: ' QRESYNC NONSENSE', malformed: [[' "QRESYNC"', 'the name of an extension']] },
  NAMESPACE: noArguments('after login'),
  GETJMAPACCESS: noArguments('after login'),
  NOTIFY: {
    where: 'after login',
    good: ' SET (mailboxes («INBOX» «Archive») (MessageNew MessageExpunge))',
    refused: [[' SET (personal (Nonsense))', 'NO [BADEVENT (']],
    malformed: [
      [' NONSENSE', 'SET or NONE'],
      [' SET', 'a space'],
      [' SET (personal)', 'a space'],
      [' SET (personal (MessageNew))', 'go together'],
      [' SET (personal (MessageNew MessageExpunge)', '")"'],
      [' SET (nonsense (MailboxName))', 'one of selected'],
    ],
  },
  LIST: {
    where: 'after login',
    good: ' «INBOX» «Arch» RETURN (CHILDREN)',
    malformed: [
      [' ""', 'a space'],
      [' (NONSENSE) "" *', 'one of SUBSCRIBED'],
      [' (SUBSCRIBED "" *', 'Expected'],
      [' (RECURSIVEMATCH) "" *', 'another selection option'],
      [' "" ()', 'wildcards'],
      [' "" * RETURN (STATUS ())', 'a status item'],
      [' "" &bad', 'modified UTF-7'],
    ],
  },
  LSUB: { where: 'after login', good: ' «INBOX» «x»', malformed: [[' ""', 'a space']] },
  SELECT: selecting,
  EXAMINE: selecting,
  STATUS: {
    where: 'after login',
    good: ' «INBOX» (MESSAGES)',
    refused: [[' nowhere (MESSAGES)', GONE]],
    malformed: [
      [' INBOX', 'a space'],
      [' INBOX MESSAGES', 'a list of status items'],
      [' INBOX ()', 'a status item'],
      [' INBOX (NONSENSE)', 'one of MESSAGES'],
      [' INBOX (MESSAGES', 'a space or ")"'],
    ],
  },
  CREATE: {
    where: 'after login',
    good: ' «new»',
    refused: [
      [' Archive', 'NO [ALREADYEXISTS] '],
      [' INBOX', 'NO [CANNOT] '],
      [' x (USE (\\Sent))', 'NO [USEATTR] '],
    ],
    malformed: [
      [' x (NONSENSE)', 'USE, the one parameter'],
      [' x (USE (Sent))', 'a backslash'],
      [' x (USE (\\Sent)', '")"'],
      [' x (USE (\\Sent \\Sent))', 'twice'],
    ],
  },
  DELETE: { ...mailbox('after login'), good: ' «Archive»', refused: [[' nowhere', GONE]] },
  RENAME: {
    where: 'after login',
    good: ' «Archive» «new»',
    refused: [
      [' nowhere new', GONE],
      [' Archive Sent', 'NO [ALREADYEXISTS] '],
    ],
    malformed: [
      [' Archive', 'a space'],
      [' Archive (new)', 'a mailbox name'],
    ],
  },
  SUBSCRIBE: mailbox('after login'),
  // RFC 3501 section 6.3.7: also of what is not there.
  UNSUBSCRIBE: { ...mailbox('after login'), refused: [] },
  SETACL: {
    where: 'after login',
    good: ' «INBOX» «bob@example.test» «lr»',
    refused: [[`${NOBODY} lr`, 'NO [CANNOT] ']],
    malformed: [...identifier!, [' INBOX bob@example.test', 'a space'], [' INBOX bob@example.test Z', '']],
  },
  DELETEACL: {
    where: 'after login',
    good: ' «INBOX» «bob@example.test»',
    refused: [[NOBODY, 'NO [CANNOT] ']],
    malformed: identifier,
  },
  GETACL: mailbox('after login'),
  LISTRIGHTS: {
    where: 'after login',
    good: ' «INBOX» «bob@example.test»',
    refused: [[NOBODY, 'NO [CANNOT] ']],
    malformed: identifier,
  },
  MYRIGHTS: mailbox('after login'),
  GETQUOTA: {
    where: 'after login',
    good: ' «#user/alice@example.test»',
    refused: [[' nonsense', GONE]],
    malformed: [[' (x)', 'Expected']],
  },
  // RFC 9208 section 4.1.2: also of what is not there.
  GETQUOTAROOT: { ...mailbox('after login'), refused: [[' Shared/nobody@example.test/INBOX', GONE]] },
  SETQUOTA: {
    where: 'after login',
    user: 'boss',
    good: ' «#user/bob@example.test» (MESSAGE 100)',
    refused: [
      [' nonsense (MESSAGE 100)', GONE],
      [' #user/carol@example.test (MESSAGE 100)', GONE],
    ],
    malformed: [
      [' #user/bob@example.test', 'a space'],
      [' #user/bob@example.test MESSAGE', 'limits in parentheses'],
      [' #user/bob@example.test (MESSAGE)', 'a space'],
      [' #user/bob@example.test (MESSAGE x)', 'Expected'],
      [' #user/bob@example.test (MESSAGE 9223372036854775808)', 'below 9223372036854775808'],
    ],
  },
  GETMETADATA: {
    where: 'after login',
    good: ' (DEPTH 1) «INBOX» («/private/comment»)',
    refused: [[' nowhere /private/comment', GONE]],
    malformed: [
      ...entries!,
      [' (DEPTH 2) INBOX /private/comment', '0, 1 or infinity'],
      [' (MAXSIZE 4294967296) INBOX /private/comment', OVERFLOW],
      [' INBOX (/private/comment', 'a space or ")"'],
    ],
  },
  SETMETADATA: {
    where: 'after login',
    good: " «INBOX» («/private/comment» «~'x»)",
    refused: [[' nowhere (/private/comment "x")', GONE]],
    malformed: [
      ...entries!,
      [' INBOX (/private/comment)', 'a space'],
      [' INBOX (/private/comment x)', 'a value or NIL'],
      [' INBOX (/private/comment "x"', 'a space or ")"'],
      [' INBOX (/private/a "x" /private/A "y")', 'twice'],
      [' INBOX (/private/comment {1+}\r\n\0)', 'NUL'],
    ],
  },
  APPEND: {
    where: 'after login',
    good: ' «INBOX» (\\Seen) "17-Jul-1996 02:44:25 -0700" {1}\r\nx ~{1+}\r\ny CATENATE (TEXT {1}\r\nz)',
    refused: [[' nowhere {1+}\r\nx', 'NO [TRYCREATE] ']],
    malformed: message,
  },
  REPLACE: replacing(''),
  'UID REPLACE': replacing(' 99 INBOX {1+}\r\nx'),
  IDLE: noArguments('after login'),
  CHECK: noArguments('selected'),
  CLOSE: noArguments('selected'),
  UNSELECT: noArguments('selected'),
  EXPUNGE: { ...noArguments('selected'), refused: [['', 'NO [READ-ONLY] ', 'EXAMINE']] },
  'UID EXPUNGE': {
    where: 'selected',
    good: ' 1:*',
    refused: [[' 1', 'NO [READ-ONLY] ', 'EXAMINE']],
    malformed: set,
  },
  FETCH: fetching,
  'UID FETCH': fetching,
  UIDBATCHES: {
    where: 'selected',
    good: ' 500 1:2',
    refused: [[' 499', 'NO [TOOFEW] ']],
    malformed: [
      [' 0', NUMBER],
      [' x', 'the number of messages'],
      [' 4294967296', OVERFLOW],
      [' 500 2:1', 'ascending order'],
      [' 500 1', '":"'],
    ],
  },
  STORE: storing,
  'UID STORE': storing,
  COPY: transfer,
  'UID COPY': transfer,
  MOVE: moving,
  'UID MOVE': moving,
  SEARCH: searching,
  'UID SEARCH': searching,
  ESEARCH: {
    where: 'after login',
    good: ' IN (mailboxes («INBOX» «Archive»)) RETURN (COUNT) SUBJECT «m1»',
    refused: [[' IN (personal) CHARSET KOI8-R ALL', 'NO [BADCHARSET (US-ASCII UTF-8)] ']],
    malformed: [
      [' IN (nonsense) ALL', 'one of selected'],
      [' IN () ALL', 'which mailboxes'],
      [' IN (personal ALL', 'Expected'],
      [' IN (personal) RETURN (SAVE) ALL', 'the selected mailbox alone'],
      ...keys.map(([args, says]): readonly [string, string] => [` IN (personal)${args}`, says]),
      ...returns.map(([args, says]): readonly [string, string] => [` IN (personal)${args}`, says]),
    ],
  },
  CANCELUPDATE: {
    where: 'selected',
    good: ' "t1" "t2"',
    malformed: [
      [' t1', 'in quotes'],
      [' "t1', 'ends on its line'],
      [' {2+}\r\nt1', 'in quotes'],
    ],
  },
  SORT: sorting,
  'UID SORT': sorting,
  THREAD: threading,
  'UID THREAD': threading,
};
