import { z } from 'zod';
import { isLogLevel, type LogLevel } from '../../adapters/local/index.ts';

/** What the environment says to a program that listens (docs: README, "Settings of the process"). */
export interface Environment {
  readonly home: string;
  readonly bind: string;
  readonly portBase: number;
  readonly hostname: string;
  readonly demo: boolean;
  readonly resolver: string | undefined;
  readonly mxPort: number;
  readonly log: LogLevel;
  readonly proxy: boolean;
}

const switched = z.enum(['0', '1']).transform((value) => value === '1');
const port = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .refine((value) => value >= low && value <= high);

const VARIABLES = {
  POSTERN_HOME: [z.string().min(1).default('./.postern'), 'the path of a directory'],
  POSTERN_BIND: [z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'), 'an IP address'],
  POSTERN_PORT_BASE: [port(0, 50_000).default(10_000), 'a number from 0 to 50000'],
  POSTERN_HOSTNAME: [
    z
      .string()
      .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i)
      .default('mail.example.test'),
    'a host name',
  ],
  POSTERN_DEMO: [switched.default(true), '0 or 1'],
  POSTERN_RESOLVER: [z.string().min(1).optional(), 'host:port of a DNS server'],
  POSTERN_MX_PORT: [port(1, 65_535).default(25), 'a port'],
  POSTERN_LOG: [
    z
      .string()
      .refine(isLogLevel)
      .transform((level) => level as LogLevel)
      .default('info'),
    'debug, info, warn or error',
  ],
  POSTERN_PROXY: [switched.default(false), '0 or 1'],
} as const;

/** Reads the variables. Throws an Error of one plain line where one is wrong. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const read = <K extends keyof typeof VARIABLES>(name: K): z.infer<(typeof VARIABLES)[K][0]> => {
    const [schema, meaning] = VARIABLES[name];
    // Set but empty is how a shell says "not set".
    const parsed = schema.safeParse(variables[name] === '' ? undefined : variables[name]);
    if (!parsed.success) throw new Error(`${name} is "${variables[name]}": it must be ${meaning}`);
    return parsed.data as z.infer<(typeof VARIABLES)[K][0]>;
  };
  return {
    home: read('POSTERN_HOME'),
    bind: read('POSTERN_BIND'),
    portBase: read('POSTERN_PORT_BASE'),
    hostname: read('POSTERN_HOSTNAME'),
    demo: read('POSTERN_DEMO'),
    resolver: read('POSTERN_RESOLVER'),
    mxPort: read('POSTERN_MX_PORT'),
    log: read('POSTERN_LOG'),
    proxy: read('POSTERN_PROXY'),
  };
}
