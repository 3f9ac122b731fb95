/** IMAP commands made by a grammar, from dice: valid ones over every extension, and how they are bent. */
import { COMMANDS } from '../../mail/imap/commands/table.ts';
import type { Dice } from './messages.ts';

type Make = string | ((dice: Dice) => string);

const made = (dice: Dice, make: Make): string => (typeof make === 'string' ? make : make(dice));
/** One of these. */
const any =
  (...makes: readonly Make[]): Make =>
  (dice) =>
    made(dice, dice.pick(makes));
/** All of these, one behind the other. */
const all =
  (...makes: readonly Make[]): Make =>
  (dice) =>
    makes.map((make) => made(dice, make)).join('');
/** This, or nothing. */
const maybe =
  (make: Make): Make =>
  (dice) =>
    dice.chance(0.3) ? made(dice, make) : '';
/** One to three, with `between` between them. */
const some =
  (make: Make, between = ' '): Make =>
  (dice) =>
    Array.from({ length: 1 + dice.below(3) }, () => made(dice, make)).join(between);

/** A string in one of its forms. A literal that waits for leave is one too. */
function astring(text: string): Make {
  return (dice) => {
    const form = dice.below(8);
    if (form === 0) return `{${text.length}}\r\n${text}`;
    if (form < 3) return `{${text.length}+}\r\n${text}`;
    return form < 6 && /^[\w./@#-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
  };
}

const NUMBERS = ['0', '1', '2', '3', '5', '9', '500', '4294967295', '4294967296', '9223372036854775807', '99999999999'];
const number = any(...NUMBERS);
const NAMES = [
  ...['INBOX', 'INBOX', 'INBOX', 'inbox', 'Archive', 'Trash', 'Sent', 'box', 'box', 'box/one', 'box/two', 'new'],
  ...['a b', '&AOk-', 'gr\xc3\xbcn'],
];
const SHARED = [
  'Shared/bob/INBOX',
  'Shared/alice@example.test/INBOX',
  'Shared/bob@example.test/box',
  'Shared',
  'Public/x',
];
const mailbox: Make = (dice) => made(dice, astring(dice.pick(dice.chance(0.85) ? NAMES : SHARED)));
const set = any('1', '1:*', '*', '2:3', '1,3,5', '5:2', '1:3', '$', '4:4294967295', number);
const person = any(
  ...['alice', 'bob', 'boss', 'carol', 'nobody'].map((name) => astring(`${name}@example.test`)),
  'anyone',
);
const systemFlag = any('\\Seen', '\\Deleted', '\\Answered', '\\Flagged', '\\Draft');
const flag = any(systemFlag, systemFlag, '$Forwarded', 'key', 'Key2', '\\Recent', '\\Other');
const flags = any(all('(', some(flag), ')'), some(flag), '()');
const word = any('Hello', 'm1', 'ann', 'x', '', 'gr\xc3\xbc\xc3\x9f', '\xff\xfe', 'a"b\\c');
const text: Make = (dice) => made(dice, astring(made(dice, word)));
const date = any('1-Feb-1994', '"17-Jul-2026"', '31-Dec-2037', '1-Jan-1970');
const dateTime = any('"17-Jul-1996 02:44:25 -0700"', '" 1-Jan-2026 00:00:00 +0000"', '"99-Foo-1 1:1:1 +0"');
const modseq = any('0', '1', '5', '9223372036854775807', number);
const path = any('', '1', '2', '1.1', '1.2.3', '99');
const headers = all('(', some(any('To', 'Subject', '"From"', astring('X-Y'))), ')');
const section = any(
  path,
  'HEADER',
  'TEXT',
  '1.MIME',
  '1.HEADER',
  all('HEADER.FIELDS ', headers),
  all('HEADER.FIELDS.NOT ', headers),
);
const piece = maybe(all('<', number, '.', number, '>'));
const item = any(
  ...[
    'FLAGS',
    'UID',
    'INTERNALDATE',
    'RFC822.SIZE',
    'ENVELOPE',
    'BODY',
    'BODYSTRUCTURE',
    'MODSEQ',
    'EMAILID',
    'THREADID',
  ],
  ...['SAVEDATE', 'PREVIEW', 'PREVIEW (LAZY)', 'RFC822', 'RFC822.HEADER', 'RFC822.TEXT'],
  all('BODY[', section, ']', piece),
  all('BODY.PEEK[', section, ']', piece),
  all('BINARY.PEEK[', path, ']', piece),
  all('BINARY[', path, ']'),
  all('BINARY.SIZE[', path, ']'),
);
const items = any('ALL', 'FAST', 'FULL', item, item, all('(', some(item), ')'));
const fetchModifiers = maybe(
  all(' (', any('CHANGEDSINCE 1', all('CHANGEDSINCE ', modseq, ' VANISHED'), 'PARTIAL 1:2', 'PARTIAL -1:-3'), ')'),
);
const key: Make = (dice) => made(dice, dice.chance(0.15) ? dice.pick(DEEP_KEYS) : dice.pick(KEYS));
const KEYS: readonly Make[] = [
  ...['ALL', 'ANSWERED', 'DELETED', 'SEEN', 'UNSEEN', 'NEW', 'OLD', 'RECENT', 'UNDELETED', 'SAVEDATESUPPORTED', '$'],
  all(any('KEYWORD ', 'UNKEYWORD '), any('key', 'Key2')),
  all(
    any('BEFORE ', 'ON ', 'SINCE ', 'SENTBEFORE ', 'SENTON ', 'SENTSINCE ', 'SAVEDBEFORE ', 'SAVEDON ', 'SAVEDSINCE '),
    date,
  ),
  all(any('OLDER ', 'YOUNGER ', 'LARGER ', 'SMALLER ', 'UIDAFTER ', 'UIDBEFORE '), number),
  all(any('FROM ', 'TO ', 'CC ', 'BCC ', 'SUBJECT ', 'BODY ', 'TEXT '), text),
  all('HEADER ', any('Subject', '"X-Y"'), ' ', text),
  all(any('EMAILID ', 'THREADID '), any('e1', 't1', '-')),
  all('MODSEQ ', maybe('"/flags/\\\\seen" all '), modseq),
  all('UID ', set),
  set,
];
const DEEP_KEYS: readonly Make[] = [all('NOT ', key), all('OR ', key, ' ', key), all('(', some(key), ')')];
const returning = maybe(
  any(
    ...[
      'RETURN () ',
      'RETURN (MIN MAX) ',
      'RETURN (ALL COUNT) ',
      'RETURN (SAVE) ',
      'RETURN (SAVE MIN) ',
      'RETURN (UPDATE) ',
    ],
    ...['RETURN (PARTIAL 1:2) ', 'RETURN (PARTIAL -1:-2 SAVE) ', 'RETURN (UPDATE CONTEXT COUNT) '],
  ),
);
const searching = all(returning, maybe('CHARSET UTF-8 '), some(key));
const criteria = all(
  '(',
  some(
    all(maybe('REVERSE '), any('ARRIVAL', 'CC', 'DATE', 'FROM', 'SIZE', 'SUBJECT', 'TO', 'DISPLAYFROM', 'DISPLAYTO')),
  ),
  ')',
);
const sorting = all(returning, criteria, ' ', any('UTF-8', 'US-ASCII', 'x'), ' ', some(key));
const threading = all(any('REFS', 'REFERENCES', 'ORDEREDSUBJECT'), ' UTF-8 ', some(key));
const names = any(mailbox, all('(', some(mailbox), ')'));
const filter = any(
  'selected',
  'inboxes',
  'personal',
  'subscribed',
  all(any('subtree ', 'subtree-one ', 'mailboxes '), names),
);
const events = any(
  'NONE',
  '(MessageNew MessageExpunge)',
  '(MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)',
  '(MailboxMetadataChange ServerMetadataChange)',
);
const selectedEvents = any(
  'NONE',
  all('(MessageNew ', maybe(all('(', some(item), ') ')), 'MessageExpunge', maybe(' FlagChange'), ')'),
);
const group = any(
  all('(', filter, ' ', events, ')'),
  all('(', any('selected ', 'selected-delayed '), selectedEvents, ')'),
);
const statusItems = all(
  '(',
  some(
    any(
      'MESSAGES',
      'RECENT',
      'UIDNEXT',
      'UNSEEN',
      'SIZE',
      'HIGHESTMODSEQ',
      'DELETED',
      'MAILBOXID',
      'DELETED-STORAGE',
      'APPENDLIMIT',
    ),
  ),
  ')',
);
const entry = any(
  ...['/private/comment', '/shared/comment', '/private/vendor/x/y', '/shared/a/b', '/other/x'].map(astring),
);
const entries = any(entry, all('(', some(entry), ')'));
const value: Make = (dice) => (dice.chance(0.2) ? 'NIL' : dice.chance(0.3) ? '~{3+}\r\na\0b' : made(dice, text));
const pattern = any('*', '%', 'box/%', '"INBOX"', 'Shared/*', '(INBOX %)', '""');
const MAIL = 'From: a@example.org\r\nSubject: new\r\nMessage-ID: <n@x>\r\nReferences: <m1@x>\r\n\r\nHello\r\n';
const MAILS = [
  MAIL,
  'x',
  '',
  `${MAIL}\0`,
  'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n',
  '\xff\n.\n',
];
const literal: Make = (dice) => {
  const mail = dice.pick(MAILS);
  const announced = dice.chance(0.9) ? mail.length : mail.length + dice.below(5);
  return `${dice.chance(0.2) ? '~' : ''}{${announced}${dice.chance(0.7) ? '+' : ''}}\r\n${mail}`;
};
const url = any(
  '"/INBOX;UID=1"',
  '"/INBOX;UID=1/;SECTION=1"',
  '"/INBOX/;uid=2/;section=HEADER"',
  '"/x;UID=9"',
  'http://x',
);
const part = any(all('URL ', url), all('TEXT ', literal));
const message = all(
  maybe(all('(', some(flag), ') ')),
  maybe(all(dateTime, ' ')),
  any(literal, literal, all('CATENATE (', some(part), ')'), 'UTF8 (~{3+}\r\nabc)'),
);
const params = maybe(
  any(' (CONDSTORE)', ' (QRESYNC (1 1))', all(' (QRESYNC (', number, ' ', modseq, ' 1:9 (1,2 1,2)))')),
);
const rights = any('lrs', '+e', '-lr', 'lrswipkxtea', '""', 'Z', '+');

/** What may stand behind the name of each command. */
export const ARGUMENTS: Readonly<Record<string, Make>> = {
  CAPABILITY: '',
  NOOP: '',
  LOGOUT: '',
  ID: any(' NIL', ' ()', ' ("name" "x")', all(' (', text, ' ', text, ')')),
  STARTTLS: '',
  LOGIN: all(' ', person, ' ', any('secret', astring('secret'), 'wrong')),
  AUTHENTICATE: any(
    ' PLAIN AGFsaWNlAHNlY3JldA==',
    ' PLAIN',
    ' PLAIN =',
    ' LOGIN',
    ' SCRAM-SHA-256 biws',
    ' OAUTHBEARER biwsAWF1dGg9QmVhcmVyIHgBAQ==',
    ' XOAUTH2 dXNlcj1hAWF1dGg9QmVhcmVyIHgBAQ==',
    ' X',
  ),
  UNAUTHENTICATE: '',
  COMPRESS: any(' DEFLATE', ' LZ4'),
  ENABLE: all(' ', some(any('CONDSTORE', 'QRESYNC', 'IMAP4rev2', 'UTF8=ACCEPT', 'UIDONLY', 'METADATA', 'X'))),
  NAMESPACE: '',
  GETJMAPACCESS: '',
  NOTIFY: any(' NONE', all(' SET ', maybe('STATUS '), some(group))),
  LIST: any(
    all(' "" ', pattern),
    all(' ', mailbox, ' ', pattern),
    all(' (', some(any('SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE')), ') "" ', pattern),
    all(
      ' "" ',
      pattern,
      ' RETURN (',
      some(
        any(
          'SUBSCRIBED',
          'CHILDREN',
          'SPECIAL-USE',
          'MYRIGHTS',
          all('STATUS ', statusItems),
          all('METADATA ', entries),
        ),
      ),
      ')',
    ),
  ),
  LSUB: all(' "" ', pattern),
  SELECT: all(' ', mailbox, params),
  EXAMINE: all(' ', mailbox, params),
  STATUS: all(' ', mailbox, ' ', statusItems),
  CREATE: all(' ', mailbox, maybe(any(' (USE (\\Archive))', ' (USE (\\Sent \\Junk))', ' (USE ())'))),
  DELETE: all(' ', mailbox),
  RENAME: all(' ', mailbox, ' ', mailbox),
  SUBSCRIBE: all(' ', mailbox),
  UNSUBSCRIBE: all(' ', mailbox),
  SETACL: all(' ', mailbox, ' ', maybe('-'), person, ' ', rights),
  DELETEACL: all(' ', mailbox, ' ', person),
  GETACL: all(' ', mailbox),
  LISTRIGHTS: all(' ', mailbox, ' ', person),
  MYRIGHTS: all(' ', mailbox),
  GETQUOTA: any(' ""', ' "#user/alice@example.test"', ' x'),
  GETQUOTAROOT: all(' ', mailbox),
  SETQUOTA: all(
    ' "#user/',
    any('alice', 'bob'),
    '@example.test" (',
    maybe(all('STORAGE ', number, ' ')),
    'MESSAGE ',
    number,
    ')',
  ),
  GETMETADATA: any(
    all(' ', any(mailbox, '""'), ' ', entries),
    all(' (', any('MAXSIZE 1', 'DEPTH infinity', 'DEPTH 1 MAXSIZE 5'), ') ', any(mailbox, '""'), ' ', entries),
  ),
  SETMETADATA: all(' ', any(mailbox, '""'), ' (', some(all(entry, ' ', value)), ')'),
  APPEND: all(' ', mailbox, ' ', some(message)),
  REPLACE: all(' ', any('1', '*', '2'), ' ', mailbox, ' ', message),
  'UID REPLACE': all(' ', any('1', '*', number), ' ', mailbox, ' ', message),
  IDLE: '',
  CHECK: '',
  CLOSE: '',
  UNSELECT: '',
  EXPUNGE: '',
  'UID EXPUNGE': all(' ', set),
  FETCH: all(' ', set, ' ', items, fetchModifiers),
  'UID FETCH': all(' ', set, ' ', items, fetchModifiers),
  UIDBATCHES: all(' ', number, maybe(all(' ', number, ':', number))),
  STORE: all(
    ' ',
    set,
    ' ',
    maybe(all('(UNCHANGEDSINCE ', modseq, ') ')),
    any('', '+', '-'),
    'FLAGS',
    maybe('.SILENT'),
    ' ',
    flags,
  ),
  'UID STORE': all(
    ' ',
    set,
    ' ',
    maybe('(UNCHANGEDSINCE 3) '),
    any('', '+', '-'),
    'FLAGS',
    maybe('.SILENT'),
    ' ',
    flags,
  ),
  COPY: all(' ', set, ' ', mailbox),
  'UID COPY': all(' ', set, ' ', mailbox),
  MOVE: all(' ', set, ' ', mailbox),
  'UID MOVE': all(' ', set, ' ', mailbox),
  SEARCH: all(' ', searching),
  'UID SEARCH': all(' ', searching),
  ESEARCH: all(' ', maybe(all('IN (', some(filter), ') ')), searching),
  CANCELUPDATE: all(' ', some(any('"t1"', '"t2"', '"t9"', '"t14"'))),
  SORT: all(' ', sorting),
  'UID SORT': all(' ', sorting),
  THREAD: all(' ', threading),
  'UID THREAD': all(' ', threading),
};

const TABLE = [...COMMANDS.keys()];
/** End or change the session, and so come rarely. */
const RARE = new Set([
  'LOGOUT',
  'UNAUTHENTICATE',
  'COMPRESS',
  'STARTTLS',
  'AUTHENTICATE',
  'LOGIN',
  'CLOSE',
  'UNSELECT',
]);

/** A valid command without its tag, or one that is not quite. */
export function someCommand(dice: Dice): string {
  let name = dice.pick(TABLE);
  if (RARE.has(name) && dice.chance(0.8)) name = dice.pick(TABLE);
  return commandOf(name, dice);
}

export function commandOf(name: string, dice: Dice): string {
  const make = ARGUMENTS[name];
  if (make === undefined) throw new Error(`the grammar of the fuzzer has no ${name}`);
  return name + made(dice, make);
}

const TOKENS = [
  ...[
    '(',
    ')',
    '((',
    '"',
    '\\',
    '{',
    '}',
    '{3}',
    '{3+}',
    '~{2+}',
    '{0+}',
    '{99999999999}',
    '{400000+}',
    '[',
    ']',
    '<',
    '>',
  ],
  ...[
    ' ',
    '  ',
    '\t',
    '\0',
    '\r',
    '\xff',
    '\xc3\xa9',
    '%',
    '*',
    '$',
    ',',
    ':',
    '-1',
    '0',
    '4294967296',
    '1'.repeat(30),
  ],
  ...[
    'NIL',
    'UID',
    '1:*',
    'x'.repeat(300),
    '('.repeat(150),
    'NOT '.repeat(120),
    'RETURN (',
    'BODY[',
    ' ALL',
    '~',
    '+',
    '&',
  ],
];

/** Bends a text in one place. */
export function bend(input: string, dice: Dice): string {
  const at = dice.below(input.length + 1);
  switch (dice.below(7)) {
    case 0:
      return input.slice(0, at) + String.fromCharCode(dice.below(256)) + input.slice(at + 1);
    case 1:
      return input.slice(0, at) + input.slice(at + 1 + dice.below(8));
    case 2:
      return input.slice(0, at) + dice.pick(TOKENS) + input.slice(at);
    case 3:
      return input.slice(0, at);
    case 4:
      return input.slice(0, at) + input.slice(dice.below(at + 1));
    case 5: {
      const words = input.split(' ');
      words.splice(dice.below(words.length), 1, dice.pick(TOKENS));
      return words.join(' ');
    }
    default:
      return input.slice(0, at) + dice.pick(TOKENS) + input.slice(at + 2);
  }
}
