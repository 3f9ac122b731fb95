import Squire from 'squire-rte';
import { cleaned, loadCleaner, whenCleanable } from './cleaner.ts';
import { textOf } from './text.ts';

/** The editor, with what our policy asks of it: it neither parses HTML by itself nor sets styles by attributes. */
export class Editor extends Squire {
  /** Images that are shown, by their content ids: addresses of blobs. */
  readonly #images = new Map<string, string>();

  constructor(root: HTMLElement) {
    super(root, {
      // What cannot be cleaned yet does not come here: see `insertHTML`, `undo`, `redo` and `setSignature`.
      sanitizeToDOMFragment: (html: string) => cleaned(html) ?? document.createDocumentFragment(),
      toPlainText: (html: string) => textOf(cleaned(html) ?? selected()),
      undo: { documentSizeThreshold: 200_000, undoLimit: 50 },
      tagAttributes: {
        blockquote: { type: 'cite', class: 'quote' },
        a: { rel: 'noopener noreferrer' },
      },
      classNames: { color: 'color', fontFamily: 'font', fontSize: 'size', highlight: 'highlight' },
      didError: (error: unknown) => console.warn(error),
    });
    // Its handles are made of inline styles.
    this._imageResizer.destroy();
  }

  /** For undo and redo. */
  override _setRawHTML(html: string): this {
    this._root.replaceChildren(cleaned(html)!);
    if (this._root.firstChild === null) this._root.append(this.createDefaultBlock());
    this.showImages();
    this._ignoreChange = true;
    return this;
  }

  override undo(): this {
    void loadCleaner().then(() => super.undo());
    return this;
  }

  override redo(): this {
    void loadCleaner().then(() => super.redo());
    return this;
  }

  override insertHTML(html: string, isPaste?: boolean): this {
    whenCleanable(html, () => super.insertHTML(html, isPaste));
    return this;
  }

  /** Only once it can be cleaned (cleaner.ts). */
  override setHTML(html: string): this {
    super.setHTML(html);
    this.showImages();
    return this;
  }

  override setTextColor(color: string | null): this {
    return this.#setStyle('color', 'color', color);
  }

  override setFontSize(size: string | null): this {
    return this.#setStyle('size', 'font-size', size);
  }

  /** Puts an image at the cursor that goes with the message. */
  insertInline(cid: string, url: string, alt: string): void {
    this.#images.set(cid, url);
    this.insertImage(url, { 'data-cid': cid, alt });
  }

  /** Shows an image that the text has already. */
  showImage(cid: string, url: string): void {
    this.#images.set(cid, url);
    this.showImages();
  }

  /** Content ids of the images that are in the text. */
  cids(): ReadonlySet<string> {
    return new Set([...this._root.querySelectorAll<HTMLElement>('img[data-cid]')].map(({ dataset }) => dataset.cid!));
  }

  /** As it is kept and sent: images are where they come from. */
  content(): { readonly html: string; readonly text: string } {
    // In a document of its own, where images load nothing.
    const copy = document.implementation.createHTMLDocument('').importNode(this._root, true);
    for (const image of copy.querySelectorAll<HTMLImageElement>('img[data-cid], img[data-src]')) {
      const { cid, src } = image.dataset;
      image.setAttribute('src', cid === undefined ? src! : `cid:${encodeURIComponent(cid)}`);
      image.removeAttribute('data-cid');
      image.removeAttribute('data-src');
    }
    return { html: copy.innerHTML.replaceAll('\u200b', ''), text: textOf(copy) };
  }

  /** What was written, without signature and quotes. */
  written(): string {
    const copy = this._root.cloneNode(true) as HTMLElement;
    for (const element of copy.querySelectorAll('.signature, blockquote')) element.remove();
    return textOf(copy);
  }

  isEmpty(): boolean {
    return this.written() === '' && this.cids().size === 0;
  }

  /** Puts a signature in the place of the one that is there; where there is none, below what was written. */
  setSignature(html: string): void {
    whenCleanable(html, () => this.#putSignature(html));
  }

  #putSignature(html: string): void {
    this.saveUndoState();
    const before = this._root.querySelector('.signature');
    if (html === '') {
      before?.remove();
      return;
    }
    const place = document.createElement('div');
    place.className = 'signature';
    place.append(cleaned(html)!);
    if (before !== null) before.replaceWith(place);
    else {
      const quote = this._root.querySelector('blockquote.quote');
      const top = [...this._root.children].find((child) => quote !== null && child.contains(quote));
      const blank = this.createDefaultBlock();
      // Above the line that says who wrote what is quoted.
      const below = top?.previousElementSibling ?? null;
      this._root.insertBefore(blank, below);
      this._root.insertBefore(place, below);
    }
  }

  /** An attribute `style` would be refused; a style that is set is not. */
  #setStyle(className: string, property: string, value: string | null): this {
    const remove = { tag: 'SPAN', attributes: { class: className } };
    const add = value === null ? null : { tag: 'SPAN', attributes: { class: className, 'data-new': '' } };
    this.changeFormat(add, remove);
    for (const span of this._root.querySelectorAll<HTMLElement>('span[data-new]')) {
      span.style.setProperty(property, value);
      span.removeAttribute('data-new');
    }
    return this;
  }

  /** Public, as it is called before this has its own fields. */
  showImages(): void {
    for (const image of this._root.querySelectorAll<HTMLImageElement>('img[data-cid]')) {
      const url = this.#images.get(image.dataset.cid!);
      if (url !== undefined && image.src !== url) image.src = url;
    }
  }
}

/** What is being copied, where it was marked up in the first moment. */
function selected(): Node {
  const fragment = document.createDocumentFragment();
  fragment.append(document.getSelection()?.toString() ?? '');
  return fragment;
}
