import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { exposed } from './bidi.ts';
import { follow } from './following.tsx';
import { bringIntoSight, marked, marking, takeFirst, unmarked } from './marks.ts';
import { type Block, blocksOf, piecesOf, quoteAt } from './quotes.ts';
import { finderOf, placesIn, rangesIn } from './words.ts';

/** Lines of a message that are shown before somebody asks for all. */
const LINES = 2_000;
/** Lines that browsers lay out together, and only where they are in sight. */
const CHUNK = 200;

interface Props {
  readonly text: string;
  /** Of the message. */
  readonly of: string;
}

/** Plain text: nothing but text nodes and links, quotes in colours, what is quoted at the end folded. */
export function Text({ text, of }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const isQuoteShown = useSignal(false);
  const isAllShown = useSignal(false);
  const { blocks, isCut } = clipped(blocksOf(text), isAllShown.value ? Number.POSITIVE_INFINITY : LINES);
  const at = isCut ? blocks.length : quoteAt(blocks);
  const finder = finderOf(marking.value);
  useLayoutEffect(() => {
    if (finder === undefined) return undefined;
    const has = (some: readonly Block[]) => some.some(({ lines }) => placesIn(lines.join('\n'), finder).length > 0);
    if (!isQuoteShown.peek() && !has(blocks.slice(0, at)) && has(blocks.slice(at))) isQuoteShown.value = true;
    const found = rangesIn(element.current!, finder);
    if (found.length === 0) return undefined;
    marked(element, found.length, found);
    if (takeFirst(of)) bringIntoSight(element.current!, found[0]!.getBoundingClientRect().top);
    return () => unmarked(element);
  }, [marking.value, isQuoteShown.value, isAllShown.value, text]);
  return (
    <>
      <div class="text" dir="auto" ref={element}>
        {(isQuoteShown.value ? blocks : blocks.slice(0, at)).map((block, index) => (
          <Lines key={index} block={block} />
        ))}
      </div>
      {at < blocks.length && (
        <QuoteButton
          isShown={isQuoteShown.value}
          onToggle={() => {
            isQuoteShown.value = !isQuoteShown.value;
          }}
        />
      )}
      {isCut && (
        <button
          type="button"
          class="link"
          onClick={() => {
            isAllShown.value = true;
          }}
        >
          {t('reader.showAll')}
        </button>
      )}
    </>
  );
}

export function QuoteButton({ isShown, onToggle }: { readonly isShown: boolean; readonly onToggle: () => void }) {
  return (
    <button type="button" class="quote-button" aria-expanded={isShown} onClick={onToggle}>
      <span aria-hidden="true">•••</span> {t(isShown ? 'reader.hideQuote' : 'reader.showQuote')}
    </button>
  );
}

function Lines({ block: { depth, lines } }: { readonly block: Block }) {
  const content = chunksOf(lines).map((chunk, index) => (
    <div key={index} class={chunk.length < CHUNK ? '' : 'text-chunk'}>
      {chunk.map((line, at) => (
        <div key={at} class="text-line" dir="auto">
          {line === ''
            ? '\n'
            : piecesOf(exposed(line)).map((piece) => (typeof piece === 'string' ? piece : <Anchor link={piece} />))}
        </div>
      ))}
    </div>
  ));
  return depth === 0 ? (
    <div>{content}</div>
  ) : (
    <blockquote class="quoted" data-depth={Math.min(depth, 4)}>
      {content}
    </blockquote>
  );
}

function chunksOf(lines: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(lines.length / CHUNK) }, (_, n) => lines.slice(n * CHUNK, (n + 1) * CHUNK));
}

function Anchor({ link }: { readonly link: Exclude<ReturnType<typeof piecesOf>[number], string> }) {
  return (
    <a
      href={link.href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      onClick={(event) => {
        if (link.doubts.length === 0 && !link.href.startsWith('mailto:')) return;
        event.preventDefault();
        follow(link);
      }}
    >
      {link.text}
    </a>
  );
}

function clipped(
  blocks: readonly Block[],
  most: number,
): { readonly blocks: readonly Block[]; readonly isCut: boolean } {
  const kept: Block[] = [];
  let left = most;
  for (const block of blocks) {
    if (left <= 0) return { blocks: kept, isCut: true };
    kept.push(block.lines.length <= left ? block : { ...block, lines: block.lines.slice(0, left) });
    left -= block.lines.length;
  }
  return { blocks: kept, isCut: left < 0 };
}
