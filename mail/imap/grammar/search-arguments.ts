import { UidSet } from '../../account/uidset.ts';
import { No } from '../errors.ts';
import type { Session } from '../session.ts';
import { refuseNumbers } from '../uidonly.ts';
import type { Parser } from './parser.ts';
import { namesNumbers, type SearchKey, searchProgram } from './search.ts';
import { type Returns, searchReturns } from './search-return.ts';

export interface SearchArguments {
  readonly returns: Returns | undefined;
  readonly key: SearchKey;
}

/** `[RETURN (...)] ` and what follows it, up to the program. `before` reads what stands between the two. */
export function searchArguments(
  parser: Parser,
  session: Session,
  charset: 'may' | 'must',
  before?: () => void,
): SearchArguments {
  const returns = searchReturns(parser);
  try {
    before?.();
    const key = searchProgram(parser, charset);
    if (namesNumbers(key)) refuseNumbers(session);
    return { returns, key };
  } catch (error) {
    // RFC 5182 section 2.1: a search that is refused saves that nothing was found.
    if (error instanceof No && returns?.options.has('SAVE') === true) session.selected?.save(UidSet.EMPTY);
    throw error;
  }
}
