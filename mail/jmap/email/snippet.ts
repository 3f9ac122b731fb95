import * as z from 'zod';
import { emailNumber, type StoredEmail } from '../../account/types.ts';
import { NotFound } from '../../ports/index.ts';
import { htmlText } from '../../search/text.ts';
import type { WordQuery } from '../../search/words.ts';
import { MAIL } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import { type Call, ID, type Method, method } from '../method.ts';
import { inParallel } from '../parallel.ts';
import { LIMITS } from '../request.ts';
import { type Filter, parseFilter } from '../standard/query.ts';
import { bodiesOf } from './bodies.ts';
import { visiblePlacements } from './facts.ts';
import { CONDITION, type Condition } from './filter.ts';
import { find, marked } from './highlight.ts';
import { listed } from './listed.ts';
import { storedSource } from './source.ts';
import { bodyStructure, isTextPart } from './structure.ts';
import { bodyValue } from './values.ts';
import { queriesOf } from './words.ts';

/** RFC 8621 section 5: bytes. */
const PREVIEW_BYTES = 255;
/** Bytes of a part's text that are looked into. */
const TEXT_BYTES = 256 * 1024;
const AT_ONCE = 8;

/** What is to be marked, and where. */
interface Words {
  readonly subject: readonly WordQuery[];
  readonly body: readonly WordQuery[];
}

/** SearchSnippet/get (RFC 8621 section 5.1). */
export const searchSnippets: Method = method({
  capability: MAIL,
  args: z.strictObject({ accountId: z.string(), filter: z.unknown(), emailIds: z.array(ID) }),
  async run(call, { accountId, filter, emailIds }) {
    const account = await call.account(accountId);
    const words = wordsIn(parseFilter(filter, CONDITION));
    if (emailIds.length > LIMITS.maxObjectsInGet) {
      throw new MethodError('requestTooLarge', `At most ${LIMITS.maxObjectsInGet} emails at once`);
    }
    const ids = [...new Set(emailIds.map((id) => call.idOf(id) ?? id))];
    const numbers = ids.flatMap((id) => {
      const number = emailNumber(id);
      return number === undefined || visiblePlacements(account.state, number).length === 0 ? [] : [number];
    });
    const stored = await account.emails(numbers);
    const found = new Map<string, object>();
    await inParallel(ids, AT_ONCE, async (id) => {
      const email = stored.get(emailNumber(id) ?? -1);
      const said = email === undefined ? undefined : await snippet(call, email, words);
      if (said !== undefined) found.set(id, { emailId: id, ...said });
    });
    const notFound = ids.filter((id) => !found.has(id));
    return {
      accountId,
      list: ids.flatMap((id) => found.get(id) ?? []),
      notFound: notFound.length === 0 ? null : notFound,
    };
  },
});

/** The words of the conditions that an email fits by; not what it must not hold. */
function wordsIn(filter: Filter<Condition> | undefined): Words {
  if (filter === undefined) return { subject: [], body: [] };
  if ('operator' in filter) {
    const inner = filter.operator === 'NOT' ? [] : filter.conditions.map(wordsIn);
    return { subject: inner.flatMap(({ subject }) => subject), body: inner.flatMap(({ body }) => body) };
  }
  const { text, subject, body } = filter;
  const words = (given: string | undefined) => (given === undefined ? [] : queriesOf(given));
  return { subject: [...words(text), ...words(subject)], body: [...words(text), ...words(body)] };
}

/** Undefined where the message was erased meanwhile. */
async function snippet(call: Call, email: StoredEmail, words: Words) {
  try {
    return { subject: markedSubject(email, words.subject), preview: await markedBody(call, email, words.body) };
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

function markedSubject({ summary }: StoredEmail, words: readonly WordQuery[]): string | null {
  const { subject } = listed(summary) as { subject: string | null };
  if (subject === null || words.length === 0) return null;
  const stretches = find(subject, words);
  return stretches.length === 0 ? null : marked(subject, stretches);
}

/** Of the first text in which one of the words stands. */
async function markedBody(call: Call, email: StoredEmail, words: readonly WordQuery[]): Promise<string | null> {
  if (words.length === 0) return null;
  const { textBody, htmlBody } = bodiesOf(bodyStructure(email.summary));
  const source = storedSource(call.deps.blobs, email.blob, email.size, true);
  for (const part of new Set([...textBody, ...htmlBody])) {
    if (!isTextPart(part)) continue;
    const { value } = await bodyValue(source, part, TEXT_BYTES);
    const text = (part.type === 'text/html' ? htmlText(value) : value).replace(/\s+/g, ' ').trim();
    const stretches = find(text, words);
    if (stretches.length > 0) return marked(text, stretches, PREVIEW_BYTES);
  }
  return null;
}
