/**
 * Replies as they go on the wire: code (RFC 5321 section 4.2), enhanced status code (RFC 3463, RFC 5248), one plain line.
 * A client learns what to do, and nothing of what goes on inside.
 */

export type Reply = string;

const line = (text: string): Reply => `${text}\r\n`;

export const REPLY = {
  ok: line('250 2.0.0 Ok'),
  senderOk: line('250 2.1.0 Sender ok'),
  recipientOk: line('250 2.1.5 Recipient ok'),
  startData: line('354 End data with <CR><LF>.<CR><LF>'),
  bye: line('221 2.0.0 Bye'),
  startTls: line('220 2.0.0 Ready to start TLS'),
  authenticated: line('235 2.7.0 Authentication successful'),
  noVerify: line('252 2.1.5 Addresses are not verified: send the message and see'),
  help: line('214 2.0.0 Commands: EHLO HELO MAIL RCPT DATA RSET NOOP VRFY STARTTLS AUTH HELP QUIT (RFC 5321)'),

  unknown: line('500 5.5.2 Command not recognized'),
  tooLong: line('500 5.5.2 Line too long'),
  // RFC 4954 section 6.
  authTooLong: line('500 5.5.6 Authentication exchange line is too long'),
  bareLineEnd: line('500 5.5.2 Lines end with CR LF and hold neither CR nor LF elsewhere'),
  notUtf8: line('500 5.5.2 Command is not valid UTF-8'),
  noArguments: line('501 5.5.4 This command takes no arguments'),
  badHello: line('501 5.5.4 Give the name of your host, in ASCII: EHLO host.example.com'),
  badMail: line('501 5.5.4 Syntax: MAIL FROM:<address> [parameters]'),
  badRcpt: line('501 5.5.4 Syntax: RCPT TO:<address>'),
  badSender: line('501 5.1.7 Sender is not an address: write <local-part@domain>'),
  badRecipient: line('501 5.1.3 Recipient is not an address: write <local-part@domain>'),
  badParameter: line('501 5.5.4 Parameter has a wrong value or comes twice'),
  badAuth: line('501 5.5.4 Syntax: AUTH mechanism [initial-response]'),
  badBase64: line('501 5.5.2 Not valid base64 or not what the mechanism asks for'),
  cancelled: line('501 5.7.0 Authentication cancelled'),
  notImplemented: line('502 5.5.1 Command not implemented'),
  noTls: line('502 5.5.1 TLS is not available here'),
  authElsewhere: line(
    '502 5.5.1 This port takes mail for its own users only: sign in on the submission ports, 465 or 587',
  ),
  helloFirst: line('503 5.5.1 Say EHLO first'),
  mailFirst: line('503 5.5.1 Say MAIL first'),
  rcptFirst: line('503 5.5.1 Say RCPT first'),
  nested: line('503 5.5.1 A message is already begun: finish it or say RSET'),
  alreadyTls: line('503 5.5.1 TLS is already active'),
  alreadyAuthenticated: line('503 5.5.1 Already authenticated'),
  authInTransaction: line('503 5.5.1 AUTH is not possible while a message is begun'),
  unknownMechanism: line('504 5.5.4 Authentication mechanism is not supported: use SCRAM-SHA-256, PLAIN or LOGIN'),
  unknownParameter: line('555 5.5.4 Parameter is not supported'),

  needAuth: line('530 5.7.0 Authentication required'),
  needTls: line('530 5.7.0 Say STARTTLS first: passwords are not taken in cleartext'),
  authNeedsTls: line('538 5.7.11 Say STARTTLS first: passwords are not taken in cleartext'),
  noRecipient: line('554 5.5.1 No valid recipients'),
  tooManyRecipients: line('452 4.5.3 Too many recipients: send the message to the others separately'),
  nextTransaction: line('452 4.5.3 Send the message to this recipient in a transaction of its own'),
  tooLarge: (limit: number): Reply => line(`552 5.3.4 Message is too large: at most ${limit} bytes are accepted`),
  headerTooLarge: (limit: number): Reply =>
    line(`552 5.3.4 Message header is too large: at most ${limit} bytes may come before the first empty line`),
  bareInData: line(
    '554 5.6.0 Message refused: its lines must end with CR LF, and it holds a CR or LF that stands alone',
  ),
  loop: line('554 5.4.6 Mail loop: the message has too many Received fields'),
  needUtf8: line('553 5.6.7 Address is not in ASCII: MAIL must ask for SMTPUTF8'),
  noSuchUser: line('550 5.1.1 No such address here'),
  disabled: line('550 5.2.1 The account is switched off'),
  overQuota: line('452 4.2.2 The mailbox is full: send the message again when its owner has made room'),
  noRelay: line('550 5.7.1 Relaying denied: the domain is not served here'),
  notYours: line('553 5.7.1 You may not send as this address: use your own or one of its aliases'),
  fromNotYours: line(
    '550 5.7.1 The From field has an address that you may not send as: use your own or one of its aliases',
  ),
  badCredentials: line('535 5.7.8 Authentication failed: name or password is wrong'),
  notAllowed: (why: string) => line(`535 5.7.8 ${why}`),
  throttled: line('454 4.7.0 Too many attempts: try again later'),
  authUnavailable: line('454 4.7.0 Authentication is not possible now: try again later'),

  unavailable: line('451 4.3.0 Not possible now: try again later'),
  tooManyErrors: line('421 4.7.0 Too many errors'),
  idle: line('421 4.4.2 Nothing came for too long'),
  broken: line('421 4.3.0 The server has a problem: try again later'),
  stopping: line('421 4.3.2 The server is stopping: try again later'),
  signedOut: line('421 4.7.0 What you authenticated with is over: connect and authenticate again'),
} as const;

/** Several lines, the last one without the hyphen (RFC 5321 section 4.2.1). */
export function multiline(code: number, lines: readonly string[]): Reply {
  return lines.map((text, i) => `${code}${i === lines.length - 1 ? ' ' : '-'}${text}\r\n`).join('');
}

/** The command cannot be carried out as it was written or at this point; `reply` says why. */
export class BadCommand extends Error {
  override readonly name = 'BadCommand';
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(reply.trimEnd());
    this.reply = reply;
  }
}
