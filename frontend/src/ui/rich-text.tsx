import createPurify from 'dompurify';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { trusted } from '../api/trusted.ts';

/** Of its own: what others hook into theirs does not touch it. */
const purify = createPurify(window);

purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return;
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer');
});

const ALLOWED_TAGS = ['h2', 'h3', 'p', 'br', 'hr', 'ul', 'ol', 'li', 'strong', 'b', 'em', 'i', 'u', 'small', 'a'];

/** Text of an administrator with the few elements that text has: nothing of it runs, loads, or looks like our own buttons and fields. */
export default function RichText({ html }: { readonly html: string }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const clean = purify.sanitize(html, {
      ALLOWED_TAGS,
      ALLOWED_ATTR: ['href', 'lang', 'dir', 'target', 'rel'],
      ALLOWED_URI_REGEXP: /^(?:https?|mailto|tel):/i,
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      RETURN_DOM_FRAGMENT: true,
      TRUSTED_TYPES_POLICY: trusted as never,
    });
    place.current!.replaceChildren(clean);
  }, [html]);
  return <div ref={place} class="rich-text" dir="auto" />;
}
