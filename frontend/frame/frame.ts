import { linkOf } from '../src/screens/reader/links.ts';
import { finderOf, highlight, rangesIn } from '../src/screens/reader/words.ts';
import { fitterOf } from './fit.ts';
import type { FromFrame, Marked, ToFrame } from './protocol.ts';
import { quotesOf } from './quotes.ts';
import { type Place, sanitise } from './sanitise.ts';

/**
 * What runs in the frame: it takes a message from the page that holds it (frame-ancestors says which may), cleans it and shows it. Its
 * origin is opaque, and its policy lets this script run and nothing load: whatever a message brings, there is nothing here for it to take.
 */

/** Keys of the page that are told of when they are pressed here. */
const KEYS = new Set(['Escape', ...'jknpoeaurfcszvxlg#!?/*[].,IUZ']);

addEventListener('message', (event) => {
  if (event.source !== parent || event.ports.length !== 1) return;
  begin(event.ports[0]!);
});

function begin(port: MessagePort): void {
  const tell = (what: FromFrame) => port.postMessage(what);
  const root = document.createElement('div');
  root.dir = 'auto';
  document.body.replaceChildren(root);
  stayVisible(document.documentElement);
  stayVisible(document.body);
  const fitIn = fitterOf(root);
  new ResizeObserver(() => {
    fitIn(false);
    tell({ height: Math.ceil(root.getBoundingClientRect().height) });
  }).observe(root);

  let places: readonly Place[] = [];
  let quotes: readonly HTMLElement[] = [];

  port.onmessage = ({ data }: MessageEvent<ToFrame>) => {
    if ('isDark' in data) document.documentElement.toggleAttribute('data-dark', data.isDark);
    if ('quotes' in data) for (const quote of quotes) quote.hidden = !data.quotes;
    if ('images' in data) place(places, data.images);
    if ('print' in data) printWith(data.print);
    if ('mark' in data) tell({ marked: markWords(root, data.mark, quotes) });
    if (!('show' in data)) return;
    try {
      const { styles, body, places: found, isCut } = sanitise(data.show);
      places = found;
      dress(root, body);
      const sheet = document.createElement('style');
      sheet.textContent = styles.join('\n');
      root.replaceChildren(sheet, ...body.childNodes);
      quotes = quotesOf(root);
      for (const quote of quotes) quote.hidden = true;
      fitIn(true);
      for (const link of root.querySelectorAll('a[href]')) mark(link as HTMLAnchorElement, data.words.leadsTo);
      const addresses = [...new Set(places.map(({ address }) => address))];
      tell({
        found: {
          remote: addresses.filter((address) => !address.startsWith('cid:')),
          cids: addresses.filter((address) => address.startsWith('cid:')).map((address) => address.slice(4)),
          hasQuote: quotes.length > 0,
          isCut,
        },
      });
    } catch (error) {
      root.replaceChildren();
      tell({ failed: String(error) });
    }
  };

  const onClick = (event: MouseEvent) => {
    const link = (event.target as Element).closest?.('a[href]') as HTMLAnchorElement | null;
    if (link === null) return;
    const known = linkOf(link.href, link.dataset.text);
    // A link that is what it seems is the browser's; whether to follow another one, the page asks.
    if (known !== undefined && known.doubts.length === 0 && !link.href.startsWith('mailto:')) return;
    event.preventDefault();
    if (event.button < 2) tell({ link: { href: link.href, text: link.dataset.text ?? '' } });
  };
  addEventListener('click', onClick, true);
  addEventListener('auxclick', onClick, true);
  addEventListener('dragstart', (event) => event.preventDefault(), true);
  addEventListener('keydown', (event) => {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    const isPalette = key === 'k' && (ctrlKey || metaKey);
    if (altKey || (!isPalette && (ctrlKey || metaKey || !KEYS.has(key)))) return;
    event.preventDefault();
    tell({ pressed: { key, shiftKey, ctrlKey, metaKey } });
  });
  port.start();
  tell({ ready: true });
}

/** Prints this document, which is cut into pages between its lines; in the page that holds it, it is one piece. */
function printWith([title, ...lines]: readonly string[]): void {
  const head = document.createElement('header');
  // What the message says of looks does not reach into it.
  const shadow = head.attachShadow({ mode: 'closed' });
  for (const [index, text] of [title ?? '', ...lines].entries()) {
    const line = document.createElement(index === 0 ? 'h1' : 'p');
    line.textContent = text;
    line.dir = 'auto';
    line.style.cssText =
      index === 0 ? 'font: bold 20px sans-serif; margin: 0 0 8px' : 'font: 13px sans-serif; margin: 0';
    shadow.append(line);
  }
  head.style.cssText = 'all: initial; display: block; padding-bottom: 8px; margin-bottom: 16px';
  head.style.borderBottom = '1px solid #999';
  stayVisible(head);
  const { title: before } = document;
  document.title = title ?? before;
  document.body.prepend(head);
  // Blocks until it is printed, or returns at once: the event comes afterwards in either case.
  addEventListener(
    'afterprint',
    () => {
      head.remove();
      document.title = before;
    },
    { once: true },
  );
  print();
}

/** Marks words. Where only what is quoted has them, that is shown. */
function markWords(root: HTMLElement, words: readonly string[], quotes: readonly HTMLElement[]): Marked {
  const finder = finderOf(words);
  const ranges = finder === undefined ? [] : rangesIn(root, finder);
  const isQuoted = ({ startContainer }: Range) => quotes.some((quote) => quote.contains(startContainer));
  const isInQuote = ranges.length > 0 && ranges.every(isQuoted);
  if (isInQuote) for (const quote of quotes) quote.hidden = false;
  highlight('found', ranges);
  const first = ranges.find((range) => range.getClientRects().length > 0);
  return { count: ranges.length, top: first?.getBoundingClientRect().top ?? 0, isInQuote };
}

/** What holds a message is seen whatever its rules say. */
function stayVisible({ style }: HTMLElement): void {
  style.setProperty('display', 'block', 'important');
  style.setProperty('visibility', 'visible', 'important');
  style.setProperty('opacity', '1', 'important');
}

/** What the message says of its whole: colours and style of its body. */
function dress(root: HTMLElement, body: HTMLElement): void {
  root.style.cssText = body.style.cssText;
  for (const name of ['position', 'height', 'min-height', 'max-height', 'transform', 'filter', 'overflow', 'contain'])
    root.style.removeProperty(name);
  stayVisible(root);
  const colour = body.getAttribute('bgcolor');
  if (colour !== null && root.style.backgroundColor === '') root.style.backgroundColor = colour;
}

/** Shows where a link leads, where its text says something else. */
function mark(link: HTMLAnchorElement, leadsTo: string): void {
  const text = (link.textContent ?? '').trim().slice(0, 200);
  const known = linkOf(link.href, text);
  if (known === undefined) {
    link.removeAttribute('href');
    return;
  }
  link.dataset.text = text;
  link.title = known.href;
  if (known.doubts.length === 0) return;
  const host = document.createElement('bdi');
  host.textContent = `[${leadsTo.replace('{host}', known.host)}]`;
  host.style.cssText = 'all: revert; color: #8a1c12; background: #fff1ef; font: 12px/1.4 monospace; padding: 0 3px';
  link.after(' ', host);
}

function place(places: readonly Place[], images: Readonly<Record<string, Blob>>): void {
  const urls = new Map<string, string>();
  for (const { element, address, isBackground } of places) {
    const blob = images[address];
    if (blob === undefined) continue;
    const url = urls.get(address) ?? URL.createObjectURL(blob);
    urls.set(address, url);
    if (isBackground) element.style.backgroundImage = `url("${url}")`;
    else (element as HTMLImageElement).src = url;
  }
}
