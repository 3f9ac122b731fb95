import type { Readable } from 'node:stream';
import type { Client } from './client.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** What stands for its value in the usage line. */
  readonly value?: string;
  readonly help: string;
}

export interface Context {
  readonly client: Client;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly stdin: Readable;
  /** Prints `data` as JSON with --json, else as `text` does it. */
  readonly print: (data: unknown, text: () => string) => void;
  /** A line on stderr for people, about how far it is. Not with --json. */
  readonly note: (line: string) => void;
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
  readonly options?: Readonly<Record<string, Option>>;
  run(context: Context): Promise<void>;
}

export function option(context: Context, name: string): string | undefined {
  const value = context.options[name];
  return typeof value === 'string' ? value : undefined;
}

export function enc(part: string): string {
  return encodeURIComponent(part);
}
