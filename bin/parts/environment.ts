import * as z from 'zod';
import { isLogLevel, type LogLevel } from '../../adapters/local/index.ts';

/** What the environment says to a program that listens (docs: README, "Settings of the process"). */
export interface ListenEnvironment {
  readonly bind: string;
  readonly portBase: number;
  readonly proxy: boolean;
}

/** To the program that is the whole system. */
export interface Environment extends ListenEnvironment {
  readonly home: string;
  readonly hostname: string;
  readonly demo: boolean;
  readonly resolver: string | undefined;
  readonly mxPort: number;
  readonly log: LogLevel;
}

/** To a program on AWS, besides where the rest of the deployment is (lib/constructs/mail-service.ts sets them). */
export interface ServiceEnvironment extends ListenEnvironment {
  /** Standard ports to listen on; undefined: all of the program. */
  readonly ports: readonly number[] | undefined;
  /** ARN of the secret that holds certificate and key. */
  readonly tlsSecret: string;
  /** ARN of the secret that CloudFront proves itself with; undefined: the program serves nothing behind it. */
  readonly frontSecret: string | undefined;
  readonly healthPort: number;
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
  POSTERN_PORTS: [
    z
      .string()
      .regex(/^\d{1,5}(,\d{1,5})*$/)
      .transform((list) => list.split(',').map(Number))
      .optional(),
    'standard ports with commas between them, such as 25,465,587',
  ],
  POSTERN_TLS_SECRET: [z.string().startsWith('arn:'), 'the ARN of a secret'],
  POSTERN_FRONT_SECRET: [z.string().startsWith('arn:').optional(), 'the ARN of a secret'],
  POSTERN_HEALTH_PORT: [port(1, 65_535), 'a port'],
} as const;

type Variables = Readonly<Record<string, string | undefined>>;
type Name = keyof typeof VARIABLES;

/** Gives what reads one variable, and throws an Error of one plain line where it is wrong. */
function reader(variables: Variables): <K extends Name>(name: K) => z.infer<(typeof VARIABLES)[K][0]> {
  return <K extends Name>(name: K) => {
    const [schema, meaning] = VARIABLES[name];
    // Set but empty is how a shell says "not set".
    const value = variables[name] === '' ? undefined : variables[name];
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data as z.infer<(typeof VARIABLES)[K][0]>;
    throw new Error(`${name} is ${value === undefined ? 'not set' : `"${value}"`}: it must be ${meaning}`);
  };
}

function listening(read: ReturnType<typeof reader>): ListenEnvironment {
  return { bind: read('POSTERN_BIND'), portBase: read('POSTERN_PORT_BASE'), proxy: read('POSTERN_PROXY') };
}

/** Reads the variables of the program that is the whole system. Throws an Error of one plain line where one is wrong. */
export function readEnvironment(variables: Variables): Environment {
  const read = reader(variables);
  return {
    ...listening(read),
    home: read('POSTERN_HOME'),
    hostname: read('POSTERN_HOSTNAME'),
    demo: read('POSTERN_DEMO'),
    resolver: read('POSTERN_RESOLVER'),
    mxPort: read('POSTERN_MX_PORT'),
    log: read('POSTERN_LOG'),
  };
}

/** Reads the variables of a program on AWS. Throws an Error of one plain line where one is missing or wrong. */
export function readServiceEnvironment(variables: Variables): ServiceEnvironment {
  const read = reader(variables);
  return {
    ...listening(read),
    ports: read('POSTERN_PORTS'),
    tlsSecret: read('POSTERN_TLS_SECRET'),
    frontSecret: read('POSTERN_FRONT_SECRET'),
    healthPort: read('POSTERN_HEALTH_PORT'),
  };
}
