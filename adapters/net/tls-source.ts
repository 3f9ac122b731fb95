import type { SecureContext } from 'node:tls';
import * as z from 'zod';
import type { Log } from '../../mail/ports/log.ts';
import { type CertificatePair, ownPair, pairContext, type TlsContexts } from './tls.ts';

/**
 * Where a certificate is kept that is not a file: gives `{"cert": PEM, "key": PEM}`, or `{}` while none has been issued. Host names
 * with certificates of their own stand under `names`, each with its `cert` and `key`.
 */
export type CertificateSource = () => Promise<string>;

export interface TlsFromSourceOptions {
  readonly source: CertificateSource;
  /** Host names of the certificate that is made while there is none. */
  readonly names: readonly string[];
  readonly log: Log;
  /** How often a certificate is read again, in ms. @default an hour */
  readonly every?: number;
  /** The same while there is none. @default a minute */
  readonly everyWithout?: number;
}

export interface TlsFromSource extends TlsContexts {
  /** The chain shown now, PEM. */
  readonly cert: string;
  /** Reads the source now. Never rejects: keeps the certificate it has when the source fails, or gives nothing or nonsense. */
  reload(): Promise<void>;
  close(): void;
}

const pairForm = z.object({ cert: z.string().min(1), key: z.string().min(1) });
const form = z.union([pairForm.extend({ names: z.record(z.string(), pairForm).optional() }), z.strictObject({})]);

/**
 * Keeps the certificate that a source gives, in memory only, and takes a new one up for new sessions. While the source has none,
 * or what it has is unusable, it is one made here, so that servers which send us mail can encrypt it. Throws what the source
 * throws the first time.
 */
export async function openTlsFrom(options: TlsFromSourceOptions): Promise<TlsFromSource> {
  const { source, names, log, every = 3_600_000, everyWithout = 60_000 } = options;
  const byName = new Map<string, CertificatePair & { readonly context: SecureContext }>();
  let shown = own(names);
  let pair: CertificatePair | undefined;
  let said = '';
  const take = (text: string): void => {
    try {
      const { names: others = {}, ...given } = parse(text);
      takeNames(others);
      if (given.cert === pair?.cert && given.key === pair.key) return;
      shown = {
        cert: given.cert,
        context: pairContext(given, { cert: 'cert in the secret', key: 'key in the secret' }),
      };
      pair = given;
      said = '';
      log.info('tls.loaded', {});
    } catch (error) {
      const { message } = error as Error;
      const doing = pair === undefined ? 'a self-signed certificate is shown' : 'the one before is kept';
      // Once, not at every reading.
      if (message !== said) log.error('tls.unusable', { error: message, doing });
      said = message;
    }
  };
  const takeNames = (given: Readonly<Record<string, CertificatePair>>): void => {
    const wanted = new Map(Object.entries(given).map(([name, each]) => [name.toLowerCase(), each]));
    for (const name of byName.keys()) if (!wanted.has(name)) byName.delete(name);
    for (const [name, each] of wanted) {
      const before = byName.get(name);
      if (before?.cert === each.cert && before.key === each.key) continue;
      try {
        const context = pairContext(each, {
          cert: `cert of ${name} in the secret`,
          key: `key of ${name} in the secret`,
        });
        byName.set(name, { ...each, context });
        log.info('tls.loaded', { name });
      } catch (error) {
        log.error('tls.unusable', { name, error: (error as Error).message });
      }
    }
  };
  const reload = async (): Promise<void> => {
    try {
      take(await source());
    } catch (error) {
      log.error('tls.unreadable', { error: (error as Error).message });
    }
  };
  take(await source());

  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const reloadLater = (): void => {
    if (closed) return;
    timer = setTimeout(() => void reload().then(reloadLater), pair === undefined ? everyWithout : every);
    timer.unref();
  };
  reloadLater();
  return {
    context: (servername) => byName.get(servername ?? '')?.context ?? shown.context,
    get cert() {
      return shown.cert;
    },
    reload,
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function own(names: readonly string[]): { readonly cert: string; readonly context: SecureContext } {
  const made = ownPair(names);
  return { cert: made.cert, context: pairContext(made, { cert: 'cert', key: 'key' }) };
}

/** Throws an Error of one plain line that never quotes what there is: it may be half a key. */
function parse(text: string): CertificatePair & { readonly names?: Readonly<Record<string, CertificatePair>> } {
  const parsed = form.safeParse(json(text));
  if (!parsed.success) throw new Error('the secret is not JSON with the PEM texts cert and key: put both there');
  if (!('cert' in parsed.data)) throw new Error('there is no certificate yet: put cert and key into the secret');
  return parsed.data as ReturnType<typeof parse>;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
