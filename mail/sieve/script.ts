/** Where something begins in a script; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A script that is none, or does what it must not: what is wrong, and where. */
export class SieveError extends Error {
  override readonly name = 'SieveError';
  readonly at: Place;

  constructor(at: Place, message: string) {
    super(message);
    this.at = at;
  }
}

/** An argument as it is written (RFC 5228 section 2.6). */
export type Argument =
  | { readonly kind: 'strings'; readonly at: Place; readonly values: readonly string[]; readonly isList: boolean }
  | { readonly kind: 'number'; readonly at: Place; readonly value: number }
  /** Lower case, without the colon. */
  | { readonly kind: 'tag'; readonly at: Place; readonly name: string };

/** A command or a test as it is written (RFC 5228 section 8.2), its name in lower case. */
export interface Node {
  readonly name: string;
  readonly at: Place;
  readonly args: readonly Argument[];
  /** The one test, or those of a list. */
  readonly tests: readonly Node[];
  /** Whether the tests stand in parentheses. */
  readonly isTestList: boolean;
  /** Of a command that has one. */
  readonly block: readonly Node[] | undefined;
}
