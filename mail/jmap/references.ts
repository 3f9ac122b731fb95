import { MethodError } from './errors.ts';

/** What a method answered: name, arguments, and the id of the call (RFC 8620 section 3.2). */
export type Invocation = readonly [name: string, args: Readonly<Record<string, unknown>>, callId: string];

/** The same call's arguments, each `#name` replaced by what an earlier answer holds (RFC 8620 section 3.7). */
export function resolveReferences(
  args: Readonly<Record<string, unknown>>,
  answers: readonly Invocation[],
): Readonly<Record<string, unknown>> {
  const resolved: [string, unknown][] = [];
  for (const [key, value] of Object.entries(args)) {
    if (!key.startsWith('#')) {
      resolved.push([key, value]);
      continue;
    }
    const name = key.slice(1);
    if (Object.hasOwn(args, name)) {
      throw new MethodError('invalidArguments', `${name} is given twice: as a value and as a result reference`);
    }
    resolved.push([name, referenced(value, answers, name)]);
  }
  return Object.fromEntries(resolved);
}

/** The same within a filter that is one condition: for requests that use `REFERENCES_URN` (docs/jmap.md). */
export function resolveFilter(
  args: Readonly<Record<string, unknown>>,
  answers: readonly Invocation[],
): Readonly<Record<string, unknown>> {
  const { filter } = args;
  if (typeof filter !== 'object' || filter === null) return args;
  return { ...args, filter: resolveReferences(filter as Readonly<Record<string, unknown>>, answers) };
}

function referenced(reference: unknown, answers: readonly Invocation[], argument: string): unknown {
  const { resultOf, name, path } = (reference ?? {}) as { resultOf?: unknown; name?: unknown; path?: unknown };
  if (typeof resultOf !== 'string' || typeof name !== 'string' || typeof path !== 'string') {
    throw new MethodError('invalidArguments', `#${argument} must have the strings resultOf, name and path`);
  }
  // The first with that id, whose name must fit.
  const answer = answers.find(([, , callId]) => callId === resultOf);
  if (answer === undefined || answer[0] !== name) {
    throw new MethodError('invalidResultReference', `#${argument}: there is no answer ${name} to the call ${resultOf}`);
  }
  if (path !== '' && !path.startsWith('/')) {
    throw new MethodError('invalidResultReference', `#${argument}: a path begins with /`);
  }
  const steps = path === '' ? [] : path.slice(1).split('/').map(unescaped);
  return follow(answer[1], steps, 0, argument);
}

/** RFC 6901, and `*` for each of a list, lists in lists made one. */
function follow(value: unknown, steps: readonly string[], at: number, argument: string): unknown {
  const step = steps[at];
  if (step === undefined) return value;
  if (Array.isArray(value)) {
    if (step === '*') {
      return value.flatMap((one) => follow(one, steps, at + 1, argument));
    }
    if (/^(0|[1-9]\d{0,8})$/.test(step) && Number(step) < value.length) {
      return follow(value[Number(step)], steps, at + 1, argument);
    }
  } else if (typeof value === 'object' && value !== null && Object.hasOwn(value, step)) {
    return follow((value as Record<string, unknown>)[step], steps, at + 1, argument);
  }
  throw new MethodError(
    'invalidResultReference',
    `#${argument}: the answer has nothing at /${steps.slice(0, at + 1).join('/')}`,
  );
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
