import { createInterface } from 'node:readline/promises';
import { clientFrom } from './cli/client.ts';
import { failureOf, main } from './cli/main.ts';

// A reader that has seen enough (`| head`) is no reason to complain.
process.stdout.on('error', () => process.exit(0));
process.on('uncaughtException', (error) => {
  process.stderr.write(`postern: ${failureOf(error).message}\n`);
  process.exit(1);
});

const { stdin, stdout, stderr } = process;

/** The answer; empty when there is none (Ctrl-C, Ctrl-D). */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    return await Promise.race([lines.question(question), closed]);
  } finally {
    lines.close();
  }
}

process.exitCode = await main(process.argv.slice(2), () => clientFrom(process.env), {
  stdin,
  stdout: (text) => stdout.write(text),
  stderr: (text) => stderr.write(text),
  columns: stdout.isTTY ? stdout.columns : undefined,
  terminal: stderr.isTTY ? { columns: stderr.columns, write: (text) => stderr.write(text) } : undefined,
  ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
});
