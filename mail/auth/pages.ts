import { Raw } from '../rest/route.ts';

/** Pages of plain HTML for what people come to by a link, before or besides the webmail. */

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 12vh auto; padding: 0 1rem; color-scheme: light dark; }
h1 { font-size: 1.4rem; font-weight: 600; }
input[type=password] { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .5rem; margin: .25rem 0 1rem; }
button { font: inherit; padding: .5rem 1.2rem; margin-top: 1rem; cursor: pointer; }
[role=status] { font-weight: 600; }`;

/** Nothing is loaded from anywhere; no other page may frame it; and the token in its address goes nowhere. */
function headersOf(nonce: string | undefined): Record<string, string> {
  const own = nonce === undefined ? '' : ` script-src 'nonce-${nonce}'; connect-src 'self';`;
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline';${own} base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

/** `body`: lines of HTML. `script`: runs when the page is there; `nonce`: a fresh random text for it. */
export function page(
  status: number,
  title: string,
  body: readonly string[],
  script?: { readonly nonce: string; readonly text: string },
): Raw {
  const html = [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<h1>${escaped(title)}</h1>`,
    ...body,
    ...(script === undefined ? [] : [`<script nonce="${script.nonce}">${script.text}</script>`]),
    '',
  ];
  return new Raw({ status, headers: headersOf(script?.nonce), body: html.join('\n') });
}

export function paragraph(text: string): string {
  return `<p>${escaped(text)}</p>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
