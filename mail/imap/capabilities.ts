import { mechanisms } from '../sasl/mechanisms.ts';
import type { Session } from './session.ts';

/**
 * What is announced (RFC 3501 section 7.2.1), as data. An extension stands here only when its RFC is done whole. A client may
 * ask before TLS, before and after login, and is told what holds then.
 */
interface Capability {
  /** One, or what this connection has of a kind. */
  readonly name: string | ((session: Session) => readonly string[]);
  /** Default: always. */
  readonly when?: (session: Session) => boolean;
}

const beforeLogin = (session: Session) => session.state === 'not authenticated';
const mayAuthenticate = (session: Session) => beforeLogin(session) && session.mayLogIn;
const afterLogin = (session: Session) => session.state !== 'not authenticated';

const CAPABILITIES: readonly Capability[] = [
  { name: 'IMAP4rev1' },
  { name: 'IMAP4rev2' }, // RFC 9051, for who ENABLEs it
  { name: 'LITERAL+' }, // RFC 7888
  { name: 'ID' }, // RFC 2971
  { name: 'ENABLE' }, // RFC 5161
  { name: 'SASL-IR', when: beforeLogin }, // RFC 4959
  { name: (session) => mechanisms(session.saslContext).map((name) => `AUTH=${name}`), when: mayAuthenticate }, // RFC 7677, RFC 4616
  { name: 'STARTTLS', when: (session) => beforeLogin(session) && session.mayStartTls },
  { name: 'LOGINDISABLED', when: (session) => beforeLogin(session) && !session.mayLogIn },
  { name: 'IDLE', when: afterLogin }, // RFC 2177
  { name: 'NOTIFY', when: afterLogin }, // RFC 5465
  { name: 'NAMESPACE', when: afterLogin }, // RFC 2342
  { name: 'CHILDREN', when: afterLogin }, // RFC 3348
  { name: 'UIDPLUS', when: afterLogin }, // RFC 4315
  { name: 'UNAUTHENTICATE', when: (session) => afterLogin(session) && !session.wire.compressed }, // RFC 8437
  { name: 'COMPRESS=DEFLATE', when: (session) => afterLogin(session) && !session.wire.compressed }, // RFC 4978
  { name: (session) => [`APPENDLIMIT=${session.maxMessage}`], when: afterLogin }, // RFC 7889
  { name: (session) => [`MESSAGELIMIT=${session.messageLimit}`], when: afterLogin }, // RFC 9738
  { name: 'INPROGRESS', when: afterLogin }, // RFC 9585
  { name: 'UIDONLY', when: afterLogin }, // RFC 9586
  { name: 'UIDBATCHES', when: afterLogin }, // draft-ietf-mailmaint-imap-uidbatches-22
  { name: 'UNSELECT', when: afterLogin }, // RFC 3691
  { name: 'MOVE', when: afterLogin }, // RFC 6851
  { name: 'MULTIAPPEND', when: afterLogin }, // RFC 3502
  { name: 'UTF8=ACCEPT', when: afterLogin }, // RFC 6855, RFC 9755
  { name: 'BINARY', when: afterLogin }, // RFC 3516
  { name: 'CATENATE', when: afterLogin }, // RFC 4469
  { name: 'REPLACE', when: afterLogin }, // RFC 8508
  { name: 'SPECIAL-USE', when: afterLogin }, // RFC 6154
  { name: 'CREATE-SPECIAL-USE', when: afterLogin }, // RFC 6154
  { name: 'LIST-EXTENDED', when: afterLogin }, // RFC 5258
  { name: 'LIST-METADATA', when: afterLogin }, // RFC 9590
  { name: 'METADATA', when: afterLogin }, // RFC 5464
  { name: 'ACL', when: afterLogin }, // RFC 4314
  { name: 'RIGHTS=kxte', when: afterLogin }, // RFC 4314
  { name: 'LIST-MYRIGHTS', when: afterLogin }, // RFC 8440
  { name: 'QUOTA', when: afterLogin }, // RFC 9208
  { name: 'QUOTA=RES-STORAGE', when: afterLogin }, // RFC 9208
  { name: 'QUOTA=RES-MESSAGE', when: afterLogin }, // RFC 9208
  { name: 'QUOTASET', when: (session) => afterLogin(session) && session.user.admin === true }, // RFC 9208
  { name: 'LIST-STATUS', when: afterLogin }, // RFC 5819
  { name: 'STATUS=SIZE', when: afterLogin }, // RFC 8438
  { name: 'ESEARCH', when: afterLogin }, // RFC 4731
  { name: 'SEARCHRES', when: afterLogin }, // RFC 5182
  { name: 'PARTIAL', when: afterLogin }, // RFC 9394
  { name: 'MULTISEARCH', when: afterLogin }, // RFC 7377
  { name: 'CONTEXT=SEARCH', when: afterLogin }, // RFC 5267
  { name: 'SORT', when: afterLogin }, // RFC 5256
  { name: 'SORT=DISPLAY', when: afterLogin }, // RFC 5957
  { name: 'ESORT', when: afterLogin }, // RFC 5267
  { name: 'CONTEXT=SORT', when: afterLogin }, // RFC 5267
  { name: 'THREAD=ORDEREDSUBJECT', when: afterLogin }, // RFC 5256
  { name: 'THREAD=REFERENCES', when: afterLogin }, // RFC 5256
  { name: 'THREAD=REFS', when: afterLogin }, // draft-ietf-morg-inthread-01 section 4
  { name: 'I18NLEVEL=1', when: afterLogin }, // RFC 5255
  { name: 'WITHIN', when: afterLogin }, // RFC 5032
  { name: 'OBJECTID', when: afterLogin }, // RFC 8474
  { name: 'JMAPACCESS', when: (session) => afterLogin(session) && session.jmap !== undefined }, // RFC 9698
  { name: 'SAVEDATE', when: afterLogin }, // RFC 8514
  { name: 'PREVIEW', when: afterLogin }, // RFC 8970
  { name: 'CONDSTORE', when: afterLogin }, // RFC 7162
  { name: 'QRESYNC', when: afterLogin }, // RFC 7162
];

export function capabilities(session: Session): string {
  const names = CAPABILITIES.filter(({ when }) => when === undefined || when(session)).flatMap(({ name }) =>
    typeof name === 'string' ? [name] : name(session),
  );
  return `CAPABILITY ${names.join(' ')}`;
}
