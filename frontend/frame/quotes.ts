/** How programs mark what an answer quotes. */
const QUOTES = 'blockquote[type=cite], .gmail_quote, .protonmail_quote, .yahoo_quoted, .moz-cite-prefix + blockquote';

/**
 * What is quoted at the end of a message, with the line that says whose it is: that may be folded. Not where the message is nothing else, as
 * one that was forwarded.
 */
export function quotesOf(root: HTMLElement): readonly HTMLElement[] {
  const quote = [...root.querySelectorAll<HTMLElement>(QUOTES)].find(
    (one) => one.parentElement?.closest(QUOTES) === null && isBlank(root, one, 'after'),
  );
  if (quote === undefined || /^\W*-{4,}/.test(quote.textContent ?? '')) return [];
  const before = quote.previousElementSibling;
  const all = before?.matches('.moz-cite-prefix, .gmail_attr') ? [before as HTMLElement, quote] : [quote];
  return isBlank(root, all[0]!, 'before') ? [] : all;
}

function isBlank(root: HTMLElement, at: HTMLElement, side: 'before' | 'after'): boolean {
  const range = root.ownerDocument.createRange();
  range.selectNodeContents(root);
  if (side === 'after') range.setStartAfter(at);
  else range.setEndBefore(at);
  return range.toString().trim() === '';
}
