import { AUTHENTICATED, command } from '../command.ts';
import { Notifier } from '../notify/notifier.ts';
import { ANNOTATIONS_TOO } from '../notify/wishes.ts';

/** Extensions that change what is said to a client, and so must be asked for. */
const ENABLABLE: ReadonlyMap<string, string> = new Map([
  ['CONDSTORE', 'CONDSTORE'], // RFC 7162
  ['QRESYNC', 'QRESYNC'], // RFC 7162
  ['IMAP4REV2', 'IMAP4rev2'], // RFC 9051
  ['UTF8=ACCEPT', 'UTF8=ACCEPT'], // RFC 6855, RFC 9755
  ['UIDONLY', 'UIDONLY'], // RFC 9586
  ['METADATA', 'METADATA'], // RFC 5464
]);

/** RFC 5161: unknown names are passed over. */
export const enable = command({
  states: AUTHENTICATED,
  parse(parser) {
    const names: string[] = [];
    do {
      parser.space();
      names.push(parser.keyword('the name of an extension'));
    } while (!parser.atEnd);
    return names;
  },
  run(session, names) {
    const fresh = names.filter((name) => ENABLABLE.has(name) && !session.enabled.has(name));
    session.out.line(['* ENABLED', ...new Set(fresh.map((name) => ENABLABLE.get(name)))].join(' '));
    // RFC 7162 section 3.2.3: QRESYNC is CONDSTORE and more.
    if (fresh.includes('CONDSTORE') || fresh.includes('QRESYNC')) session.enableCondstore();
    for (const name of fresh) session.enabled.add(name);
    // RFC 5464 section 4.1. Who has used NOTIFY has said what it wants to hear.
    if (fresh.includes('METADATA') && session.notifier === undefined) {
      session.notify(new Notifier(session, ANNOTATIONS_TOO));
    }
    if (fresh.includes('UIDONLY')) session.selected?.contexts.cancelNumbered(session.out);
  },
});
