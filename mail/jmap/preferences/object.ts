import * as z from 'zod';
import type { Draft, State } from '../../account/types.ts';
import { DEFAULTS, type Preferences } from './defaults.ts';

/** The account's objects of this type, one for each property that is not as by default: a change writes only what it changes. */
export const PREFERENCES = 'Preferences';

/** In all, as JSON, in bytes: they are in the snapshot of the account. */
export const MAX_PREFERENCES = 64 * 1024;

const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !/[\x00-\x1f\x7f]/.test(text), 'no control characters');

const names = (most: number) => z.record(line(most), z.literal(true));

const TABLE = {
  locale: z
    .string()
    .max(35)
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'not a language tag')
    .nullable(),
  theme: z.enum(['auto', 'light', 'dark']),
  density: z.enum(['cosy', 'compact']),
  conversations: z.boolean(),
  shortcuts: z.boolean(),
  markReadAfter: z.union([z.int().min(0).max(60), z.literal('never')]),
  undoSeconds: z.int().min(0).max(60),
  composeFormat: z.enum(['html', 'plain']),
  signatureUse: z.enum(['always', 'new', 'never']),
  defaultIdentity: line(255),
  spelling: z.boolean(),
  dictionary: names(100),
  templates: z.record(
    z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'not an id'),
    z.strictObject({ name: line(200), subject: z.string().max(500), html: z.string().max(32 * 1024) }),
  ),
  remoteImages: z.enum(['ask', 'always']),
  trustedSenders: names(320),
  notifyAbout: z.enum(['none', 'inbox', 'all']),
  notifyPreview: z.boolean(),
} satisfies { [K in keyof Preferences]: z.ZodType<Preferences[K]> };

/** As a client gives them, whole. */
export const SCHEMA = z.strictObject(TABLE);
export const NAMES = Object.keys(TABLE) as (keyof Preferences)[];

export function preferencesOf(state: State): Preferences {
  return { ...DEFAULTS, ...Object.fromEntries(state.objects(PREFERENCES)) };
}

/** What is as by default is not kept: a later release may choose better. */
export function putPreferences(draft: Draft, after: Preferences): void {
  const kept = draft.objects(PREFERENCES);
  for (const name of NAMES) {
    const text = JSON.stringify(after[name]);
    if (text === JSON.stringify(kept.get(name))) continue;
    if (text !== JSON.stringify(DEFAULTS[name])) draft.putObject(PREFERENCES, name, after[name]);
    else if (kept.has(name)) draft.deleteObject(PREFERENCES, name);
  }
}
