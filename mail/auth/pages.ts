import { Raw } from '../rest/route.ts';

/** Pages of plain HTML for what people come to by a link, before or besides the webmail. */

/** As the webmail's doors look (frontend/src/styles/door.css). */
const STYLE = `
:root { color-scheme: light dark; --accent: #2f5bd0; --on-accent: #fff; --ground: light-dark(#f3f5f9, #0f1218); }
body { font: 14px/20px system-ui, sans-serif; margin: 0 auto; padding: clamp(24px, 12vh, 128px) 16px 24px; max-width: 400px;
  color: light-dark(#1a2130, #e6e9f0); background: var(--ground); }
header { text-align: center; font-size: 18px; font-weight: 650; margin-bottom: 24px; overflow-wrap: anywhere; }
main { display: grid; gap: 16px; padding: 32px; background: light-dark(#fff, #161a22); border: 1px solid light-dark(#dfe3eb, #2a303c);
  border-radius: 12px; box-shadow: 0 1px 2px rgb(0 0 0 / 8%), 0 8px 24px rgb(0 0 0 / 12%); }
h1 { font-size: 22px; line-height: 28px; font-weight: 650; margin: 0; }
p { margin: 0; }
form { display: grid; gap: 16px; }
input[type=password] { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: 8px 12px; min-height: 44px; margin-top: 4px;
  border: 1px solid light-dark(#dfe3eb, #2a303c); border-radius: 8px; background: inherit; }
button { font: inherit; font-weight: 600; min-height: 44px; border: 0; border-radius: 8px; background: var(--accent); color: var(--on-accent); cursor: pointer; }
button:disabled { opacity: .6; }
a { color: light-dark(#244bb3, #9db7ff); }
.strength { display: grid; gap: 4px; --part: 15%; --colour: light-dark(#b3261e, #ff9d94); }
.strength span { height: 4px; border-radius: 2px; background: linear-gradient(var(--colour) 0 0) no-repeat light-dark(#dfe3eb, #2a303c); background-size: var(--part) 100%; }
.strength[data-strength=weak] { --part: 35%; }
.strength[data-strength=fair] { --part: 65%; --colour: light-dark(#b06000, #f2b84b); }
.strength[data-strength=strong] { --part: 100%; --colour: light-dark(#19713b, #7bd69b); }
[role=status]:empty { display: none; }
[role=status] { font-weight: 600; }`;

/** How the domain looks whose page it is: what `brand.*` says. */
export interface Look {
  readonly name?: string | undefined;
  readonly accent?: string | undefined;
  readonly onAccent?: string | undefined;
}

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
  { name = 'Postern', accent, onAccent }: Look = {},
): Raw {
  const colours = accent === undefined ? '' : `\n:root { --accent: ${accent}; --on-accent: ${onAccent}; }`;
  const html = [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}${colours}\n</style>`,
    `<header>${escaped(name)}</header>`,
    '<main>',
    `<h1>${escaped(title)}</h1>`,
    ...body,
    '</main>',
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
