import { expect, it } from 'vitest';
import { createUsage } from '../../mail/inbound/usage.ts';
import { message, world } from '../support/accounts.ts';

async function rig(exclusive: boolean) {
  const { clock, process } = world();
  const elsewhere = await process().open('a1');
  const { result: inbox } = await elsewhere.write((draft) => draft.createMailbox('INBOX').id);
  const accounts = process();
  let opened = 0;
  const usage = createUsage({
    accounts: {
      openToAppend(id) {
        opened++;
        return accounts.openToAppend(id);
      },
    },
    clock,
    exclusive,
  });
  const file = (size: number) => elsewhere.write((draft) => draft.add(message([inbox], { size })));
  return { clock, usage, file, opened: () => opened };
}

const kept = (bytes: number, messages: number) => ({ bytes, messages });

it('tells what an account keeps, and looks again after half a minute', async () => {
  const { clock, usage, file, opened } = await rig(false);
  await file(100);
  expect(await Promise.all([usage('a1'), usage('a1')])).toEqual([kept(100, 1), kept(100, 1)]);
  await file(50);
  expect(await usage('a1')).toEqual(kept(100, 1));
  expect(opened()).toBe(1);
  await clock.run(clock.sleep(30_001));
  expect(await usage('a1')).toEqual(kept(150, 2));
});

it('is asked each time where this process alone writes', async () => {
  const { usage, file } = await rig(true);
  await file(100);
  expect(await usage('a1')).toEqual(kept(100, 1));
  await file(50);
  expect(await usage('a1')).toEqual(kept(150, 2));
});
