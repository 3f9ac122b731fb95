import * as z from 'zod';

/** What an account administers: everything, its tenant, or domains of its tenant. */
export const roleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('server') }),
  z.strictObject({ kind: z.literal('tenant') }),
  z.strictObject({ kind: z.literal('domain'), domains: z.array(z.string()).min(1).max(1_000) }),
]);
export type Role = z.infer<typeof roleSchema>;

const RANK = { server: 3, tenant: 2, domain: 1 } as const;

/**
 * Whether who has `role` may change an account that has `other`, or give it: only what is below him, so that nobody takes over
 * an account that may do more than he. Who administers the server may all.
 */
export function outranks(role: Role, other: Role | undefined): boolean {
  return role.kind === 'server' || RANK[role.kind] > (other === undefined ? 0 : RANK[other.kind]);
}

/** Whether it administers a whole tenant at least. */
export function administers(role: Role | undefined): boolean {
  return role !== undefined && role.kind !== 'domain';
}
