import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.ts';

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The admin API of a running Postern. Every refusal becomes a Failure with the server's own words. */
export interface Client {
  /** JSON in, JSON out. `path` below /admin/v1; its parts must be encoded. */
  call<T>(method: string, path: string, options?: { query?: Query; body?: unknown }): Promise<T>;
  /** Sends bytes. */
  upload<T>(path: string, type: string, bytes: Uint8Array, query?: Query): Promise<T>;
  download(path: string): Promise<Uint8Array>;
  /** Every item of a paged list. */
  pages<T>(path: string, query?: Query): AsyncGenerator<T>;
}

const PORT = 80;

/** From the environment: POSTERN_URL and POSTERN_TOKEN, else the server of this machine. */
export function clientFrom(env: NodeJS.ProcessEnv): Client {
  const base = Number(env.POSTERN_PORT_BASE ?? 10_000);
  const url = (env.POSTERN_URL ?? `http://127.0.0.1:${base + PORT}`).replace(/\/+$/, '');
  return createClient(url, () => env.POSTERN_TOKEN ?? tokenOf(env.POSTERN_HOME ?? './.postern', env.POSTERN_URL));
}

function tokenOf(home: string, url: string | undefined): string {
  const file = join(home, 'admin-token');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    const where = url === undefined ? 'start Postern with "npm start", or set POSTERN_HOME' : 'set POSTERN_TOKEN';
    throw new Failure(1, `There is no admin token in ${file}: ${where}.`);
  }
}

export function createClient(url: string, token: () => string): Client {
  async function request(method: string, path: string, query: Query, type?: string, body?: string | Uint8Array) {
    const target = `${url}/admin/v1${path}${search(query)}`;
    const headers: Record<string, string> = { authorization: `Bearer ${token()}` };
    if (type !== undefined) headers['content-type'] = type;
    let response: Response;
    try {
      const bytes = typeof body === 'string' || body === undefined ? body : new Uint8Array(body);
      response = await fetch(target, { method, headers, ...(bytes === undefined ? {} : { body: bytes }) });
    } catch (error) {
      const cause = (error as { cause?: { code?: string; message?: string } }).cause;
      const why = cause?.code === 'ECONNREFUSED' ? 'nothing listens there' : (cause?.message ?? String(error));
      throw new Failure(1, `Postern does not answer at ${url} (${why}). Start it, or set POSTERN_URL.`);
    }
    if (response.ok) return response;
    throw new Failure(1, await refusalOf(response, url));
  }

  return {
    async call<T>(method: string, path: string, { query = {}, body }: { query?: Query; body?: unknown } = {}) {
      const response = await request(
        method,
        path,
        query,
        body === undefined ? undefined : 'application/json',
        body === undefined ? undefined : JSON.stringify(body),
      );
      return (response.status === 204 ? undefined : await response.json()) as T;
    },
    async upload<T>(path: string, type: string, bytes: Uint8Array, query: Query = {}) {
      return (await (await request('POST', path, query, type, bytes)).json()) as T;
    },
    async download(path) {
      return new Uint8Array(await (await request('GET', path, {})).arrayBuffer());
    },
    async *pages<T>(path: string, query: Query = {}) {
      let after: string | undefined;
      do {
        const page: { items: T[]; next?: string } = await this.call('GET', path, { query: { ...query, after } });
        yield* page.items;
        after = page.next;
      } while (after !== undefined);
    },
  };
}

function search(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) params.append(name, each);
  }
  return params.size === 0 ? '' : `?${params}`;
}

async function refusalOf(response: Response, url: string): Promise<string> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text) as { detail?: unknown };
    if (typeof problem.detail === 'string') return problem.detail.replace(/\s+/g, ' ');
  } catch {
    // Not our API: fall through to what can be said of it.
  }
  return `${url} answered ${response.status}, which is not Postern's admin API. Check POSTERN_URL.`;
}
