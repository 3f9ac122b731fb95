import * as z from 'zod';
import type { Account, Draft } from '../../account/types.ts';
import { randomName } from '../../ports/index.ts';
import { digestOf, SIEVE_SCRIPT, type StoredScript, storedScripts } from '../../sieve/stored.ts';
import { SIEVE } from '../capabilities.ts';
import { invalidProperties, type SetError, SetFailure } from '../errors.ts';
import { type Answer, type Call, ID, type Method, method, stateAt } from '../method.ts';
import { applySet, notFound, type Outcome, type Settable } from '../standard/set.ts';
import { scriptBlobId, scriptContent } from './content.ts';
import { MAX_NAME, MAX_SCRIPTS, MAX_TOTAL } from './limits.ts';
import { scriptObject } from './script.ts';

type Properties = Readonly<Record<string, unknown>>;

/** RFC 9661 section 2: what every server refuses. */
const NAME = z
  .string()
  .min(1)
  .refine((name) => !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name), 'no control characters')
  .refine((name) => Buffer.byteLength(name) <= MAX_NAME, `at most ${MAX_NAME} bytes`);
const GIVEN = z.strictObject({ name: NAME.nullish(), blobId: ID.optional() });

/** What the blobs hold that a /set names, or why they cannot be scripts. */
type Contents = ReadonlyMap<string, string | SetError>;

/** `contents` were read before the write. */
function settable(contents: Contents): Settable {
  const contentOf = (blobId: string): string => {
    const content = contents.get(blobId)!;
    if (typeof content !== 'string') throw new SetFailure(content.type, content.description, content);
    return content;
  };
  return {
    name: SIEVE_SCRIPT,
    capability: SIEVE,

    create(draft, properties, { call }) {
      const { name: given, blobId } = checked(properties);
      if (blobId === undefined) throw invalidProperties(['blobId'], 'A script has a blobId');
      const all = storedScripts(draft);
      if (all.size >= MAX_SCRIPTS) throw new SetFailure('overQuota', `At most ${MAX_SCRIPTS} scripts`);
      const id = randomName(call.deps.random, 20);
      const content = contentOf(blobId);
      const name = free(draft, id, given ?? id);
      put(draft, id, { name, content, digest: digestOf(content), isActive: false });
      return { id, ...(given == null ? { name } : {}), blobId: scriptBlobId(digestOf(content)), isActive: false };
    },

    update(draft, id, patch) {
      const before = storedScripts(draft).get(id);
      if (before === undefined) throw notFound(id);
      const known: Properties = scriptObject(id, before);
      const changed = Object.fromEntries(Object.entries(patch).filter(([name, value]) => value !== known[name]));
      const fixed = ['id', 'isActive'].filter((name) => Object.hasOwn(changed, name));
      // RFC 9661 section 2.2: a script is activated by an argument of the call.
      if (fixed.length > 0) throw invalidProperties(fixed, `${fixed.join(', ')} cannot be changed`);
      const { name: given, blobId } = checked(changed);
      const name = given === undefined ? before.name : free(draft, id, given ?? id);
      const content = blobId === undefined ? before.content : contentOf(blobId);
      put(draft, id, { ...before, name, content, digest: digestOf(content) });
      const set = {
        ...(given === null ? { name } : {}),
        ...(blobId === undefined ? {} : { blobId: scriptBlobId(digestOf(content)) }),
      };
      return Object.keys(set).length === 0 ? null : set;
    },

    destroy(draft, id) {
      const before = storedScripts(draft).get(id);
      if (before === undefined) throw notFound(id);
      if (before.isActive) throw new SetFailure('sieveIsActive', 'It is active: deactivate it by a call before');
      draft.deleteObject(SIEVE_SCRIPT, id);
    },
  };
}

function checked(properties: Properties): z.infer<typeof GIVEN> {
  const parsed = GIVEN.safeParse(properties);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const names = issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0])];
  throw invalidProperties(names, `${names[0]}: ${issue.message}`);
}

/** A name that no other script has. */
function free(draft: Draft, id: string, name: string): string {
  const normal = name.normalize('NFC');
  const other = [...storedScripts(draft)].find(([one, script]) => one !== id && script.name === normal);
  if (other !== undefined) {
    throw new SetFailure('alreadyExists', `There is a script ${normal} already`, { existingId: other[0] });
  }
  return normal;
}

function put(draft: Draft, id: string, script: StoredScript): void {
  const others = [...storedScripts(draft)].filter(([one]) => one !== id);
  const total = others.reduce(
    (sum, [, one]) => sum + Buffer.byteLength(one.content),
    Buffer.byteLength(script.content),
  );
  if (total > MAX_TOTAL) throw new SetFailure('overQuota', `All scripts together have at most ${MAX_TOTAL} bytes`);
  draft.putObject(SIEVE_SCRIPT, id, script);
}

const ARGS = z.strictObject({
  accountId: z.string(),
  ifInState: z.string().nullish(),
  create: z.record(ID, z.record(z.string(), z.unknown())).nullish(),
  update: z.record(ID, z.record(z.string(), z.unknown())).nullish(),
  destroy: z.array(ID).nullish(),
  onSuccessActivateScript: ID.nullish(),
  onSuccessDeactivateScript: z.boolean().nullish(),
});

/** SieveScript/set (RFC 9661 section 2.2). */
export const scriptSet: Method = method({
  capability: SIEVE,
  args: ARGS,
  async run(call, { onSuccessActivateScript, onSuccessDeactivateScript, ...args }) {
    const account = await call.account(args.accountId);
    const given = [...Object.values(args.create ?? {}), ...Object.values(args.update ?? {})];
    const contents = await contentsOf(call, account, given);
    const { answer, outcome } = await applySet(settable(contents), call, args);
    const { notCreated, notUpdated, notDestroyed } = outcome;
    const isRefused = [notCreated, notUpdated, notDestroyed].some((failures) => Object.keys(failures).length > 0);
    const wanted = onSuccessActivateScript == null ? undefined : call.idOf(onSuccessActivateScript);
    if (isRefused || (wanted === undefined && onSuccessDeactivateScript !== true)) return answer;
    return activated(call, account, answer, outcome, wanted);
  },
});

async function contentsOf(call: Call, account: Account, given: readonly Properties[]): Promise<Contents> {
  const contents = new Map<string, string | SetError>();
  for (const { blobId } of given) {
    if (typeof blobId !== 'string' || contents.has(blobId) || !ID.safeParse(blobId).success) continue;
    try {
      contents.set(blobId, await scriptContent(call, account, blobId));
    } catch (error) {
      if (!(error instanceof SetFailure)) throw error;
      contents.set(blobId, error.error);
    }
  }
  return contents;
}

/** Makes a script the active one, or none where there is no such script and one is to be deactivated; says so in the answer. */
async function activated(
  call: Call,
  account: Account,
  answer: Answer,
  { created, updated }: Outcome,
  wanted: string | undefined,
): Promise<Answer> {
  const { result, state } = await account.write((draft) => {
    const before = stateAt(draft, draft.typeSeq(SIEVE_SCRIPT));
    const all = storedScripts(draft);
    // RFC 9661 section 2.2: a script that there is not is passed over.
    if (wanted !== undefined && !all.has(wanted)) return { before, changed: [] };
    const changed = [...all].filter(([id, { isActive }]) => isActive !== (id === wanted));
    for (const [id, script] of changed) draft.putObject(SIEVE_SCRIPT, id, { ...script, isActive: id === wanted });
    return { before, changed: changed.map(([id]) => id) };
  });
  const names = new Map(Object.entries(created).map(([name, { id }]) => [id as string, name]));
  const keys = new Map(Object.keys(updated).map((key) => [call.idOf(key), key]));
  for (const id of result.changed) {
    const name = names.get(id);
    const key = keys.get(id) ?? id;
    if (name !== undefined) created[name] = { ...created[name]!, isActive: id === wanted };
    else updated[key] = { ...updated[key], isActive: id === wanted };
  }
  const isKnown = result.before === answer.newState && result.changed.length > 0;
  return {
    ...answer,
    created,
    updated,
    newState: isKnown ? stateAt(state, state.typeSeq(SIEVE_SCRIPT)) : answer.newState,
  };
}
