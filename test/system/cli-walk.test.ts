/** Somebody new follows what the help and docs/cli.md say, and nothing else: an account is made, mailed, traced and removed. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { ROOT, type System, startSystem } from '../support/system.ts';

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let system: System;
let folder: string;
let dns: DnsServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-walk-'));
  dns = await startDnsServer({ 'mail.example.test': { A: ['192.0.2.1'] } });
  system = await startSystem({ env: { POSTERN_RESOLVER: dns.address } });
  // As `npm link`, or npx, puts it on the path.
  const program = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'bin', 'postern.mjs')}" "$@"\n`;
  await writeFile(join(folder, 'postern'), program, { mode: 0o755 });
});
afterAll(async () => {
  await system?.remove();
  await dns?.close();
  await rm(folder, { recursive: true, force: true });
});

function shell(line: string): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', line], {
      cwd: folder,
      env: {
        ...process.env,
        PATH: `${folder}${delimiter}${process.env.PATH}`,
        POSTERN_HOME: system.home,
        POSTERN_PORT_BASE: String(system.base),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The indented lines below a title of the help. */
function below(help: string, title: string): string[] {
  const section = help.split('\n\n').find((each) => each.startsWith(`${title}:\n`)) ?? '';
  return section
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

/** Runs each as it stands. Mail takes a moment, and whoever types takes longer: what fails is tried again for a while. */
async function walk(steps: readonly string[]): Promise<Map<string, string>> {
  const said = new Map<string, string>();
  for (const step of steps) {
    let last: Said | undefined;
    const run = async () => (last = await shell(step));
    await expect.poll(run, { timeout: 10_000, interval: 200 }).toMatchObject({ code: 0, stderr: '' });
    said.set(/postern (.*?)(?: -|$| \S*@| \S+\.com)/.exec(step)![1]!, last!.stdout);
  }
  return said;
}

/** What there is to be seen on the way, and that nothing is left. */
async function expectWalked(said: ReadonlyMap<string, string>): Promise<void> {
  expect([...said.keys()]).toEqual([
    'domain add',
    'account add',
    'send',
    'trace',
    'account show',
    'account remove',
    'domain remove',
  ]);
  expect(said.get('send')).toMatch(/^queued as [a-z2-7]{16}\n$/);
  expect(said.get('trace')).toContain('alice@example.com');
  expect(said.get('account show')).toMatch(/^messages +1$/m);
  expect((await shell('postern account list --json')).stdout).not.toContain('alice@example.com');
  expect((await shell('postern domain list')).stdout).not.toContain('example.com');
}

describe('the first steps', () => {
  it('work as the help gives them', async () => {
    const help = await shell('postern --help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    await expectWalked(await walk(below(help.stdout, 'First steps')));
  });

  it('work as docs/cli.md gives them', async () => {
    const page = await readFile(join(ROOT, 'docs', 'cli.md'), 'utf8');
    const steps = /## First steps\n[\s\S]*?```\n([\s\S]*?)```/.exec(page)?.[1]?.trim().split('\n') ?? [];
    await expectWalked(await walk(steps));
  });
});

describe('the help', () => {
  it('leads from the overview to a group, to a command, to an example that works', async () => {
    const overview = (await shell('postern --help')).stdout;
    expect(overview).toContain('domain add DOMAIN');
    expect(overview).toContain('COMMAND --help');
    const group = (await shell('postern domain --help')).stdout;
    expect(group).toContain('postern domain add DOMAIN');
    const command = (await shell('postern domain add --help')).stdout;
    const [example] = below(command, 'Examples');
    expect(await shell(example!)).toMatchObject({ code: 0, stdout: 'example.com added\n' });
    expect(await shell('postern domain dns example.com')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('MX'),
    });
    expect(await shell('postern domain remove example.com')).toMatchObject({ code: 0 });
  });

  it('helps a shell to complete names that there are now', async () => {
    const complete = async (line: string) => {
      const script = `source <(postern completion bash); COMP_LINE='${line}' COMP_POINT=${line.length}; _postern; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return (await shell(script)).stdout.trim().split('\n');
    };
    expect(await complete('postern account show al')).toEqual(['alice@example.test']);
    expect(await complete('postern account show alice@')).toEqual(['example.test']);
    expect(await complete('postern settings get smtp.maxM')).toEqual(['smtp.maxMessageSize']);
    const fish = await shell(
      `postern completion fish > it.fish; fish -c 'source it.fish; complete -C "postern account show al"'`,
    );
    expect(fish.stdout).toBe('alice@example.test\n');
    // What the shell itself would be given, said aloud.
    const aloud = 'compadd() { shift; print -l -- "$@" }; words=(postern account show al); CURRENT=4; _postern';
    const zsh = await shell(
      `postern completion zsh > it.zsh; zsh -fc 'autoload -Uz compinit; compinit -u -d ./dump; source ./it.zsh; ${aloud}'`,
    );
    expect(zsh.stdout).toBe('alice@example.test\n');
  });
});

describe('both APIs', () => {
  it.each(['/admin/v1', '/auth/v1'])('%s describes itself in valid OpenAPI, and on a page', async (prefix) => {
    const url = `http://127.0.0.1:${system.port('http')}${prefix}`;
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as Record<string, object>;
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    const page = await fetch(`${url}/`);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const text = await page.text();
    for (const path of Object.keys(document.paths!)) expect(text).toContain(`<code>${path}</code>`);
  });
});

describe('a domain', () => {
  it('is set up by what its commands offer: welcome, CSV, a group, a message to all', async () => {
    const done = async (line: string) => {
      const said = await shell(line);
      expect(said, line).toMatchObject({ code: 0, stderr: '' });
      return said.stdout;
    };
    await done('postern domain add company.test');
    await done(`postern settings set accounts.welcome '{"subject":"Welcome, {name}","text":"Hello."}' -d company.test`);
    await writeFile(join(folder, 'people.csv'), 'address,displayName\nann@company.test,Ann\nben@company.test,\n');
    expect(await done('postern account import people.csv')).toMatch(/^2 accounts made\n\nADDRESS/);
    const messages = async (name: string) => {
      const shown = await shell(`postern account show ${name}@company.test --json`);
      return JSON.parse(shown.stdout).messages as number;
    };
    await expect.poll(() => messages('ann'), { timeout: 10_000 }).toBe(1);
    await done('postern group add team@company.test ann@company.test ben@company.test');
    await done(
      `printf 'Subject: once\\n\\nHi\\n' | postern send --from ann@company.test --to team@company.test --to ben@company.test`,
    );
    await expect.poll(() => messages('ben'), { timeout: 10_000 }).toBe(2);
    const text = 'From: postmaster@company.test\\nSubject: to all\\n\\nHi\\n';
    expect(await done(`printf '${text}' | postern domain mail company.test`)).toBe('sent to 2 accounts\n');
    await expect.poll(() => messages('ben'), { timeout: 10_000 }).toBe(3);
    expect(await messages('ann')).toBe(3);
    expect(await done('postern account export -d company.test')).toContain('ann@company.test,Ann');
    const check = await shell('postern domain check company.test');
    expect(check).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('MX company.test: missing. There is no such name (NXDOMAIN)'),
    });
    dns.zones.set('company.test', { MX: [[10, 'mail.example.test']], TXT: ['v=spf1 mx -all'] });
    expect(await done('postern domain check company.test')).toContain('MX company.test: ok.');
    dns.zones.set('company.test', { fail: 'SERVFAIL' });
    expect((await shell('postern domain check company.test')).stdout).toContain('MX company.test: unknown.');
  });
});

describe('what is refused', () => {
  it.each([
    ['postern account add nobody@nowhere.test', 1],
    ['postern account show nobody@example.test', 1],
    ['POSTERN_URL=http://127.0.0.1:9 postern status', 1],
    ['POSTERN_URL=nonsense postern status', 1],
    ['POSTERN_TOKEN=wrong postern status', 1],
    ['postern import alice@example.test /nowhere', 1],
    ['postern account import /nowhere.csv', 1],
    ['postern account list --colour', 2],
    ['postern account frobnicate', 2],
    ['postern frobnicate', 2],
  ])('is told by "%s" in one plain line, with exit code %i', async (line, code) => {
    const said = await shell(line);
    expect(said).toMatchObject({ code, stdout: '' });
    expect(said.stderr).toMatch(/^postern: [^\n]+\n$/);
    expect(said.stderr).not.toMatch(/^ +at |\.ts:\d+|Error:|undefined/m);
  });
});
