/** The whole program as its users have it: a process of its own, on a home and ports of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(ROOT, 'bin', 'local.ts');
/** As `npm start` has it. */
const START = { env: { MALLOC_MMAP_THRESHOLD_: '1048576' }, flags: ['--max-semi-space-size=16'] };

/** Standard ports of the listeners; each is at the port base + this. */
export const PORTS = {
  smtp: 25,
  submission: 587,
  submissions: 465,
  imap: 143,
  imaps: 993,
  pop3: 110,
  pop3s: 995,
  http: 80,
  https: 443,
  frame: 81,
} as const;

export interface SystemOptions {
  /** A home to start on; else a new one under the temporary directory, removed at `remove()`. */
  readonly home?: string;
  readonly base?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** A command and its arguments that the program is started under, such as strace. */
  readonly under?: readonly string[];
  /** Milliseconds to wait for the ready line. */
  readonly patience?: number;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface System {
  readonly home: string;
  readonly base: number;
  readonly child: ChildProcess;
  /** From the start of the process to its ready line, in milliseconds. */
  readonly readyMs: number;
  /** Passwords of the demo accounts by address, when this start made them. */
  readonly passwords: ReadonlyMap<string, string>;
  port(name: keyof typeof PORTS): number;
  stdout(): string;
  stderr(): string;
  /** Resident memory of the process now, in bytes. */
  rss(): Promise<number>;
  /** Sends a signal and waits until the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<Ended & { readonly ms: number }>;
  readonly ended: Promise<Ended>;
  /** Stops it if it runs, and removes the home if it was made here. */
  remove(): Promise<void>;
}

export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
}

/** Starts the program and waits for nothing. */
export function launch(
  env: Readonly<Record<string, string | undefined>>,
  under: readonly string[] = [],
  options: { readonly uid?: number; readonly cwd?: string } = {},
): Program {
  const [command, ...args] = [...under, process.execPath, ...START.flags, PROGRAM];
  const child = spawn(command!, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...START.env, POSTERN_LOG: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid }),
  });
  let out = '';
  let err = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  return { child, ended, stdout: () => out, stderr: () => err };
}

/** A port base whose listeners' ports are all free just now. */
export async function freeBase(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = 25_000 + Math.floor(Math.random() * 3_500);
    const free = await Promise.all(Object.values(PORTS).map((port) => isFree(base + port)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no free ports between 25000 and 29500');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Starts the program and waits for its ready line. Throws with what it printed where that does not come. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'postern-system-')));
  const base = options.base ?? (await freeBase());
  const begin = performance.now();
  const program = launch({ POSTERN_HOME: home, POSTERN_PORT_BASE: String(base), ...options.env }, options.under ?? []);
  const { child, ended, stdout, stderr } = program;
  let over: Ended | undefined;
  ended.then((end) => (over = end));
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}\n${stdout()}\n${stderr()}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail('the program did not get ready');
    }, options.patience ?? 30_000);
    child.stdout!.on('data', () => {
      if (!/^Postern is ready$/m.test(stdout())) return;
      clearTimeout(timer);
      resolve();
    });
    ended.then(({ code }) => {
      clearTimeout(timer);
      fail(`the program ended with ${code}`);
    }, reject);
  });
  const readyMs = performance.now() - begin;
  const passwords = new Map<string, string>();
  for (const [, address, password] of stdout().matchAll(/^Account (\S+) has the password (\S+)$/gm)) {
    passwords.set(address!, password!);
  }

  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    const from = performance.now();
    if (over === undefined) child.kill(signal);
    return { ...(await ended), ms: performance.now() - from };
  };
  return {
    home,
    base,
    child,
    readyMs,
    passwords,
    ended,
    stdout,
    stderr,
    stop,
    port: (name) => base + PORTS[name],
    rss: () => memory(child.pid!, 'VmRSS'),
    async remove() {
      await stop('SIGKILL');
      if (options.home === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}

/** A figure of /proc/PID/status, in bytes: VmRSS is what is resident now, VmHWM the most there ever was. */
export async function memory(pid: number, figure: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${figure}:\\s+(\\d+) kB`, 'm').exec(status)![1]) * 1024;
}
