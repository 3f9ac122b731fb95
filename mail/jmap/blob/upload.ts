import { type HttpRequest, type HttpResponse, json } from '../../http.ts';
import { MethodError } from '../errors.ts';
import type { Call } from '../method.ts';
import { notFound, overLimit, problem } from '../problem.ts';
import { LIMITS } from '../request.ts';
import { PATHS } from '../session.ts';
import { putUpload } from './uploads.ts';

/** POST /jmap/upload/{accountId}/ (RFC 8620 section 6.1): the body goes to the blob store as it comes. */
export async function upload(call: Call, request: HttpRequest): Promise<HttpResponse> {
  const accountId = request.path.slice(PATHS.upload.length).split('/')[1] ?? '';
  if (accountId !== call.user.id && !(await isThere(call, accountId))) return notFound();
  // A length that is said is believed where it refuses: nothing has to be read then.
  if (Number(request.headers['content-length'] ?? 0) > LIMITS.maxSizeUpload) return tooLarge();
  const type = mediaType(request.headers['content-type']);
  let refusal: HttpResponse | undefined;
  async function* taken(): AsyncGenerator<Uint8Array> {
    let size = 0;
    const expected = request.headers['content-length'];
    try {
      for await (const chunk of request.body) {
        size += chunk.length;
        if (size > LIMITS.maxSizeUpload) {
          refusal = tooLarge();
          throw new Error('more than maxSizeUpload');
        }
        yield chunk;
      }
      if (expected !== undefined && Number(expected) !== size) throw new Error('fewer bytes than were announced');
    } catch (error) {
      refusal ??= problem(400, 'about:blank', 'The upload broke off; nothing of it was kept.');
      throw error;
    }
  }
  try {
    const { name, size } = await putUpload(call.deps, call.uploads(accountId), taken(), type);
    return json(201, { accountId, blobId: `u${name}`, type: type ?? 'application/octet-stream', size });
  } catch (error) {
    if (refusal !== undefined) return refusal;
    throw error;
  }
}

/** Whether the user has anything to do with an account. */
export async function isThere(call: Call, accountId: string): Promise<boolean> {
  try {
    await call.account(accountId);
    return true;
  } catch (error) {
    if (error instanceof MethodError) return false;
    throw error;
  }
}

/** Undefined where there is none, or what was said is none. */
export function mediaType(given: string | null | undefined): string | undefined {
  const type = given?.trim() ?? '';
  return /^[A-Za-z0-9!#$&^_.+-]{1,127}\/[A-Za-z0-9!#$&^_.+-]{1,127}(\s*;[\t\x20-\x7e]{0,500})?$/.test(type)
    ? type
    : undefined;
}

function tooLarge(): HttpResponse {
  return overLimit(413, 'maxSizeUpload', `An upload has at most ${LIMITS.maxSizeUpload} bytes.`);
}
