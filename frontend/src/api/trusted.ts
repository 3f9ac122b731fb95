/**
 * The one policy (Trusted Types) of our own: addresses of workers that are files of this page, and HTML on its way into DOMPurify, which
 * cleans it. Where the browser knows no such policies, text is passed as it is.
 */
interface Policy {
  createHTML(html: string): string;
  createScriptURL(url: string): string;
}

interface Factory {
  createPolicy(name: string, rules: Policy): Policy;
}

const rules: Policy = {
  createHTML: (html) => html,
  createScriptURL: (url) => {
    if (new URL(url, location.href).origin !== location.origin) throw new TypeError('A script of another origin.');
    return url;
  },
};

export const trusted: Policy =
  (globalThis as unknown as { trustedTypes?: Factory }).trustedTypes?.createPolicy('postern', rules) ?? rules;
