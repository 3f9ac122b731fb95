/** What a method refused, or a /set of one object, in the server's words. */
export class MethodError extends Error {
  readonly type: string;

  constructor({ type, description }: { readonly type: string; readonly description?: string }) {
    super(description ?? type);
    this.type = type;
  }
}

/** Of a /set, by what was to be changed (RFC 8620 section 5.3). */
export type Refusals = Readonly<Record<string, { readonly type: string; readonly description?: string }>> | null;

/** Throws the first refusal as a `MethodError`, in the server's words. */
export function throwRefused(...all: readonly (Refusals | undefined)[]): void {
  for (const refusals of all) for (const refusal of Object.values(refusals ?? {})) throw new MethodError(refusal);
}
