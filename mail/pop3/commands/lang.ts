import { Refused } from '../../refused.ts';
import { Bad, command } from '../command.ts';

/** RFC 6856 section 3: the languages of what stands behind +OK and -ERR. */
const LANGUAGES: ReadonlyMap<string, string> = new Map([['en', 'English']]);
const DEFAULT = 'en';

/** LANG lists the languages, or chooses one: by its tag, or with "*" the server's own (RFC 6856 section 3). */
export const lang = command<string | undefined>({
  states: ['authorization', 'transaction'],
  parse(text) {
    if (text === '') return undefined;
    // RFC 5646: subtags of letters and digits.
    if (!/^(?:\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8})$/.test(text)) throw new Bad('Expected a language tag or *');
    return text.toLowerCase();
  },
  run(session, tag) {
    if (tag === undefined) {
      const lines = [...LANGUAGES].map(([language, name]) => `${language} ${name}\r\n`);
      session.wire.write(`+OK Languages\r\n${lines.join('')}.\r\n`);
      return;
    }
    const language = tag === '*' ? DEFAULT : matching(tag);
    if (language === undefined) throw new Refused('cannot', `There is no language ${tag} here; LANG lists them`);
    session.ok(`${language} Replies are in ${LANGUAGES.get(language)}`);
  },
});

/** RFC 4647 section 3.4: subtags are taken off from the right until it fits. */
function matching(tag: string): string | undefined {
  const subtags = tag.split('-');
  for (let length = subtags.length; length > 0; length--) {
    const shorter = subtags.slice(0, length).join('-');
    if (LANGUAGES.has(shorter)) return shorter;
  }
  return undefined;
}
