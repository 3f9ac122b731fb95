import { randomName } from '../../ports/index.ts';
import { SUBMISSION } from '../capabilities.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import type { Tracked } from '../standard/changes.ts';
import type { Readable } from '../standard/get.ts';
import { patched } from '../standard/patch.ts';
import { notFound, type Settable } from '../standard/set.ts';
import { DEFAULT_ID, IDENTITY, identities, MAX_IDENTITIES, SETTINGS, type Settings } from './object.ts';

/** Identity (RFC 8621 section 6). */
export const identityType: Readable & Tracked & Settable = {
  name: IDENTITY,
  capability: SUBMISSION,
  properties: ['id', 'name', 'email', 'replyTo', 'bcc', 'textSignature', 'htmlSignature', 'mayDelete'],

  ids: ({ state }, call) => [...identities(call.user, state).keys()],

  async load(call, { state }, ids) {
    const all = identities(call.user, state);
    return new Map(ids.flatMap((id) => (all.has(id) ? [[id, { ...all.get(id)! }]] : [])));
  },

  /** The default was there before it was first written. */
  changes: (state, since) =>
    state
      .changes(IDENTITY, since)
      ?.map((change) => (change.id === DEFAULT_ID ? { ...change, created: 0, gone: 0 } : change)),

  /** The directory is asked before the write. */
  async prepare(call, _account, properties): Promise<Settings> {
    const settings = settingsOf(properties);
    if (!(await call.deps.directory.maySendAs(call.user.id, settings.email))) {
      throw new SetFailure('forbiddenFrom', `You may not send as ${settings.email}`);
    }
    return settings;
  },

  create(draft, properties, { call }, prepared) {
    if (identities(call.user, draft).size >= MAX_IDENTITIES) {
      throw new SetFailure('overQuota', `At most ${MAX_IDENTITIES} identities`);
    }
    const id = randomName(call.deps.random, 20);
    draft.putObject(IDENTITY, id, prepared);
    const defaults = Object.entries(prepared as Settings).filter(([name]) => properties[name] === undefined);
    return { id, ...Object.fromEntries(defaults), mayDelete: true };
  },

  update(draft, id, patch, { call }) {
    const before = identities(call.user, draft).get(id);
    if (before === undefined) throw notFound(id);
    // Whole objects come back with what the server has set (RFC 8620 section 5.3).
    const fixed = ['id', 'email', 'mayDelete'] as const;
    const changed = fixed.filter((name) => patch[name] !== undefined && patch[name] !== before[name]);
    if (changed.length > 0) throw invalidProperties(changed, `${changed.join(', ')} cannot be changed`);
    const { id: _, mayDelete: __, ...after } = patched({ ...before }, patch);
    // A removed `email` is no address any more.
    draft.putObject(IDENTITY, id, settingsOf(after));
    return null;
  },

  destroy(draft, id) {
    if (id === DEFAULT_ID) throw new SetFailure('forbidden', 'The identity of the account’s own address stays');
    if (draft.object(IDENTITY, id) === undefined) throw notFound(id);
    draft.deleteObject(IDENTITY, id);
  },
};

function settingsOf(properties: Readonly<Record<string, unknown>>): Settings {
  const parsed = SETTINGS.safeParse(properties);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues;
  const names = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [String(issue.path[0])],
  );
  throw invalidProperties([...new Set(names)], `${names[0]}: ${issues[0]!.message}`);
}
