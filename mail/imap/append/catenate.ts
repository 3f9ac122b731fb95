import { Bad } from '../errors.ts';
import { utf8 } from '../grammar/parser.ts';
import type { Session } from '../session.ts';
import type { Continued } from './continued.ts';
import { literalAt } from './head.ts';
import { urlBytes } from './url.ts';

/** Parts of one message. */
const MAX_PARTS = 1_000;
const MAX_URL = 4 * 1024;

/** The bytes of `CATENATE (...)` (RFC 4469), from its first part to its closing parenthesis. */
export async function* catenated(session: Session, rest: Continued): AsyncGenerator<Uint8Array, void, void> {
  for (let parts = 1; ; parts++) {
    if (parts > MAX_PARTS) throw new Bad(`A message has at most ${MAX_PARTS} parts`);
    if (rest.parser.skip('TEXT ')) {
      const literal = literalAt(rest.parser);
      if (literal === undefined) rest.parser.fail('the text as a literal');
      rest.begin(literal!);
      yield* rest.bytes();
      await rest.nextLine();
    } else if (rest.parser.skip('URL ')) yield* urlBytes(session, await url(rest));
    else rest.parser.fail('TEXT or URL');
    if (rest.parser.skip(')')) return;
    rest.parser.space();
  }
}

async function url(rest: Continued): Promise<string> {
  const literal = literalAt(rest.parser);
  if (literal === undefined) return utf8(rest.parser.astring('a URL'));
  if (literal.size > MAX_URL) throw new Bad(`A URL has at most ${MAX_URL} bytes`);
  rest.begin(literal);
  const text = (await rest.exact()).toString('latin1');
  await rest.nextLine();
  return utf8(text);
}
