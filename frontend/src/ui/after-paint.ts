/** Does something when the next frame is on its way to the screen; at once where nobody looks. */
export function afterPaint(work: () => void): void {
  if (document.hidden) work();
  else requestAnimationFrame(() => setTimeout(work));
}
