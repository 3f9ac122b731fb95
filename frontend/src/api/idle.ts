/** Does something when nothing else is to be done, or else after so many milliseconds. */
export function whenIdle(work: () => void, within: number): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(() => work(), { timeout: within });
  else setTimeout(work, within / 3);
}
