import { PREFERENCES_URN } from '../capabilities.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import type { Readable } from '../standard/get.ts';
import { patched } from '../standard/patch.ts';
import { notFound, type Settable } from '../standard/set.ts';
import { DEFAULTS, type Preferences } from './defaults.ts';
import { MAX_PREFERENCES, NAMES, PREFERENCES, preferencesOf, putPreferences, SCHEMA } from './object.ts';

const SINGLETON = 'singleton';

/** Preferences (docs/jmap.md): one object, which is always there. It has no /changes. */
export const preferencesType: Readable & Settable = {
  name: PREFERENCES,
  capability: PREFERENCES_URN,
  properties: ['id', ...NAMES],

  ids: () => [SINGLETON],

  async load(_call, { state }, ids) {
    return new Map(ids.filter((id) => id === SINGLETON).map((id) => [id, { id, ...preferencesOf(state) }]));
  },

  create() {
    throw new SetFailure('singleton', 'There is one object of preferences, and it is there already: update it');
  },

  update(draft, id, patch) {
    if (id !== SINGLETON) throw notFound(id);
    const { id: given, ...after } = patched({ id, ...preferencesOf(draft) }, patch);
    if (given !== id) throw invalidProperties(['id'], 'The id cannot be changed');
    putPreferences(draft, checked({ ...DEFAULTS, ...after }));
    return null;
  },

  destroy(_draft, id) {
    if (id !== SINGLETON) throw notFound(id);
    throw new SetFailure('singleton', 'The preferences stay: set their properties to null');
  },
};

function checked(properties: Readonly<Record<string, unknown>>): Preferences {
  const parsed = SCHEMA.safeParse(properties);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const path = issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : issue.path.map(String);
    throw invalidProperties([path[0]!], `${path.join('/')}: ${issue.message}`);
  }
  const size = Buffer.byteLength(JSON.stringify(parsed.data));
  if (size > MAX_PREFERENCES) {
    throw new SetFailure('overQuota', `At most ${MAX_PREFERENCES} bytes in all: words and templates make room`);
  }
  return parsed.data;
}
