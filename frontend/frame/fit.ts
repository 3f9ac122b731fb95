/** What is wider than the frame is made as wide as it; what cannot be is made smaller, and scrolled where that would be too small to read. */

/** Of its own size, at least. */
const SMALLEST = 0.6;
/** What messages are laid out with. */
const BOXES = 'table, tbody, tr, td, th, div, center, section, p, img';

/** Gives what fits a message into the frame, to be called whenever it or the frame may have changed. */
export function fitterOf(root: HTMLElement): (isNew: boolean) => void {
  let width = 0;
  let undo: (() => void)[] = [];

  return (isNew) => {
    const now = document.documentElement.clientWidth;
    if (now === 0 || (now === width && !isNew)) return;
    width = now;
    for (const one of undo) one();
    undo = [];
    root.style.removeProperty('zoom');
    if (root.scrollWidth <= root.clientWidth) return;
    // All are measured before any is changed.
    const wide = [...root.querySelectorAll<HTMLElement>(BOXES)].filter(({ offsetWidth }) => offsetWidth > now);
    for (const { style } of wide) {
      for (const [name, value] of [
        ['width', '100%'],
        ['min-width', '0'],
      ] as const) {
        const before = [style.getPropertyValue(name), style.getPropertyPriority(name)] as const;
        undo.push(() => style.setProperty(name, ...before));
        style.setProperty(name, value, 'important');
      }
    }
    if (root.scrollWidth > root.clientWidth)
      root.style.setProperty('zoom', String(Math.max(SMALLEST, root.clientWidth / root.scrollWidth)));
  };
}
