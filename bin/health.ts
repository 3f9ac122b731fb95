/** What the container agent runs beside a program: exit 0 when the program answers that it is well. */
const port = Number(process.env.POSTERN_HEALTH_PORT);
try {
  const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(5_000) });
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
