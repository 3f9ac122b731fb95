import type { Blobs } from '../../ports/index.ts';
import type { SegmentRef } from './format.ts';
import { compareTerms, type Segment } from './segment.ts';
import { type TermGroups, writeSegment } from './segment-writer.ts';

/** Makes one segment of several, without the documents that are not to stay: term by term, so that little is held at a time. */
export async function mergeSegments(
  blobs: Blobs,
  segments: readonly Segment[],
  stays: (email: number) => boolean,
): Promise<SegmentRef | undefined> {
  const kept = new Set<number>();
  for (const { emails } of segments) for (const email of emails) if (stays(email)) kept.add(email);
  if (kept.size === 0) return undefined;
  const emails = Float64Array.from(kept).sort();
  const places = segments.map((segment) => placesIn(emails, segment, stays));
  return writeSegment(blobs, emails, merged(segments, places));
}

/** For each document its place among the kept ones, or -1. */
function placesIn(kept: Float64Array, { emails }: Segment, stays: (email: number) => boolean): Int32Array {
  const places = new Int32Array(emails.length);
  let at = 0;
  for (let doc = 0; doc < emails.length; doc++) {
    while (at < kept.length && kept[at]! < emails[doc]!) at++;
    places[doc] = stays(emails[doc]!) ? at : -1;
  }
  return places;
}

async function* merged(segments: readonly Segment[], places: readonly Int32Array[]): AsyncGenerator<TermGroups> {
  const inputs = segments.map((segment, i) => ({ terms: segment.terms(), places: places[i]! }));
  const heads = await Promise.all(
    inputs.map(async ({ terms }) => (await terms.next()).value as TermGroups | undefined),
  );
  for (;;) {
    let term: string | undefined;
    for (const head of heads) {
      if (head !== undefined && (term === undefined || compareTerms(head.term, term) < 0)) term = head.term;
    }
    if (term === undefined) return;
    const groups = new Map<number, number[]>();
    for (const [i, head] of heads.entries()) {
      if (head?.term !== term) continue;
      const { places: to, terms } = inputs[i]!;
      for (const { mask, docs } of head.groups) {
        let into = groups.get(mask);
        if (into === undefined) {
          into = [];
          groups.set(mask, into);
        }
        for (let at = 0; at < docs.length; at++) {
          const place = to[docs[at]!]!;
          if (place >= 0) into.push(place);
        }
      }
      heads[i] = (await terms.next()).value as TermGroups | undefined;
    }
    const filled = [...groups].filter(([, docs]) => docs.length > 0);
    if (filled.length > 0) yield { term, groups: filled.map(([mask, docs]) => ({ mask, docs: ascending(docs) })) };
  }
}

/** One segment's documents mostly come behind another's. An email that was in two of them is one document. */
function ascending(docs: number[]): readonly number[] {
  for (let at = 1; at < docs.length; at++) {
    if (docs[at - 1]! >= docs[at]!) return [...new Set(docs)].sort((a, b) => a - b);
  }
  return docs;
}
