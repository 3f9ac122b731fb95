/** The examples of docs/jmap.md, run as they stand against the whole program. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT, type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.remove());

it('does what the page says', async () => {
  const page = await readFile(join(ROOT, 'docs', 'jmap.md'), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);
  expect(blocks.length).toBeGreaterThanOrEqual(6);
  const script = ['set -euo pipefail', ...blocks].join('\necho; echo ----\n');
  const env = {
    ...process.env,
    ORIGIN: `http://localhost:${system.port('http')}`,
    ADDRESS: ALICE,
    PASSWORD: system.passwords.get(ALICE)!,
  };
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], { env });
  expect(stderr.replace(/^curl: \(28\).*\n/gm, '')).toBe('');
  const [, , draft, submission, events, snooze, preferences, images] = stdout.split('----\n') as string[];
  const answers = (text: string) => JSON.parse(text).methodResponses.map(([, answer]: [string, unknown]) => answer);
  expect(stdout).not.toContain('"error"');
  expect(answers(draft!)[4].list).toEqual([
    { id: expect.any(String), subject: 'Written with curl', preview: 'It works.' },
  ]);
  expect(answers(submission!)).toMatchObject([
    { created: { s: { undoStatus: 'pending' } } },
    { updated: expect.any(Object), notUpdated: {} },
  ]);
  expect(events).toContain(': here');
  const [set, { list }] = answers(snooze!);
  expect(Object.values(set.updated)).toEqual([{ mailboxIds: list[0].mailboxIds }]);
  expect(list[0].snoozed).toMatchObject({ moveToMailboxId: null, setKeywords: { $seen: false } });
  expect(answers(preferences!)[1].list).toMatchObject([{ theme: 'dark', dictionary: { Postern: true } }]);
  const [signed, status] = images!.trim().split('\n');
  expect(Object.keys(answers(signed!)[0].signed)).toEqual(['http://169.254.169.254/logo.png']);
  expect(status).toBe('403');
});
