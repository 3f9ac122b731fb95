import type { State } from '../account/types.ts';
import { type Card, cards } from './books.ts';

/** A photo, logo or sound that is kept beside its card: as a property of a Media object, `file` names it in the blob store. */
export interface MediaFile {
  readonly blob: string;
  readonly size: number;
  readonly type?: string;
}

type Media = Readonly<Record<string, unknown>> & { readonly blobId?: string; readonly file?: MediaFile };

const known = new WeakMap<Card, ReadonlyMap<string, MediaFile>>();
const NONE: ReadonlyMap<string, MediaFile> = new Map();

/** The files of a card, by blob id. */
export function filesOf(card: Card): ReadonlyMap<string, MediaFile> {
  if (card.media === undefined) return NONE;
  let files = known.get(card);
  if (files === undefined) {
    const media = Object.values(card.media as Readonly<Record<string, Media>>);
    files = new Map(
      media.flatMap(({ blobId, file }) => (blobId === undefined || file === undefined ? [] : [[blobId, file]])),
    );
    known.set(card, files);
  }
  return files;
}

/** A file of one of the cards that a state shows. */
export function fileIn(state: State, blobId: string): MediaFile | undefined {
  for (const card of cards(state).values()) {
    const file = filesOf(card).get(blobId);
    if (file !== undefined) return file;
  }
  return undefined;
}
