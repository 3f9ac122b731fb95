import type { Log } from '../../mail/ports/index.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/**
 * One JSON object a line on standard output, as CloudWatch Logs takes it from Lambda and Fargate.
 * `level`: the least that is written. `fields`: said on every line, for example the function's name.
 */
export function jsonLog(
  options: {
    readonly level?: Level;
    readonly fields?: Readonly<Record<string, unknown>>;
    readonly write?: (line: string) => void;
  } = {},
): Log {
  const least = LEVELS.indexOf(options.level ?? 'info');
  const write = options.write ?? ((line) => process.stdout.write(line));
  const at =
    (level: Level) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (LEVELS.indexOf(level) < least) return;
      const line = { time: new Date().toISOString(), level, event, ...options.fields, ...fields };
      write(`${JSON.stringify(line, plain)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Makes of an Error what a reader needs, and of a bigint a number's text. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  return typeof value === 'bigint' ? String(value) : value;
}
