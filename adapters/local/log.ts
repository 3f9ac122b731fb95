/** The log on stderr: one JSON object a line. */
import type { Log } from '../../mail/ports/index.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** Whether `value` names a level (for POSTERN_LOG). */
export function isLogLevel(value: string): value is LogLevel {
  return (LEVELS as readonly string[]).includes(value);
}

/** A log that leaves out what is below `level`. `write` takes whole lines, their line feed included. */
export function localLog(level: LogLevel, write: (line: string) => void = (line) => process.stderr.write(line)): Log {
  const lowest = LEVELS.indexOf(level);
  const at =
    (name: LogLevel) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (LEVELS.indexOf(name) < lowest) return;
      write(`${JSON.stringify({ time: new Date().toISOString(), level: name, event, ...fields }, plain)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Errors and big integers have no JSON of their own. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? String(value);
  return typeof value === 'bigint' ? String(value) : value;
}
