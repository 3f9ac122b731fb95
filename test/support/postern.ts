import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, type System } from './system.ts';

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Cli = (...args: (string | { readonly stdin: string })[]) => Promise<Said>;

/** The `postern` command against a running system, as `npx postern` would start it; its last argument may be its input. */
export function postern(system: Pick<System, 'home' | 'base'>, env: Readonly<Record<string, string>> = {}): Cli {
  return (...args) =>
    new Promise((resolve, reject) => {
      const words = args.filter((arg) => typeof arg === 'string');
      const input = args.find((arg) => typeof arg !== 'string');
      const child = spawn(process.execPath, [join(ROOT, 'bin', 'postern.mjs'), ...words], {
        env: { ...process.env, POSTERN_HOME: system.home, POSTERN_PORT_BASE: String(system.base), ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
      child.stdin.end(input?.stdin ?? '');
    });
}
