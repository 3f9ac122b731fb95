import * as z from 'zod';
import { emailId, type State } from '../../account/types.ts';
import { storedScripts } from '../../sieve/stored.ts';
import { BLOB } from '../capabilities.ts';
import { visiblePlacements } from '../email/facts.ts';
import { MethodError } from '../errors.ts';
import { ID, type Method, method } from '../method.ts';
import { inParallel } from '../parallel.ts';
import { LIMITS } from '../request.ts';
import { scriptBlobId } from '../sieve/content.ts';
import { blobOf } from './blob.ts';
import { LOOKUP_TYPES } from './limits.ts';

const AT_ONCE = 8;

/** Blob/lookup (RFC 9404 section 4.3): the objects that have a blob in them. */
export const blobLookup: Method = method({
  capability: BLOB,
  args: z.strictObject({ accountId: z.string(), typeNames: z.array(z.string()), ids: z.array(ID) }),
  async run(call, { accountId, typeNames, ids }) {
    const account = await call.account(accountId);
    const unknown = typeNames.find((name) => !(LOOKUP_TYPES as readonly string[]).includes(name));
    if (unknown !== undefined) throw new MethodError('unknownDataType', `Blobs are not looked up in ${unknown}`);
    if (ids.length > LIMITS.maxObjectsInGet) {
      throw new MethodError('requestTooLarge', `At most ${LIMITS.maxObjectsInGet} objects at once`);
    }
    const names = [...new Set(ids.map((id) => call.idOf(id) ?? id))];
    const there = new Set<string>();
    await inParallel(names, AT_ONCE, async (id) => {
      if ((await blobOf(call, account, id)) !== undefined) there.add(id);
    });
    const list = names
      .filter((id) => there.has(id))
      .map((id) => {
        const matched = matchesOf(account.state, id);
        return { id, matchedIds: Object.fromEntries(typeNames.map((name) => [name, matched[name] ?? []])) };
      });
    return { accountId, list, notFound: names.filter((id) => !there.has(id)) };
  },
});

/** The scripts whose content it is, or the email whose bytes, or whose part, the blob is; what was uploaded belongs to nothing. */
function matchesOf(state: State, id: string): Readonly<Record<string, readonly string[]>> {
  if (id.startsWith('s')) {
    const scripts = [...storedScripts(state)].filter(([, { digest }]) => scriptBlobId(digest) === id);
    return { SieveScript: scripts.map(([script]) => script) };
  }
  const number = Number.parseInt(/^[mp]([0-9a-z]+)/.exec(id)?.[1] ?? '', 36);
  if (Number.isNaN(number)) return {};
  const thread = state.threadOf(number);
  return {
    Email: [emailId(number)],
    Thread: thread === undefined ? [] : [thread],
    Mailbox: [...new Set(visiblePlacements(state, number).map(({ mailbox }) => mailbox))],
  };
}
