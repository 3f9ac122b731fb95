import createPurify from 'dompurify';

/**
 * The HTML of a message as it may be shown: no script, nothing that loads, nothing that leaves the frame but a link that was clicked. It is
 * the first of two walls: the frame's policy (frontend/frame) lets nothing load or run whatever comes through here.
 */

const purify = createPurify(window);

/** Attributes and properties that load something as soon as they are shown. */
const LOADS = [
  'srcset',
  'background',
  'poster',
  'lowsrc',
  'dynsrc',
  'ping',
  'action',
  'formaction',
  'xlink:href',
  'data',
];
const CSS_LOADS = /url\s*\(|image-set|@import|expression|-moz-binding|\\/i;

let cids = new Set<string>();

purify.addHook('afterSanitizeAttributes', (node) => {
  for (const name of LOADS) node.removeAttribute(name);
  const style = node.getAttribute('style');
  if (style !== null && CSS_LOADS.test(style)) node.removeAttribute('style');
  if (node.tagName === 'IMG') {
    const source = node.getAttribute('src') ?? '';
    const cid = /^cid:(.+)$/i.exec(source)?.[1];
    if (cid !== undefined) {
      cids.add(decodeURIComponent(cid));
      node.setAttribute('data-cid', decodeURIComponent(cid));
    }
    if (!/^data:image\/(png|jpeg|gif|webp);base64,/i.test(source)) node.removeAttribute('src');
    if (!node.hasAttribute('alt')) node.setAttribute('alt', '');
  } else {
    node.removeAttribute('src');
  }
  if (node.tagName === 'A') {
    const href = node.getAttribute('href') ?? '';
    if (!/^(https?|mailto):/i.test(href)) node.removeAttribute('href');
    node.setAttribute('target', '_blank');
    node.setAttribute('rel', 'noopener noreferrer nofollow');
  }
});

purify.addHook('uponSanitizeElement', (node, { tagName }) => {
  if (tagName === 'style' && CSS_LOADS.test(node.textContent ?? '')) (node as Element).remove();
});

/** Sanitises; says besides which of the message's own images are asked for. */
export function sanitise(html: string): { readonly html: string; readonly cids: ReadonlySet<string> } {
  cids = new Set();
  const clean = purify.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: [
      'form',
      'input',
      'button',
      'select',
      'textarea',
      'video',
      'audio',
      'source',
      'track',
      'picture',
      'dialog',
      'link',
      'meta',
      'base',
    ],
    FORBID_ATTR: ['autofocus', 'tabindex', 'accesskey', 'contenteditable', 'popover', 'popovertarget', 'id', 'name'],
    ADD_TAGS: ['style'],
    ALLOW_DATA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|cid:|data:image\/)/i,
    FORCE_BODY: true,
  });
  return { html: clean, cids };
}
