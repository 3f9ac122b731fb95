import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import * as z from 'zod';
import { type HttpRequest, type HttpResponse, readBody } from '../http.ts';
import { type Clock, ConditionFailed, OutcomeUnknown, type Random, type Records } from '../ports/index.ts';
import { problem } from './problem.ts';

/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a POST that is sent again with the same key is not done again, and
 * is answered as the first was. Only what was done is remembered: what was refused may be tried again with the same key.
 */
export interface Idempotency {
  /** `caller`: whose key it is. `work` is given the request with its body, which has been read. */
  around(
    caller: string,
    request: HttpRequest,
    work: (request: HttpRequest) => Promise<HttpResponse>,
  ): Promise<HttpResponse>;
}

const KEPT_MS = 86_400_000;
/** Longer than anything takes that can be asked for: after this, whoever began it has crashed. */
const BUSY_MS = 900_000;
const MAX_BODY = 64 * 1024 * 1024;
/** An item has 400 KB; base64 makes three bytes four. */
const MAX_ANSWER = 250_000;
const KEY = /^[\x21-\x7e]{8,200}$/;

const kept = z.object({
  v: z.literal(1),
  /** SHA-256 of method, path, query and body. */
  asked: z.string(),
  /** Milliseconds since 1970. */
  begun: z.number(),
  /** Absent: it is being done, or nobody knows how it ended. `sealed`: absent where the answer was too long to keep. */
  answer: z
    .object({ status: z.number(), type: z.string().optional(), iv: z.string(), sealed: z.string().optional() })
    .optional(),
});
type Kept = z.infer<typeof kept>;

export function createIdempotency(deps: {
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
}): Idempotency {
  const { records, clock, random } = deps;

  /** Puts it if nothing is there that counts. Gives what is there instead. */
  async function begin(pk: string, asked: string): Promise<Kept | undefined> {
    for (;;) {
      const item = await records.get(pk, 'answer');
      const found = item === undefined ? undefined : kept.parse(JSON.parse(Buffer.from(item.body).toString()));
      if (found !== undefined && found.begun + KEPT_MS > clock.now()) return found;
      try {
        await write(pk, { v: 1, asked, begun: clock.now() }, item === undefined ? 'absent' : { rev: item.rev ?? 0 });
        return undefined;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
  }

  function write(pk: string, value: Kept, expect: 'absent' | 'any' | { rev: number }): Promise<void> {
    const body = Buffer.from(JSON.stringify(value));
    const expires = Math.ceil((value.begun + KEPT_MS) / 1_000);
    return records.put({ pk, sk: 'answer', body, rev: value.begun, expires }, expect);
  }

  async function finish(pk: string, asked: string, begun: number, response: HttpResponse, secret: Buffer) {
    const text = typeof response.body === 'string' ? response.body : undefined;
    const iv = Buffer.from(random.bytes(12));
    const type = response.headers['content-type'];
    const small = text !== undefined && Buffer.byteLength(text) <= MAX_ANSWER;
    const answer = {
      status: response.status,
      ...(type === undefined ? {} : { type }),
      iv: iv.toString('base64'),
      ...(small ? { sealed: seal(text, secret, iv) } : {}),
    };
    await write(pk, { v: 1, asked, begun, answer }, 'any');
  }

  return {
    async around(caller, request, work) {
      const key = request.headers['idempotency-key'];
      if (key === undefined || request.method !== 'POST') return work(request);
      if (!KEY.test(key)) {
        return problem(
          400,
          'invalid',
          'An Idempotency-Key has 8 to 200 characters, without spaces: a UUID, for example.',
        );
      }
      const body = await readBody(request, MAX_BODY);
      const asked = hash(request.method, request.path, request.query.toString(), body).toString('base64');
      const pk = `idempotency/${hash('where', caller, key).toString('base64url')}`;
      const found = await begin(pk, asked);
      // A generated password may be in the answer: who has the table and not the key cannot read it.
      const secret = hash('seal', caller, key);
      if (found !== undefined) return again(found, asked, secret, clock.now());
      const begun = clock.now();
      const response = await work({ ...request, body: once(body) });
      if (response.status < 300) await finish(pk, asked, begun, response, secret);
      // What was refused, or broke off before anything was done, has left nothing; a bug may have left anything.
      else if (response.status !== 500) await records.delete(pk, 'answer', 'any').catch(ignoreUnknown);
      return response;
    },
  };
}

function again({ asked, begun, answer }: Kept, nowAsked: string, secret: Buffer, now: number): HttpResponse {
  if (asked !== nowAsked) {
    return problem(422, 'invalid', 'This Idempotency-Key was used for another request. Take a new key.');
  }
  if (answer === undefined) {
    return begun + BUSY_MS > now
      ? problem(409, 'cannot', 'The first request with this Idempotency-Key is not done yet. Ask again later.')
      : problem(
          409,
          'cannot',
          'Nobody knows whether the first request was done. Look, then take a new Idempotency-Key.',
        );
  }
  if (answer.sealed === undefined) {
    return problem(409, 'cannot', 'The first request was done; its answer was too long to be kept.');
  }
  return {
    status: answer.status,
    headers: {
      ...(answer.type === undefined ? {} : { 'content-type': answer.type }),
      'cache-control': 'no-store',
      'idempotency-replayed': 'true',
    },
    body: open(answer.sealed, secret, Buffer.from(answer.iv, 'base64')),
  };
}

function seal(text: string, secret: Buffer, iv: Buffer): string {
  const cipher = createCipheriv('aes-256-gcm', secret, iv);
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

function open(sealed: string, secret: Buffer, iv: Buffer): string {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', secret, iv);
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8');
}

/** Of parts with their lengths, so that no two lists of parts are the same text. */
function hash(...parts: readonly (string | Uint8Array)[]): Buffer {
  const all = createHash('sha256');
  for (const part of parts) all.update(`${Buffer.byteLength(part as string)}:`).update(part);
  return all.digest();
}

async function* once(body: Buffer): AsyncGenerator<Uint8Array> {
  if (body.length > 0) yield body;
}

/** It expires anyway; until then the key cannot be used again, and says so. */
function ignoreUnknown(error: unknown): void {
  if (!(error instanceof OutcomeUnknown)) throw error;
}
