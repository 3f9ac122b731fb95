/**
 * Runs a program until SIGTERM or SIGINT, then until it has finished what is in progress. Exit status 0 then; 1, with one plain line
 * on stderr, where it cannot start. A second signal changes nothing.
 */
export function runProgram(program: (stopping: Promise<void>) => Promise<void>): void {
  const stopping = new Promise<void>((resolve) => {
    process.on('SIGTERM', () => resolve());
    process.on('SIGINT', () => resolve());
  });
  program(stopping).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(`postern: ${error instanceof Error ? error.message : String(error)}`);
      process.exit(1);
    },
  );
}
