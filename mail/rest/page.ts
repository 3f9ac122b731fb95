import { createHash } from 'node:crypto';
import type { HttpResponse } from '../http.ts';

/** What the page shows of an OpenAPI document. */
interface Document {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly summary: string;
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Schema {
  readonly [keyword: string]: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}
h2{margin-top:2.5rem;border-bottom:1px solid #ccc}details{margin:.4rem 0;border:1px solid #ddd;border-radius:4px}
summary{padding:.4rem .6rem;cursor:pointer}details>div{padding:0 1rem 1rem}code,pre{font:14px/1.4 ui-monospace,monospace}
pre{overflow:auto;background:#f5f5f5;padding:.6rem}b{display:inline-block;min-width:4rem}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #eee}
@media(prefers-color-scheme:dark){body{color:#eee;background:#181818}pre{background:#262626}details,h2,td,th{border-color:#444}a{color:#8bf}}`;

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  // No script, no other host, no frame: all that is in the page is this text and this style.
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** An API's own description as a page that people read, without script. */
export function apiPage(document: unknown, specification: string): HttpResponse {
  const { info, paths } = document as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const groups = Map.groupBy(operations, ({ path }) => path.split('/')[3] ?? '');
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${html(info.title)}</title>
<style>${STYLE}</style></head><body>
<h1>${html(info.title)} <small>${html(info.version)}</small></h1>
<p>The same for programs: <a href="${html(specification)}">${html(specification)}</a> (OpenAPI 3.1). Sign in with <code>Authorization: Bearer TOKEN</code>.
What is refused answers with <code>application/problem+json</code> (RFC 9457): <code>code</code> for programs, <code>detail</code> for people.</p>
<nav><ul>${[...groups.keys()].map((name) => `<li><a href="#${html(name)}">${html(name)}</a></li>`).join('')}</ul></nav>
${[...groups].map(([name, all]) => `<h2 id="${html(name)}">${html(name)}</h2>\n${all.map(operationHtml).join('\n')}`).join('\n')}
</body></html>
`;
  return { status: 200, headers: HEADERS, body };
}

function operationHtml({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const open = operation.security?.length === 0 ? '<p>Nobody need sign in for this.</p>' : '';
  const answers = Object.entries(operation.responses).filter(([status]) => status !== 'default');
  return `<details id="${html(operation.operationId)}"><summary><b>${method}</b> <code>${html(path)}</code> ${html(operation.summary)}</summary><div>${open}${parameters(operation)}${
    operation.requestBody === undefined ? '' : `<h3>Body</h3>${content(operation.requestBody.content)}`
  }${answers.map(([status, answer]) => `<h3>Answer ${html(status)}</h3>${content(answer.content ?? {})}`).join('')}</div></details>`;
}

function parameters({ parameters: all }: Operation): string {
  if (all.length === 0) return '';
  const rows = all.map(
    ({ name, in: where, required, description, schema }) =>
      `<tr><td><code>${html(name)}</code></td><td>${where}${required ? ', required' : ''}</td><td>${html(description ?? schema.description ?? '')}</td></tr>`,
  );
  return `<h3>Parameters</h3><table>${rows.join('')}</table>`;
}

function content(all: Content): string {
  const types = Object.entries(all);
  if (types.length === 0) return '<p>Nothing.</p>';
  return types
    .map(([type, { schema }]) => `<p><code>${html(type)}</code></p>${schema === undefined ? '' : schemaHtml(schema)}`)
    .join('');
}

function schemaHtml(schema: Schema): string {
  const { $schema: _, ...rest } = schema;
  return `<pre>${html(JSON.stringify(rest, undefined, 2))}</pre>`;
}

function html(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
