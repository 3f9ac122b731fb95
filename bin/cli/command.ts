import type { Readable } from 'node:stream';
import type { Client } from './client.ts';
import type { Progress } from './progress.ts';
import type { Piece } from './text.ts';

/** What stands in an operand or an option's value, so that a shell can offer it. `file` is left to the shell. */
export type Kind =
  | 'domain'
  | 'account'
  | 'alias'
  | 'group'
  | 'tenant'
  | 'setting'
  | 'queue'
  | 'file'
  | { readonly words: readonly string[] };

export interface Option {
  readonly type: 'string' | 'boolean';
  /** One letter: `-d`. */
  readonly short?: string;
  readonly multiple?: boolean;
  /** What stands for its value in the usage line. */
  readonly value?: string;
  readonly help: string;
  readonly complete?: Kind;
}

export interface Context {
  readonly client: Client;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly stdin: Readable;
  /** Prints `data` as JSON with --json, else as `text` does it. */
  readonly print: (data: unknown, text: () => Piece | readonly Piece[]) => void;
  /** Bytes of a document on stdout, just as they are. */
  readonly write: (text: string) => void;
  /** How far long work is; seen on a terminal only. */
  readonly progress: Progress;
}

/** One command of the CLI. */
export interface Command {
  /** `domain add` */
  readonly name: string;
  /** Its operands, for the usage line. */
  readonly operands: string;
  readonly min: number;
  /** @default min */
  readonly max?: number;
  readonly help: string;
  /** Whole command lines, as they are typed. */
  readonly examples?: readonly string[];
  readonly options?: Readonly<Record<string, Option>>;
  /** Of each operand; the last one stands for all that follow. */
  readonly complete?: readonly Kind[];
  /** Destroys something: what is asked on a terminal before it runs, unless --yes is given. */
  readonly confirm?: (args: readonly string[], options: Context['options']) => string;
  run(context: Context): Promise<void>;
}

export function option(context: Context, name: string): string | undefined {
  const value = context.options[name];
  return typeof value === 'string' ? value : undefined;
}

export function enc(part: string): string {
  return encodeURIComponent(part);
}

/** Options that many commands have, the same in each. */
export const DOMAIN_OPTION: Option = {
  type: 'string',
  short: 'd',
  value: 'D',
  help: 'Of one domain only',
  complete: 'domain',
};
