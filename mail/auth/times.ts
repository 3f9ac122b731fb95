/** As all times of this API: ISO 8601, UTC. `ms`: since 1970. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
