import { DEFAULTS, type Preferences } from '../../../mail/jmap/preferences/defaults.ts';

/** Changes by path, as JMAP takes them (RFC 8620 section 5.3): `theme`, `dictionary/word`. Null: back to the default, or out of a set. */
export type Patch = Readonly<Record<string, unknown>>;

/** Whether images of a sender are shown unasked: by his address, or his domain. */
export function isTrustedBy({ trustedSenders }: Preferences, address: string): boolean {
  const sender = address.toLowerCase();
  return Object.hasOwn(trustedSenders, sender) || Object.hasOwn(trustedSenders, sender.slice(sender.lastIndexOf('@')));
}

/** A name as a step of a path (RFC 6901 section 3). */
export function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What a patch makes of them; pure. */
export function applied(before: Preferences, patch: Patch): Preferences {
  const after: Record<string, unknown> = { ...before };
  for (const [path, value] of Object.entries(patch)) {
    const [name, step] = path.split('/').map((one) => one.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (step === undefined) {
      after[name!] = value ?? DEFAULTS[name as keyof Preferences];
      continue;
    }
    const set = { ...(after[name!] as Record<string, unknown>) };
    if (value === null) delete set[step];
    else set[step] = value;
    after[name!] = set;
  }
  return after as unknown as Preferences;
}
