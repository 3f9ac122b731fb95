/** What the page and the frame of a message tell each other, through one port. */

export type ToFrame =
  | {
      readonly show: string;
      readonly isDark: boolean;
      /** What is said in the reader's language. */
      readonly words: { readonly leadsTo: string };
    }
  /** By address as `Found` names them. */
  | { readonly images: Readonly<Record<string, Blob>> }
  | { readonly quotes: boolean }
  /** Words that are marked from now on; none: what was marked is not any more. */
  | { readonly mark: readonly string[] }
  /** Prints the message with these lines above it, the first as its title. */
  | { readonly print: readonly string[] }
  | { readonly isDark: boolean };

export interface Found {
  /** Images on servers of others, by address. */
  readonly remote: readonly string[];
  /** Images of the message's own (RFC 2392), by Content-ID. */
  readonly cids: readonly string[];
  /** Whether what is quoted at the end was folded. */
  readonly hasQuote: boolean;
  /** Whether only the beginning is shown. */
  readonly isCut: boolean;
}

/** What was asked to be marked. */
export interface Marked {
  readonly count: number;
  /** Of the first, in pixels from the top of the frame. */
  readonly top: number;
  /** Whether all of them are in what is quoted, which is shown for their sake. */
  readonly isInQuote: boolean;
}

export interface ClickedLink {
  readonly href: string;
  readonly text: string;
}

export interface PressedKey {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

export type FromFrame =
  | { readonly ready: true }
  | { readonly found: Found }
  | { readonly height: number }
  | { readonly marked: Marked }
  | { readonly link: ClickedLink }
  | { readonly pressed: PressedKey }
  | { readonly failed: string };
