import type { Place } from './script.ts';

/** A string, strings, a number, or a tag alone. */
export type Value = string | readonly string[] | number | true;

/** A command or test whose arguments were checked: what a program that runs the script reads. */
export interface Step {
  readonly name: string;
  readonly at: Place;
  readonly tags: ReadonlyMap<string, Value>;
  /** As its signature says; one that may be left out, and is, is undefined. */
  readonly values: readonly (Value | undefined)[];
  readonly tests: readonly Step[];
  readonly block: readonly Step[];
  /** Extensions that it needs and the script does not require: a test of `ihave` must have found them (RFC 5463 section 4). */
  readonly needs?: readonly string[];
  /** Why it cannot be run, where only running it is an error. */
  readonly refused?: string;
}

/** A script that may be run. */
export interface Program {
  /** All that it requires, and what that implies. */
  readonly extensions: ReadonlySet<string>;
  readonly steps: readonly Step[];
}
