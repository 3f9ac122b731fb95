import { clientFrom } from './cli/client.ts';
import { main } from './cli/main.ts';

// A reader that has seen enough (`| head`) is no reason to complain.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await main(process.argv.slice(2), () => clientFrom(process.env), {
  stdin: process.stdin,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
});
