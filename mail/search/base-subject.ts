/** What a subject says itself, and whether it says that it answers or forwards another message. */
export interface BaseSubject {
  readonly base: string;
  readonly isReply: boolean;
}

const BLOB = /^\[[^[\]]*\] */;
const LEADER = /^(?: |(?:\[[^[\]]*\] *)*(?:re|fwd?) *(?:\[[^[\]]*\] *)?:)/i;
const TRAILER = /(?: |\(fwd\))$/i;

/** RFC 5256 section 2.1, of a subject that is decoded and unfolded. */
export function baseSubject(subject: string): BaseSubject {
  let base = subject.replace(/[\t\r\n ]+/g, ' ');
  let isReply = false;
  for (;;) {
    for (let match = TRAILER.exec(base); match !== null; match = TRAILER.exec(base)) {
      if (match[0] !== ' ') isReply = true;
      base = base.slice(0, match.index);
    }
    for (;;) {
      const leader = LEADER.exec(base)?.[0];
      if (leader !== undefined) {
        if (leader !== ' ') isReply = true;
        base = base.slice(leader.length);
        continue;
      }
      const blob = BLOB.exec(base)?.[0] ?? '';
      if (blob === '' || blob.length === base.length) break;
      base = base.slice(blob.length);
    }
    if (!/^\[fwd:.*\]$/is.test(base)) return { base, isReply };
    isReply = true;
    base = base.slice(5, -1);
  }
}
