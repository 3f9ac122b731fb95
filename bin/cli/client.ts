import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.ts';
import { type Answer, send } from './http.ts';

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The admin API of a running Postern. Every refusal becomes a Failure with the server's own words. */
export interface Client {
  /** JSON in, JSON out. `path` below /admin/v1; its parts must be encoded. */
  call<T>(method: string, path: string, options?: { query?: Query; body?: unknown }): Promise<T>;
  /** Sends bytes. */
  upload<T>(path: string, type: string, bytes: Uint8Array, query?: Query): Promise<T>;
  download(path: string, query?: Query): Promise<Uint8Array>;
  /** Every item of a paged list. */
  pages<T>(path: string, query?: Query): AsyncGenerator<T>;
}

const PORT = 80;

/** From the environment: POSTERN_URL and POSTERN_TOKEN, else the server of this machine. */
export function clientFrom(env: NodeJS.ProcessEnv): Client {
  // An empty variable counts as none, as in a shell's ${NAME:-default}.
  const base = Number(env.POSTERN_PORT_BASE || 10_000);
  const url = (env.POSTERN_URL || `http://127.0.0.1:${base + PORT}`).replace(/\/+$/, '');
  return createClient(url, () => env.POSTERN_TOKEN || tokenOf(env.POSTERN_HOME || './.postern', env.POSTERN_URL));
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
    const headers: Record<string, string> = { authorization: `Bearer ${token()}` };
    if (type !== undefined) headers['content-type'] = type;
    const answer = await send(method, target(url, path, query), headers, body).catch((error: NodeJS.ErrnoException) => {
      const why = error.code === 'ECONNREFUSED' ? 'nothing listens there' : error.message || error.code;
      throw new Failure(1, `Postern does not answer at ${url} (${why}). Start it, or set POSTERN_URL.`);
    });
    if (answer.status < 300) return answer.body;
    throw new Failure(1, refusalOf(answer, url));
  }

  return {
    async call<T>(method: string, path: string, { query = {}, body }: { query?: Query; body?: unknown } = {}) {
      const [type, text] = body === undefined ? [] : ['application/json', JSON.stringify(body)];
      const answer = await request(method, path, query, type, text);
      return (answer.length === 0 ? undefined : JSON.parse(answer.toString())) as T;
    },
    async upload<T>(path: string, type: string, bytes: Uint8Array, query: Query = {}) {
      return JSON.parse((await request('POST', path, query, type, bytes)).toString()) as T;
    },
    download: (path, query = {}) => request('GET', path, query),
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

function target(url: string, path: string, query: Query): URL {
  let found: URL;
  try {
    found = new URL(`${url}/admin/v1${path}`);
  } catch {
    throw new Failure(1, `POSTERN_URL is "${url}", which is no URL: write it as https://mail.example.com.`);
  }
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined) found.searchParams.append(name, each);
    }
  }
  return found;
}

function refusalOf({ status, body }: Answer, url: string): string {
  try {
    const problem = JSON.parse(body.toString()) as { detail?: unknown };
    if (typeof problem.detail === 'string') return problem.detail.replace(/\s+/g, ' ');
  } catch {
    // Not our API: below is what can be said of it.
  }
  return `${url} answered ${status}, which is not Postern's admin API. Check POSTERN_URL.`;
}
