/** What people choose for themselves, wherever they sign in. The pages use this file too: it imports nothing. */

export interface Template {
  readonly name: string;
  readonly subject: string;
  /** HTML of a body. */
  readonly html: string;
}

/** Names of sets: there, or not. So that two devices add to one set without losing anything. */
export type NameSet = Readonly<Record<string, true>>;

export interface Preferences {
  /** Language of the pages (BCP 47); null: what the browser asks for. */
  readonly locale: string | null;
  readonly theme: 'auto' | 'light' | 'dark';
  readonly density: 'cosy' | 'compact';
  /** Whether messages that answer each other are one row. */
  readonly conversations: boolean;
  /** Whether single letters do something. WCAG 2.1.4 wants that they can be turned off. */
  readonly shortcuts: boolean;
  /** Seconds after which an opened message counts as read. */
  readonly markReadAfter: number | 'never';
  /** Seconds for which what was sent can be taken back. */
  readonly undoSeconds: number;
  readonly composeFormat: 'html' | 'plain';
  /** In which messages a signature stands from the beginning. */
  readonly signatureUse: 'always' | 'new' | 'never';
  /** Identity that new messages are written as. */
  readonly defaultIdentity: string;
  readonly spelling: boolean;
  /** Words that are right, beside those of the dictionaries. */
  readonly dictionary: NameSet;
  /** By an id that whoever makes one gives it. */
  readonly templates: Readonly<Record<string, Template>>;
  /** Images from elsewhere: asked about for each message, or shown. */
  readonly remoteImages: 'ask' | 'always';
  /** Senders whose images are shown unasked: addresses in lower case, or `@domain`. */
  readonly trustedSenders: NameSet;
  readonly notifyAbout: 'none' | 'inbox' | 'all';
  /** Whether notifications say from whom and what about. */
  readonly notifyPreview: boolean;
}

export const DEFAULTS: Preferences = {
  locale: null,
  theme: 'auto',
  density: 'cosy',
  conversations: true,
  shortcuts: true,
  markReadAfter: 0,
  undoSeconds: 10,
  composeFormat: 'html',
  signatureUse: 'always',
  defaultIdentity: 'default',
  spelling: true,
  dictionary: {},
  templates: {},
  remoteImages: 'ask',
  trustedSenders: {},
  notifyAbout: 'inbox',
  notifyPreview: true,
};
