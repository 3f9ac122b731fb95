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
  | { readonly link: ClickedLink }
  | { readonly pressed: PressedKey }
  | { readonly failed: string };
