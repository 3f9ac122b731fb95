import type { Node } from 'constructs';

/** What `-c key=value` on the command line decides. Everything else about a deployment follows from the code. */
export interface Settings {
  /** Prefix of every stack and resource; two names are two independent installations. @default 'postern' */
  readonly name: string;
  /** The first mail domain; the servers are called `mail.<domain>`. @default 'example.com' */
  readonly domain: string;
  /** Availability zones that the load balancer and the tasks stand in. @default 2; 1 when `combined` */
  readonly zones: 1 | 2;
  /** Direct delivery to other servers' port 25, from a network of its own with a fixed address. @default false */
  readonly mx: boolean;
  /** One task with both programs on the five most used ports, for the lowest floor cost. @default false */
  readonly combined: boolean;
  /** Ask SES for a domain identity and print its DKIM records. @default true */
  readonly ses: boolean;
  /** X-Ray traces of every function. @default false */
  readonly tracing: boolean;
  /** Address that alarms are mailed to; not one that this installation serves. @default none */
  readonly alarms?: string;
  /** Name of the web site; needs `webCertificate`. @default CloudFront's own name */
  readonly webHost?: string;
  /** ARN of an ACM certificate in us-east-1 for `webHost`. */
  readonly webCertificate?: string;
}

/** The command line asked for something that cannot be built. The message is one plain line for the operator. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const KEYS = [
  'name',
  'domain',
  'az',
  'mx',
  'combined',
  'ses',
  'tracing',
  'alarms',
  'webHost',
  'webCertificate',
] as const;

/** Reads and checks the CDK context. Throws `SettingsError`. */
export function settingsFrom(node: Node): Settings {
  const given = new Map(KEYS.map((key) => [key, text(node.tryGetContext(key))]));
  const name = given.get('name') ?? 'postern';
  if (!/^[a-z][a-z0-9-]{0,23}$/.test(name)) {
    throw new SettingsError(`-c name=${name}: use at most 24 lower-case letters, digits and hyphens, a letter first`);
  }
  const domain = given.get('domain') ?? 'example.com';
  if (!isDomain(domain)) throw new SettingsError(`-c domain=${domain}: use a domain name such as example.com`);
  const zones = given.get('az') ?? (given.get('combined') === 'true' ? '1' : '2');
  if (zones !== '1' && zones !== '2') throw new SettingsError(`-c az=${zones}: use 1 or 2`);
  const alarms = given.get('alarms');
  if (alarms !== undefined && !/^[^@\s]+@[^@\s]+$/.test(alarms)) {
    throw new SettingsError(`-c alarms=${alarms}: use a mail address outside this installation`);
  }
  const webHost = given.get('webHost');
  const webCertificate = given.get('webCertificate');
  if ((webHost === undefined) !== (webCertificate === undefined)) {
    throw new SettingsError('-c webHost and -c webCertificate belong together: give both or neither');
  }
  if (webHost !== undefined && !isDomain(webHost)) {
    throw new SettingsError(`-c webHost=${webHost}: use a host name such as webmail.example.com`);
  }
  if (webCertificate !== undefined && !/^arn:[a-z-]+:acm:us-east-1:\d{12}:certificate\//.test(webCertificate)) {
    throw new SettingsError('-c webCertificate: CloudFront takes only the ARN of an ACM certificate in us-east-1');
  }
  return {
    name,
    domain,
    zones: zones === '1' ? 1 : 2,
    mx: flag('mx', given.get('mx'), false),
    combined: flag('combined', given.get('combined'), false),
    ses: flag('ses', given.get('ses'), true),
    tracing: flag('tracing', given.get('tracing'), false),
    ...(alarms === undefined ? {} : { alarms }),
    ...(webHost === undefined || webCertificate === undefined ? {} : { webHost, webCertificate }),
  };
}

/** The name that the servers give themselves, in banners, EHLO and trace headers. */
export function hostname(settings: Settings): string {
  return `mail.${settings.domain}`;
}

function text(value: unknown): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : String(value);
}

function flag(key: string, value: string | undefined, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (value !== 'true' && value !== 'false') throw new SettingsError(`-c ${key}=${value}: use true or false`);
  return value === 'true';
}

function isDomain(value: string): boolean {
  return (
    value.length <= 253 &&
    value.includes('.') &&
    value.split('.').every((l) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(l))
  );
}
