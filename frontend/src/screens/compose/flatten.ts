/**
 * Has what a message looks like stand in the message itself: rules for classes become styles of elements, and what these hide goes. Else a
 * text that nobody saw could come to sight when it is quoted in another message, or the other way round ("kobold letters").
 */

/** Those that say how text looks. Others could put it elsewhere, or over something. */
const KEPT =
  /^(color|background-color|font(-\w+)*|text-(align|decoration.*|transform|indent)|line-height|letter-spacing|white-space|vertical-align|(border|padding|margin)(-.+)?|(min-|max-)?(width|height)|list-style(-type)?|direction|display|visibility|opacity|overflow(-[xy])?|mso-hide)$/;
const LOADS = /url\s*\(|image-set|expression|var\s*\(|\\/i;
/** Rules that are looked at: a message that has more is not read, but an attack on our time. */
const MAX_RULES = 2_000;

export function flatten(root: DocumentFragment, styles: readonly string[]): void {
  const own = new Map<HTMLElement, ReadonlySet<string>>();
  let rules = 0;
  for (const css of styles) {
    for (const rule of rulesOf(css)) {
      if (!(rule instanceof CSSStyleRule) || ++rules > MAX_RULES) continue;
      const names = [...rule.style].filter((name) => KEPT.test(name));
      if (names.length === 0) continue;
      for (const element of matching(root, rule.selectorText)) {
        if (!own.has(element)) own.set(element, new Set(element.style));
        for (const name of names) {
          const value = rule.style.getPropertyValue(name);
          const isImportant = rule.style.getPropertyPriority(name) === 'important';
          if (LOADS.test(value) || (own.get(element)!.has(name) && !isImportant)) continue;
          element.style.setProperty(name, value);
        }
      }
    }
  }
  for (const element of root.querySelectorAll<HTMLElement>('*')) if (isHidden(element)) element.remove();
  for (const element of root.querySelectorAll<HTMLElement>('[style]')) {
    for (const name of [...element.style]) if (!KEPT.test(name)) element.style.removeProperty(name);
    if (element.style.length === 0) element.removeAttribute('style');
  }
}

function rulesOf(css: string): readonly CSSRule[] {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css.replace(/@import[^;]*;?/gi, ''));
    return [...sheet.cssRules];
  } catch {
    return [];
  }
}

function matching(root: DocumentFragment, selector: string): Iterable<HTMLElement> {
  try {
    return root.querySelectorAll<HTMLElement>(selector);
  } catch {
    return [];
  }
}

function isHidden(element: HTMLElement): boolean {
  const { style } = element;
  if (element.hasAttribute('hidden') || style === undefined) return element.hasAttribute('hidden');
  const isNothing = (value: string) => value !== '' && Number.parseFloat(value) <= 0;
  return (
    style.display === 'none' ||
    style.visibility === 'hidden' ||
    style.visibility === 'collapse' ||
    (style.opacity !== '' && Number.parseFloat(style.opacity) < 0.05) ||
    (style.fontSize !== '' && Number.parseFloat(style.fontSize) <= 1 && !style.fontSize.endsWith('em')) ||
    (style.overflow.startsWith('hidden') &&
      [style.height, style.maxHeight, style.width, style.maxWidth].some((value) => isNothing(value))) ||
    style.color === 'transparent' ||
    Number.parseFloat(style.textIndent) < -100
  );
}
