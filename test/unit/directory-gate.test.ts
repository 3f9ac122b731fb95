import { expect, it } from 'vitest';
import { Gate } from '../../mail/directory/gate.ts';

/** Work that ends when it is told to, and who did it in which order. */
function works(gate: Gate) {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const come = (who: string) =>
    gate.run(who, () => {
      begun.push(who);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const end = async () => {
    ends.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { begun, come, end };
}

it('lets whoever had the fewest turns go first, and of these the last to come', async () => {
  const { begun, come, end } = works(new Gate(1, 100));
  for (let i = 0; i < 10; i++) void come('busy');
  await end();
  for (const who of ['busy', 'new', 'other', 'new']) void come(who);
  for (let i = 0; i < 4; i++) await end();
  expect(begun).toEqual(['busy', 'busy', 'other', 'new', 'new', 'busy']);
});

it('runs no more at once than it has room for, and is free again afterwards', async () => {
  const { begun, come, end } = works(new Gate(2, 100));
  for (const who of ['a', 'b', 'c', 'd']) void come(who);
  expect(begun).toEqual(['a', 'b']);
  for (let i = 0; i < 4; i++) await end();
  void come('e');
  void come('f');
  void come('g');
  expect(begun).toEqual(['a', 'b', 'd', 'c', 'e', 'f']);
});

it('turns away the last of the longest line when it is full, so that one more person finds a place', async () => {
  const { begun, come, end } = works(new Gate(1, 3));
  const crowd = Array.from({ length: 5 }, () => come('crowd').then(String, (error) => error.code));
  expect(await crowd[4]).toBe('unavailable');
  void come('guest');
  expect(await crowd[3]).toBe('unavailable');
  await end();
  expect(begun).toEqual(['crowd', 'guest']);
});

it('goes on after work that fails', async () => {
  const gate = new Gate(1, 10);
  const failing = gate.run('a', () => Promise.reject(new Error('no')));
  const next = gate.run('b', async () => 'done');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('done');
});
