import { spawn } from 'node:child_process';

/** Runs a Python program, with `values` in the global `given`, and gives what it printed. Throws with its words where it fails. */
export function python(program: string, values: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const source = `import json, sys\ngiven = json.loads(sys.argv[1])\n${program}`;
  return new Promise((resolve, reject) => {
    const child = spawn('python3', ['-', JSON.stringify(values)], { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`python3 ended with ${code}\n${err}\n${out}`)),
    );
    child.stdin.end(source);
  });
}
