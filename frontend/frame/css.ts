/**
 * Styles of a message without what loads, reads or hides behind variables. They are taken as the browser has understood them, so that no
 * way of writing (escapes, comments) gets around it. The frame's policy lets nothing load in any case.
 */

/** What a value may not have: anything that names another file, or takes its value from elsewhere. */
const LOADS =
  /url\(|image-set\(|image\(|src\(|element\(|paint\(|cross-fade\(|attr\(|var\(|env\(|expression|-moz-binding/i;

/** Takes out of declarations what loads. Gives the address of a background that was among them. */
export function cleanDeclarations(style: CSSStyleDeclaration): string | undefined {
  let background: string | undefined;
  for (const name of [...style]) {
    const value = style.getPropertyValue(name);
    if (name === 'background-image') background = /^url\("(https?:[^"\\]+)"\)$/i.exec(value.trim())?.[1];
    if (name.startsWith('--') || LOADS.test(value)) style.removeProperty(name);
    // What stays where the page is scrolled could lie over everything else.
    if (name === 'position' && /fixed|sticky/.test(value)) style.removeProperty(name);
  }
  // A shorthand whose parts cannot be told apart, as with var().
  if (LOADS.test(style.cssText)) style.cssText = '';
  return background;
}

/** The rules of a style sheet that say how something looks; none that names another file. */
export function cleanSheet(text: string): string {
  const sheet = new CSSStyleSheet();
  try {
    sheet.replaceSync(text);
  } catch {
    return '';
  }
  return rulesOf(sheet.cssRules).join('\n');
}

function rulesOf(rules: CSSRuleList): string[] {
  return [...rules].flatMap((rule) => {
    if (rule instanceof CSSStyleRule) {
      cleanDeclarations(rule.style);
      // Nested rules are left out with their parent's text.
      const { selectorText, style } = rule;
      return style.length === 0 ? [] : [`${selectorText} { ${style.cssText} }`];
    }
    if (rule instanceof CSSMediaRule) {
      const inner = rulesOf(rule.cssRules);
      return inner.length === 0 ? [] : [`@media ${rule.media.mediaText} {\n${inner.join('\n')}\n}`];
    }
    return [];
  });
}
