import { command, SELECTED } from '../command.ts';
import { Bad } from '../errors.ts';

/** CANCELUPDATE (RFC 5267 section 4.3.5): these searches are not kept up to date any more. */
export const cancelUpdate = command({
  states: SELECTED,
  parse(parser) {
    const tags: string[] = [];
    do {
      parser.space();
      if (parser.peek() !== '"') throw new Bad('Expected the tags of searches, each in quotes');
      tags.push(parser.string());
    } while (!parser.atEnd);
    return tags;
  },
  run(session, tags) {
    for (const tag of tags) session.view.contexts.cancel(tag);
  },
});
