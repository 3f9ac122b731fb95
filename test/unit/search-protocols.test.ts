/** JMAP and IMAP with the full-text index and without: they find the same, and with it they read next to nothing. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createSearchIndex, type SearchIndex } from '../../mail/search/index/index.ts';
import { imapWorld } from '../support/imap.ts';
import { jmapWorld } from '../support/jmap.ts';
import { silentLog } from '../support/memory.ts';
import type { PipeClient } from '../support/pipe.ts';
import { withBlobs } from '../support/search.ts';

const COUNT = 120;

function message(n: number): string {
  const kind = n % 3 === 0 ? 'text/html' : 'text/plain';
  const body =
    n % 3 === 0 ? `<p class=x>every <b>word${n % 11}</b> of caf&eacute;</p>` : `every word${n % 11} of caf=C3=A9`;
  return [
    `From: Ann <ann.lee@example.com>`,
    `Subject: Report ${n} on budget${n % 5}`,
    `Content-Type: ${kind}; charset=utf-8`,
    'Content-Transfer-Encoding: quoted-printable',
    '',
    body,
    '',
  ].join('\r\n');
}

/** An index that can be put in after what uses it was made, and taken out. */
class Switch implements Pick<SearchIndex, 'open'> {
  index: SearchIndex | undefined;

  async open(...of: Parameters<SearchIndex['open']>): ReturnType<SearchIndex['open']> {
    return this.index?.open(...of);
  }
}

describe('JMAP', () => {
  const index = new Switch();
  let reads = 0;
  let world: Awaited<ReturnType<typeof jmapWorld>>;
  let made: SearchIndex;

  beforeAll(async () => {
    world = await jmapWorld({ index });
    const { blobs } = world.ports;
    const get = blobs.get.bind(blobs);
    blobs.get = (name, range) => {
      if (name.startsWith('raw/')) reads += 1;
      return get(name, range);
    };
    for (let n = 0; n < COUNT; n++) await world.file(message(n));
    const { ports, accounts, clock } = world;
    made = createSearchIndex({ ...ports, accounts, clock, log: silentLog, onUnindexed: () => undefined });
    await made.update('alice');
    // What came since is read.
    for (let n = COUNT; n < COUNT + 5; n++) await world.file(message(n));
  });

  it.each([
    [{ text: 'word7' }, 11],
    [{ body: 'café' }, 125],
    [{ body: 'caf "every"' }, 125],
    [{ subject: 'budget3' }, 25],
    [{ from: 'ann.lee@example.com' }, 125],
    [{ text: '"Report 7 on"' }, 1],
    [{ body: 'budget3' }, 0],
    [
      { operator: 'AND', conditions: [{ body: 'word1' }, { operator: 'NOT', conditions: [{ subject: 'budget1' }] }] },
      18,
    ],
  ])('finds what %j asks for', async (filter, total) => {
    const ask = async (given: SearchIndex | undefined) => {
      index.index = given;
      reads = 0;
      // Another state: nothing is remembered.
      await world.alice.write((draft) => draft.putObject('test', 'x', draft.seq));
      return world.call('Email/query', { filter, calculateTotal: true });
    };
    const without = await ask(undefined);
    const found = await ask(made);
    expect(found.ids).toEqual(without.ids);
    expect(found.total).toBe(total);
    // A phrase is looked for in the messages that have its words.
    expect(reads).toBeLessThanOrEqual(5 + ('text' in filter && filter.text.includes('"') ? 25 : 0));
  });
});

describe('IMAP', () => {
  const index = new Switch();
  let reads = 0;
  let client: PipeClient;
  let made: SearchIndex;
  let tag = 0;

  beforeAll(async () => {
    const world = await imapWorld({
      index,
      blobs: (blobs) =>
        withBlobs(blobs, {
          get(name, range) {
            reads += 1;
            return blobs.get(name, range);
          },
        }),
    });
    await world.deliver('INBOX', ...Array.from({ length: COUNT }, (_, n) => message(n)));
    const { ports, clock, account } = world;
    const accounts = { open: account };
    made = createSearchIndex({ ...ports, accounts, clock, log: silentLog, onUnindexed: () => undefined });
    await made.update('alice');
    await world.deliver('INBOX', ...Array.from({ length: 5 }, (_, n) => message(COUNT + n)));
    client = await world.login('INBOX');
  });

  async function search(given: SearchIndex | undefined, program: string): Promise<string> {
    index.index = given;
    reads = 0;
    tag += 1;
    client.send(Buffer.from(`s${tag} UID SEARCH CHARSET UTF-8 ${program}\r\n`));
    const answer = await client.expect(/^\* SEARCH/);
    await client.expect(new RegExp(`^s${tag} OK`));
    return answer;
  }

  it.each([
    ['TEXT "ord7"', 11, 20],
    ['BODY "of caf"', 125, 125],
    ['BODY "class=x"', 42, 60],
    ['TEXT "lee@exam"', 125, 125],
    ['NOT TEXT "word"', 0, 60],
    ['OR TEXT "nowhere-at-all" BODY "zzzz"', 0, 5],
    ['BODY "é"', 83, 125],
    ['TEXT "oted-print"', 125, 125],
  ])('SEARCH %s finds what is there', async (program, count, most) => {
    const without = await search(undefined, program);
    const found = await search(made, program);
    expect(found).toBe(without);
    expect(found.split(' ').length - 2).toBe(count);
    expect(reads).toBeLessThanOrEqual(most);
  });
});
