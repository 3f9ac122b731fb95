import { piecesOf } from '../../data/snippets.ts';

/** A snippet, as text with its marks. */
export function Marked({ snippet }: { readonly snippet: string }) {
  return (
    <>{piecesOf(snippet).map(({ text, isMarked }, index) => (isMarked ? <mark key={index}>{text}</mark> : text))}</>
  );
}
