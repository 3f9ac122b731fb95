import { createHash } from 'node:crypto';

/** What browsers let the webmail do (webmail: hostile mail), wherever it is served: bin/parts/webmail.ts, lib/constructs/spa-site.ts. */

/** What the pages may load and run. */
export function pagePolicy(frameOrigin: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    `frame-src ${frameOrigin}`,
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    // DOMPurify's, and ours: frontend/src/api/trusted.ts.
    'trusted-types dompurify postern',
  ].join('; ');
}

/** Of `frame.html` with just its own script; `pages` are the origins that may hold it. */
export function framePolicy(html: string, pages: readonly string[]): string {
  const script = /<script>([\s\S]*?)<\/script>/.exec(html)![1]!;
  return [
    // allow-modals: to print is one, and only its own script could ask for any.
    'sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox allow-modals',
    "default-src 'none'",
    `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    "form-action 'none'",
    "base-uri 'none'",
    `frame-ancestors ${pages.join(' ')}`,
  ].join('; ');
}

/** What goes with every file of the pages beside its policy. */
export const PAGE_HEADERS = {
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const;
