import createPurify from 'dompurify';
import { trusted } from '../../api/trusted.ts';
import { flatten } from './flatten.ts';

/**
 * HTML of others, and one's own of earlier, as it may stand in the editor: no script, nothing that loads, nothing hidden, no rules for
 * classes. What loads waits in attributes of ours (`data-src`, `data-cid`) and is put back when it is sent (editor.ts).
 */

/** Of its own: the hooks of the reader's are not for this. */
const purify = createPurify(window);

const CSS_LOADS = /url\s*\(|image-set|@import|expression|-moz-binding|\\/i;
/** Classes that we and the editor give. */
const OWN_CLASSES = new Set(['color', 'font', 'size', 'highlight', 'signature', 'quote']);
/** The editor's marks of the selection in what it keeps for undoing. */
const MARK = /^squire-selection-(start|end)$/;

purify.addHook('beforeSanitizeAttributes', (node) => {
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  const element = node as HTMLElement;
  const style = element.getAttribute('data-style');
  if (style !== null && element.style !== undefined) {
    element.removeAttribute('data-style');
    element.style.cssText = style;
    for (const name of [...element.style]) {
      if (CSS_LOADS.test(element.style.getPropertyValue(name)) || name === 'position' || name.startsWith('animation'))
        element.style.removeProperty(name);
    }
  }
  if (element.tagName !== 'IMG') return;
  const source = element.getAttribute('src') ?? '';
  const cid = /^cid:(.+)$/is.exec(source)?.[1];
  if (cid !== undefined) element.setAttribute('data-cid', decoded(cid));
  else if (/^https?:/i.test(source)) element.setAttribute('data-src', source);
  if (!/^(data:image\/(png|jpeg|gif|webp)[;,]|blob:)/i.test(source)) element.removeAttribute('src');
});

purify.addHook('afterSanitizeAttributes', (node) => {
  const element = node as HTMLElement;
  if (element.tagName === 'INPUT' && !MARK.test(element.id)) element.remove();
  if (element.tagName === 'A') {
    if (!/^(https?|mailto|tel):/i.test(element.getAttribute('href') ?? '')) element.removeAttribute('href');
  }
});

/** Cleans HTML of whomever. `isOwn`: classes of ours are kept. */
export function clean(html: string, isOwn = false): DocumentFragment {
  const { text, styles } = prepared(html);
  const fragment = purify.sanitize(text, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: [
      ...[
        'form',
        'button',
        'select',
        'textarea',
        'option',
        'video',
        'audio',
        'source',
        'track',
        'picture',
        'dialog',
        'style',
      ],
      ...[
        'link',
        'meta',
        'base',
        'map',
        'area',
        'details',
        'summary',
        'template',
        'slot',
        'label',
        'fieldset',
        'meter',
        'progress',
      ],
    ],
    ADD_TAGS: ['input'],
    ADD_ATTR: ['data-cid', 'data-src'],
    FORBID_ATTR: [
      ...['srcset', 'background', 'poster', 'lowsrc', 'dynsrc', 'ping', 'action', 'formaction', 'usemap', 'autofocus'],
      ...['tabindex', 'accesskey', 'contenteditable', 'popover', 'popovertarget', 'name', 'target', 'rel', 'for'],
    ],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    // What has no scheme passes here: beside addresses, it is what all other attributes say.
    ALLOWED_URI_REGEXP: /^(?:(?:https?|mailto|tel|cid|blob):|data:image\/|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
    ADD_URI_SAFE_ATTR: ['data-cid', 'data-src'],
    RETURN_DOM_FRAGMENT: true,
    FORCE_BODY: true,
    TRUSTED_TYPES_POLICY: trusted as never,
  });
  flatten(fragment, styles);
  for (const element of fragment.querySelectorAll('[class],[id]')) {
    const classes = isOwn ? [...element.classList].filter((name) => OWN_CLASSES.has(name)) : [];
    if (classes.length > 0) element.className = classes.join(' ');
    else element.removeAttribute('class');
    if (element.tagName !== 'INPUT') element.removeAttribute('id');
  }
  return fragment;
}

/**
 * Before it is parsed: a policy without inline styles and handlers is told of each, even where nothing would come of them, so they are
 * renamed. This is no wall: what it misses, DOMPurify takes away.
 */
function prepared(html: string): { readonly text: string; readonly styles: readonly string[] } {
  const styles: string[] = [];
  const text = html
    .replace(/(<style\b[^>]*>)\s*<!--([\s\S]*?)-->\s*(<\/style)/gi, '$1$2$3')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<style\b[^>]*>([\s\S]*?)<\/style\s*>/gi, (_, css: string) => {
      styles.push(css);
      return '';
    })
    .replace(/<[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi, (tag) =>
      tag.replace(/([\s"'/])style(\s*=)/gi, '$1data-style$2').replace(/([\s"'/])on(\w+\s*=)/gi, '$1data-off-$2'),
    );
  return { text, styles };
}

function decoded(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}
