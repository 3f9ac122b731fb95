import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Account } from '../../mail/account/types.ts';
import { type ImapWorld, imapWorld, message } from '../support/imap.ts';
import { act, check, cutUids, ModelClient, type Step, step } from '../support/model-client.ts';

/** A change that another client or a delivery makes. */
async function others(world: ImapWorld, account: Account, mailbox: string, one: Step): Promise<void> {
  if (one.do === 'deliver') {
    await world.deliver('INBOX', ...Array.from({ length: one.count }, (_, i) => message(`m${i}`)));
  } else if (one.do === 'other-flags') {
    await account.write((draft) =>
      draft.store(mailbox, cutUids(draft, mailbox, one.part), one.mode as 'add' | 'remove', [one.flag]),
    );
  } else if (one.do === 'other-expunge') {
    await account.write((draft) => draft.expunge(mailbox, cutUids(draft, mailbox, one.part)));
  }
}

async function run(rounds: readonly (readonly Step[])[], notify?: string): Promise<void> {
  const world = await imapWorld();
  await world.deliver('INBOX', message('a'), message('b'), message('c'));
  const mailbox = world.alice.state.mailboxNamed('INBOX')!.id;
  const models: ModelClient[] = [];
  for (let i = 0; i < 2; i++) {
    const model = new ModelClient(await world.login());
    await model.command('SELECT INBOX', false);
    if (notify !== undefined) expect(await model.command(`NOTIFY SET ${notify}`, false)).toMatch(/^OK/);
    await model.command('FETCH 1:* (UID FLAGS)', false);
    models.push(model);
  }
  // The steps of a round happen at the same time, but for each client's own.
  for (const round of rounds) {
    const queues = [0, 1].map(async (who) => {
      for (const one of round) if ('who' in one && one.who === who) await act(models[who]!, one);
    });
    await Promise.all([...queues, ...round.map((one) => others(world, world.alice, mailbox, one))]);
  }
  for (const model of models) {
    expect(await model.command('NOOP', true)).toMatch(/^OK/);
    check(model, world.alice.state, mailbox);
    model.client.destroy();
  }
  expect(world.errors).toEqual([]);
}

const rounds = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 });

test('a client that believes what it is told knows the mailbox as it is', async () => {
  await fc.assert(
    fc.asyncProperty(rounds, (all) => run(all)),
    { numRuns: 150, endOnFailure: false },
  );
}, 60_000);

test('so does one that is told between its commands, and its numbers stay good for them (RFC 5465 section 6.1.2)', async () => {
  // What .SILENT means is open to a client that does not know whether news came before or after it.
  const told = rounds.map((all) => all.map((one) => one.map((a) => (a.do === 'store' ? { ...a, silent: false } : a))));
  const all = '(SELECTED-DELAYED (MessageNew (UID FLAGS) MessageExpunge FlagChange))';
  await fc.assert(
    fc.asyncProperty(told, (steps) => run(steps, all)),
    { numRuns: 80, endOnFailure: false },
  );
}, 60_000);
