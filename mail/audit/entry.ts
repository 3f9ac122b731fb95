import * as z from 'zod';

/** Who did something. 'nobody': somebody who had not signed in (who asks for a reset, who signs up). */
export const actorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token') }),
  z.object({
    kind: z.literal('account'),
    id: z.string(),
    address: z.string(),
    /** The role that he had then. */
    role: z.enum(['server', 'tenant', 'domain']).optional(),
  }),
  z.object({ kind: z.literal('nobody') }),
]);
export type Actor = z.infer<typeof actorSchema>;

export const entrySchema = z.object({
  v: z.literal(1),
  /** Milliseconds since 1970. */
  time: z.number(),
  actor: actorSchema,
  /** Of what and what: `account.set`, `app-password.add`. */
  action: z.string(),
  /** An address, a domain, a setting's name, a queue entry's id ... */
  target: z.string().optional(),
  /** Whose it is. Absent: the server's. */
  tenant: z.string().optional(),
  /** Absent: that of a target that is an address. */
  domain: z.string().optional(),
  /** What was asked for, and what was there before. Never a secret. */
  detail: z.record(z.string(), z.unknown()).optional(),
  before: z.unknown().optional(),
  /** The client's. */
  address: z.string().optional(),
  /** As the answer's X-Request-Id says. */
  request: z.string().optional(),
  /** `begun`: it was about to be done, and nothing says how it ended. `refused` and `failed`: nothing, or not all, was done. */
  outcome: z.enum(['begun', 'done', 'refused', 'failed']),
  /** Why it was refused. */
  reason: z.string().optional(),
});
export type Entry = z.infer<typeof entrySchema>;

/** What is recorded of something that somebody does. */
export type Deed = Omit<Entry, 'v' | 'time' | 'outcome' | 'reason'>;

const HIDDEN = '(hidden)';
const SECRET = /pass(word|phrase)?$|secret|token|code|credential|private/i;
/** Bytes of JSON; of more only the beginning is kept. */
const MOST = 16_384;

/** The same without what stands under the name of a secret, at any depth, and not too long. */
export function withoutSecrets(value: unknown): unknown {
  const clean = hide(value);
  const text = JSON.stringify(clean) ?? '';
  return text.length <= MOST ? clean : { beginning: text.slice(0, MOST) };
}

function hide(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hide);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      const secret = SECRET.test(name) && each !== undefined && each !== null && typeof each !== 'boolean';
      return [name, secret ? HIDDEN : hide(each)];
    }),
  );
}
