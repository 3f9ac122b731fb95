/** An address book of 20,000 cards: what clients wait for, and what it would cost the mail if it were in the mail's log. */
import { localRandom } from '../../adapters/local/index.ts';
import { OpenAccounts } from '../../mail/account/accounts.ts';
import { contactsLog } from '../../mail/contacts/log.ts';
import { type Json, jmapWorld } from '../support/jmap.ts';

const CARDS = 20_000;
const BATCH = 1_000;
/** Milliseconds, on a machine that does other things besides. */
const BARS = { change: 50, query: 100, text: 100, page: 100, mail: 5 };

const GIVEN = ['Ada', 'Bjørn', 'Chloé', 'Dmitri', 'Emeka', 'Fatima', 'Goro', 'Hana', 'Igor', 'Jana'];
const SURNAMES = ['Aas', 'Brown', 'Costa', 'Diaz', 'Evans', 'Fischer', 'García', 'Hughes', 'Ito', 'Jensen'];

function card(i: number, book: string) {
  const given = GIVEN[i % 10]!;
  const surname = `${SURNAMES[Math.floor(i / 10) % 10]}${Math.floor(i / 100)}`;
  return {
    addressBookIds: { [book]: true },
    name: {
      components: [
        { kind: 'given', value: given },
        { kind: 'surname', value: surname },
      ],
      isOrdered: true,
    },
    emails: {
      e1: { address: `${given}.${surname}@example.com`, contexts: { work: true } },
      e2: { address: `c${i}@example.net` },
    },
    phones: { p1: { number: `+47 ${10_000_000 + i}`, features: { mobile: true } } },
    addresses: { a1: { full: `Street ${i}, ${1000 + (i % 9000)} Town`, contexts: { private: true } } },
    organizations: { o1: { name: `Company ${i % 500}` } },
    notes: { n1: { note: `Met at conference ${i % 50}; likes boats, books and ${surname}.` } },
  };
}

async function timed<T>(act: () => Promise<T>): Promise<readonly [T, number]> {
  const begun = performance.now();
  const result = await act();
  return [result, performance.now() - begun];
}

/** The middle of several. */
async function median(act: () => Promise<unknown>, times = 7): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) all.push((await timed(act))[1]);
  return all.sort((a, b) => a - b)[times >> 1]!;
}

export async function run(): Promise<boolean> {
  const world = await jmapWorld();
  const [first] = (await world.call('AddressBook/get')).list;
  const ids: string[] = [];
  const [, filled] = await timed(async () => {
    for (let at = 0; at < CARDS; at += BATCH) {
      const create = Object.fromEntries(Array.from({ length: BATCH }, (_, i) => [`k${i}`, card(at + i, first.id)]));
      const { created } = await world.call('ContactCard/set', { create });
      ids.push(...Object.values(created as Json).map(({ id }: Json) => id));
    }
  });
  const rows: [string, number, string, number?][] = [[`${CARDS} cards made, ${BATCH} a request`, filled, 'ms']];
  const [, all] = await timed(async () => {
    for (let at = 0; at < CARDS; at += BATCH) await world.call('ContactCard/get', { ids: ids.slice(at, at + BATCH) });
  });
  rows.push(['all of them read, 1,000 a request', all, 'ms']);
  const one = ids[CARDS / 2]!;
  let n = 0;
  const change = await median(() => world.call('ContactCard/set', { update: { [one]: { language: `x${n++}` } } }));
  rows.push(['one changed', change, 'ms', BARS.change]);
  const touch = () => world.call('ContactCard/set', { update: { [one]: { language: `x${n++}` } } });
  const ask = async (filter: object) => {
    await touch();
    const [, ms] = await timed(() =>
      world.call('ContactCard/query', {
        filter,
        sort: [{ property: 'name/surname' }, { property: 'name/given' }],
        limit: 50,
      }),
    );
    return ms;
  };
  const query: number[] = [];
  const text: number[] = [];
  for (let i = 0; i < 7; i++) {
    query.push(await ask({ inAddressBook: first.id }));
    text.push(await ask({ text: 'fischer12 boats' }));
  }
  const middle = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!;
  rows.push(['a book in order of names, 50 shown', middle(query), 'ms', BARS.query]);
  rows.push(['cards with two words', middle(text), 'ms', BARS.text]);
  const page = await median(() => world.call('ContactCard/get', { ids: ids.slice(0, 500) }));
  rows.push(['500 cards read', page, 'ms', BARS.page]);

  // What a log with these objects costs whoever opens it: the contacts' own, or the mail's, were they there.
  await world.compact(contactsLog('alice'));
  let snapshot = 0;
  for await (const { size } of world.ports.blobs.list('log')) snapshot = Math.max(snapshot, size);
  const anew = () =>
    new OpenAccounts(
      {
        ...world.ports,
        clock: world.clock,
        random: localRandom,
        log: { debug() {}, info() {}, warn() {}, error() {} },
        writer: 'person',
        exclusive: true,
        retentionMs: async () => 90 * 86_400_000,
        onLongTail: () => undefined,
      },
      { accountBytes: 1 << 24, summaryBytes: 1 << 24 },
    );
  const withCards = await median(() => anew().open(contactsLog('alice')), 5);
  const mail = await median(() => anew().open('alice'), 5);
  const [, packed] = await timed(async () => {
    await touch();
    await world.compact(contactsLog('alice'));
  });
  rows.push(['snapshot of the contacts', snapshot / 1024, 'KiB'], ['writing it', packed, 'ms']);
  rows.push(
    ['opening the contacts, cold', withCards, 'ms'],
    ['opening the mail beside them, cold', mail, 'ms', BARS.mail],
  );
  let isGood = true;
  for (const [what, value, unit, bar] of rows) {
    const isMet = bar === undefined || value <= bar;
    isGood &&= isMet;
    const said = bar === undefined ? '' : isMet ? `  (bar ${bar})` : `  MISSES ${bar}`;
    console.log(`${what.padEnd(40)} ${value.toFixed(1).padStart(9)} ${unit}${said}`);
  }
  return isGood;
}
