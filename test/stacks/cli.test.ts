import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PROJECT } from './synthesize.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-synth-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly seconds: number;
}

/** `npx cdk synth` as on a machine that has neither credentials nor Docker, and where every proxy leads nowhere. */
function synth(...options: string[]): Promise<Ended> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|CDK_|VITEST|NODE_|npm_|DOCKER_)/.test(name));
  const nowhere = 'http://127.0.0.1:9';
  const env = {
    ...Object.fromEntries(kept),
    HOME: folder,
    AWS_EC2_METADATA_DISABLED: 'true',
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    DOCKER_HOST: 'tcp://127.0.0.1:9',
    CI: 'true',
  };
  const started = performance.now();
  return new Promise((resolve) => {
    execFile(
      'npx',
      ['--no-install', 'cdk', 'synth', '--quiet', ...options],
      { cwd: PROJECT, env, timeout: 120_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, output: stdout + stderr, seconds: (performance.now() - started) / 1000 });
      },
    );
  });
}

describe('npx cdk synth', () => {
  it('makes every stack in less than a minute, offline, without Docker and credentials', async () => {
    const out = join(folder, 'all');
    const { code, output, seconds } = await synth('--output', out);
    expect(output).not.toMatch(/^(ERROR|WARNING)/m);
    expect(code, output).toBe(0);
    expect(seconds).toBeLessThan(60);
    const stacks = readdirSync(out).filter((name) => name.endsWith('.template.json'));
    expect(stacks.sort()).toEqual(
      ['access', 'data', 'egress', 'ingress', 'web'].map((part) => `postern-${part}.template.json`),
    );
  });

  it('says in one line what is wrong with a setting, and fails', async () => {
    const { code, output } = await synth('--output', join(folder, 'wrong'), '-c', 'az=7');
    expect(code).toBe(1);
    expect(output).toContain('-c az=7: use 1 or 2');
    expect(output).not.toMatch(/^\s+at /m);
  });
});
