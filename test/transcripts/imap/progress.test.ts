import { expect, test } from 'vitest';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

test('INPROGRESS (RFC 9585): a long search says now and then that it is at work', async () => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const world = await imapWorld({
    blobs: (blobs) => ({
      ...blobs,
      get: async (name, range) => {
        await held;
        return blobs.get(name, range);
      },
      async *stream(name, range) {
        await held;
        yield* blobs.stream(name, range);
      },
    }),
  });
  await world.deliver('INBOX', message('one', 'needle\r\n'));
  const client = await world.login('INBOX');
  await transcript(client, 'C: a CAPABILITY\nS~  INPROGRESS \nS* ^a OK');
  client.send('a1 SEARCH BODY needle\r\n');
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (let time = 0; time < 2; time++) {
    await world.clock.skip(12_500);
    await client.expect('* OK [INPROGRESS ("a1" NIL NIL)] Still at work');
  }
  letGo();
  await transcript(client, 'S: * SEARCH 1\nS: a1 OK SEARCH completed');
  await world.clock.skip(30_000);
  await transcript(client, 'C: b NOOP\nS: b OK NOOP completed');
  expect(world.errors).toEqual([]);
  client.destroy();
});
