import { expect, test } from 'vitest';
import { cliPage } from '../support/cli-page.ts';

test('docs/cli.md is what the CLI says of itself', async () => {
  await expect(cliPage()).toMatchFileSnapshot('../../docs/cli.md');
});
