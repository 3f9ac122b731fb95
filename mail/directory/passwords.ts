import { argon2, createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { BAD_PASSWORDS } from './bad-passwords.ts';
import type { CredentialItem } from './items.ts';

/** 19 MiB, two passes, one lane: OWASP's first recommendation for argon2id. */
const ARGON2 = { memory: 19_456, passes: 2, parallelism: 1 } as const;
/**
 * Anyone who reads the table would attack the weaker verifier, so this is far above RFC 7677's 4,096. And no higher: Cyrus SASL (mbsync,
 * mutt, many others) refuses more than 65,536, and then signs in by nothing else.
 */
const SCRAM_ITERATIONS = 65_536;
const MIN_LENGTH = 8;
/** Bounds the work of hashing; nobody types more. */
const MAX_BYTES = 1_024;

const argon2Async = promisify(argon2);
const pbkdf2Async = promisify(pbkdf2);

/** A password as it is compared: other spaces are a space, NFC, no controls (RFC 8265 section 4.2, OpaqueString). */
function prepare(password: string): Buffer | undefined {
  const text = password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
  const bytes = Buffer.from(text);
  return bytes.length === 0 || bytes.length > MAX_BYTES || /\p{Cc}/u.test(text) ? undefined : bytes;
}

/** RFC 3454 table B.1: mapped to nothing. */
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200b-\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;

/** SASLprep (RFC 4013) of a password that `prepare` took: what SCRAM clients hash (RFC 5802 section 2.2). */
function saslPrepare(password: string): Buffer {
  const mapped = password.replace(/\p{Zs}/gu, ' ').replace(NOTHING, '');
  return Buffer.from(mapped.normalize('NFKC'));
}

/** Refuses a password that is too short, or that everybody tries first. */
export function checkNewPassword(password: string): void {
  if ([...password].length < MIN_LENGTH) {
    throw new Refused('invalid', `A password has at least ${MIN_LENGTH} characters.`);
  }
  if (BAD_PASSWORDS.has(password.toLowerCase())) {
    throw new Refused('invalid', 'That password is one of the first that attackers try. Choose another.');
  }
  if (prepare(password) === undefined) {
    throw new Refused('invalid', `A password has no control characters and at most ${MAX_BYTES} bytes.`);
  }
}

/** Both verifiers of a new password. `before`: whose place it takes; its salt for SCRAM stays, which app passwords have too. */
export async function makeCredential(
  random: Random,
  password: string,
  now: number,
  before?: CredentialItem,
): Promise<CredentialItem> {
  const message = prepare(password);
  if (message === undefined) throw new Refused('invalid', 'That is not a password.');
  const salt = Buffer.from(random.bytes(16));
  const hash = await argon2Async('argon2id', { message, nonce: salt, tagLength: 32, ...ARGON2 });
  return {
    v: 1,
    argon2id: { salt: salt.toString('base64'), hash: hash.toString('base64'), ...ARGON2 },
    scram: await scramKeys(password, saltOf(before) ?? Buffer.from(random.bytes(16)), SCRAM_ITERATIONS),
    changed: now,
  };
}

function saltOf(credential: CredentialItem | undefined): Buffer | undefined {
  return credential && Buffer.from(credential.scram.salt, 'base64');
}

/** What SCRAM-SHA-256 keeps of a password. */
export async function scramKeys(password: string, salt: Buffer, iterations: number): Promise<CredentialItem['scram']> {
  const salted = await pbkdf2Async(saslPrepare(password), salt, iterations, 32, 'sha256');
  // RFC 5802 section 3: StoredKey := H(HMAC(SaltedPassword, "Client Key")), ServerKey := HMAC(SaltedPassword, "Server Key").
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  return {
    salt: salt.toString('base64'),
    iterations,
    storedKey: createHash('sha256').update(clientKey).digest('base64'),
    serverKey: createHmac('sha256', salted).update('Server Key').digest('base64'),
  };
}

/**
 * What SCRAM says of a name that nobody has: made from the name and the secret, so that it is the same every time, in every process,
 * and no different in kind from the real ones. Nobody knows a password for the keys.
 */
export function scramOfNobody(secret: Buffer, name: string): CredentialItem['scram'] {
  const made = (what: string) => createHmac('sha256', secret).update(`${what}\0${name}`).digest();
  return {
    salt: made('salt').subarray(0, 16).toString('base64'),
    iterations: SCRAM_ITERATIONS,
    storedKey: made('stored').toString('base64'),
    serverKey: made('server').toString('base64'),
  };
}

const NOBODY = {
  salt: Buffer.alloc(16, 'postern').toString('base64'),
  hash: Buffer.alloc(32).toString('base64'),
  ...ARGON2,
};

/** Whether the password is right. Without a credential it does the same work and says no, so that the time tells nothing. */
export async function verifyPassword(credential: CredentialItem | undefined, password: string): Promise<boolean> {
  const { salt, hash, memory, passes, parallelism } = credential?.argon2id ?? NOBODY;
  const message = prepare(password) ?? Buffer.from('\0');
  const expected = Buffer.from(hash, 'base64');
  const made = await argon2Async('argon2id', {
    message,
    nonce: Buffer.from(salt, 'base64'),
    tagLength: expected.length,
    memory,
    passes,
    parallelism,
  });
  return timingSafeEqual(made, expected) && credential !== undefined && prepare(password) !== undefined;
}
