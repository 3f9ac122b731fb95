import { AUTHENTICATED, command } from '../command.ts';
import { Bad, No } from '../errors.ts';

/** RFC 4978: from the tagged OK on, both sides deflate what they say. */
export const compress = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    return parser.keyword('DEFLATE');
  },
  run(session, algorithm) {
    if (algorithm !== 'DEFLATE') throw new Bad('Expected DEFLATE, the one algorithm there is');
    if (session.wire.compressed) throw new No('COMPRESSIONACTIVE', 'DEFLATE is active already');
    session.afterReply = async () => {
      // Nothing may be sent before the OK has been read: what came nevertheless was not deflated.
      session.input.discard();
      session.wire.compress();
    };
    return { text: 'DEFLATE active' };
  },
});
