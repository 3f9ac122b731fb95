import { newsListing } from '../commands/list.ts';
import { sayStatus } from '../commands/status.ts';
import { DELIMITER, wireName } from '../grammar/mailbox.ts';
import { quote } from '../grammar/parser.ts';
import type { StatusItem } from '../grammar/status.ts';
import type { Look } from '../places.ts';
import type { Session } from '../session.ts';

/** Untagged responses that tell of changes in one account. A name is listed once, however much has happened to it. */
export class Sayings {
  readonly #session: Session;
  readonly #look: Look;
  readonly #listed = new Set<string>();
  #listing: ReturnType<typeof newsListing> | undefined;

  constructor(session: Session, look: Look) {
    this.#session = session;
    this.#look = look;
  }

  list(name: string, oldName?: string): void {
    if (this.#listed.has(name)) return;
    this.#listed.add(name);
    const { account, out, utf8Names } = this.#session;
    this.#listing ??= newsListing(this.#look, account.state.subscriptions, utf8Names);
    const more = oldName === undefined ? '' : ` ("OLDNAME" (${wireName(oldName, utf8Names)}))`;
    out.line(this.#listing.line(name, more));
  }

  /** Somebody else's mailbox, of which nothing is known but that the user has subscribed to it, or does not any more. */
  listForeign(name: string, isSubscribed: boolean): void {
    const { out, utf8Names } = this.#session;
    out.line(`* LIST (${isSubscribed ? '\\Subscribed' : ''}) "${DELIMITER}" ${wireName(name, utf8Names)}`);
  }

  status(id: string, items: readonly StatusItem[]): void {
    const { place, state } = this.#look;
    const mailbox = state.mailboxes.get(id);
    if (mailbox !== undefined) sayStatus(this.#session, state, mailbox, items, place);
  }

  /** RFC 5464 section 4.4.2: the names only. '' for the server. */
  metadata(name: string, entries: readonly string[]): void {
    const { out, utf8Names } = this.#session;
    const names = entries.map((entry) => (/^[\w/.$-]+$/.test(entry) ? entry : quote(entry)));
    out.line(`* METADATA ${wireName(name, utf8Names)} ${names.join(' ')}`);
  }
}
