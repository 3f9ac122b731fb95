import type * as z from 'zod';
import type { AccountInfo } from '../directory/types.ts';
import { isTransient } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { REFERENCES_URN } from './capabilities.ts';
import { MethodError } from './errors.ts';
import { type Answer, type Answers, Call, type JmapDeps, type Method } from './method.ts';
import { METHODS } from './methods/table.ts';
import { type Invocation, resolveFilter, resolveReferences } from './references.ts';
import type { JmapRequest } from './request.ts';

/** RFC 8620 section 3.4. */
export interface JmapResponse {
  readonly methodResponses: readonly Invocation[];
  readonly createdIds?: Readonly<Record<string, string>>;
  readonly sessionState: string;
}

/** Runs the calls of a request one after another; each answers or fails by itself. `sessionStateFor` may open what they will use. */
export async function runRequest(
  deps: JmapDeps,
  user: AccountInfo,
  request: JmapRequest,
  sessionStateFor: (call: Call) => Promise<string>,
): Promise<JmapResponse> {
  const using = new Set(request.using);
  const call = new Call(deps, user, Object.entries(request.createdIds ?? {}), using);
  const sessionState = await sessionStateFor(call);
  const methodResponses: Invocation[] = [];
  for (const [name, args, callId] of request.methodCalls) {
    methodResponses.push(...(await runCall(call, using, methodResponses, name, args, callId)));
  }
  const createdIds = request.createdIds === undefined ? {} : { createdIds: Object.fromEntries(call.created) };
  return { methodResponses, ...createdIds, sessionState };
}

async function runCall(
  call: Call,
  using: ReadonlySet<string>,
  before: readonly Invocation[],
  name: string,
  given: Readonly<Record<string, unknown>>,
  callId: string,
): Promise<readonly Invocation[]> {
  try {
    const method = METHODS.get(name);
    if (method === undefined || !using.has(method.capability)) {
      throw new MethodError('unknownMethod', `There is no method ${name} in the capabilities that the request uses`);
    }
    const resolved = resolveReferences(given, before);
    const args = checked(method, using.has(REFERENCES_URN) ? resolveFilter(resolved, before) : resolved);
    call.capability = method.capability;
    const answers = await method.run(call, args);
    return isList(answers)
      ? answers.map(([named, answer]) => [named, answer, callId] as const)
      : [[name, answers, callId]];
  } catch (error) {
    return [['error', failure(call.deps, name, error), callId]];
  }
}

function isList(answers: Answer | Answers): answers is Answers {
  return Array.isArray(answers);
}

function checked(method: Method, args: Readonly<Record<string, unknown>>): unknown {
  const parsed = (method.args as z.ZodType).safeParse(args);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('/')}: `;
  throw new MethodError('invalidArguments', `${where}${issue?.message ?? 'not what it must be'}`);
}

/** RFC 8620 section 3.6.2. A bug tells the client nothing of what happened inside. */
function failure(deps: JmapDeps, name: string, error: unknown): Record<string, unknown> {
  if (error instanceof MethodError) return { type: error.type, description: error.message };
  if (error instanceof Refused && error.code === 'noperm') return { type: 'forbidden', description: error.message };
  if (isTransient(error) || error instanceof Refused) {
    return { type: 'serverUnavailable', description: 'The store does not answer; try again later' };
  }
  deps.log.error('jmap.method', { method: name, error: String(error), stack: (error as Error).stack });
  return { type: 'serverFail', description: 'Internal error; it has been logged' };
}
