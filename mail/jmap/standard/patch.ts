import { SetFailure } from '../errors.ts';

/**
 * Applies a PatchObject (RFC 8620 section 5.3): each key is a path into the object (RFC 6901 without the first slash), `null` removes
 * or sets back to `defaults`. Gives the new object; throws a `SetFailure` (`invalidPatch`).
 */
export function patched(
  object: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const paths = Object.keys(patch);
  for (const path of paths) {
    if (paths.some((other) => other.startsWith(`${path}/`))) {
      throw invalidPatch(`${path} is changed as a whole and in part`);
    }
  }
  const result = { ...object };
  for (const [path, value] of Object.entries(patch)) {
    const steps = path.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    put(result, steps, value, path);
  }
  return result;
}

function put(object: Record<string, unknown>, steps: readonly string[], value: unknown, path: string): void {
  const [step, ...rest] = steps as [string, ...string[]];
  if (step === '__proto__') throw invalidPatch(`${path} is no property`);
  if (rest.length === 0) {
    if (value === null) delete object[step];
    else object[step] = value;
    return;
  }
  const inner = object[step];
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) {
    throw invalidPatch(`${path}: there is nothing that could be changed in part`);
  }
  const copy = { ...(inner as Record<string, unknown>) };
  object[step] = copy;
  put(copy, rest, value, path);
}

function invalidPatch(description: string): SetFailure {
  return new SetFailure('invalidPatch', description);
}
