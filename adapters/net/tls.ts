import { createPrivateKey, X509Certificate } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Log } from '../../mail/ports/log.ts';
import { selfSigned } from './certificate.ts';

/** Which certificate a TLS server shows. */
export interface TlsContexts {
  /** For the name that the client asked for, lower case; undefined: it asked for none. */
  context(servername: string | undefined): SecureContext;
  /** Application protocols to agree on (RFC 7301). @default none */
  readonly alpn?: readonly string[];
}

/** A certificate, with its chain, and its key; PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

export interface TlsStoreOptions {
  /** Holds cert.pem (with its chain) and key.pem; made, with mode 0700, where it is missing. */
  readonly dir: string;
  /** Host names and addresses of a certificate that has to be made; the first is the common name. */
  readonly names: readonly string[];
  readonly log: Log;
  /** A certificate of its own for a name. @default none: all clients see cert.pem */
  readonly sni?: (servername: string) => SecureContext | undefined;
  /** How often the files are looked at, in ms. @default 5000 */
  readonly every?: number;
}

export interface TlsStore extends TlsContexts {
  /** The chain shown now, PEM. */
  readonly cert: string;
  /** Whether cert.pem was made by this call of openTlsStore. */
  readonly made: boolean;
  /** Looks at the files now. Keeps the certificate it has when the new files are unusable. */
  reload(): Promise<void>;
  close(): void;
}

/** A pair of files as they were when they were read. */
export interface Loaded {
  readonly cert: string;
  readonly key: string;
  readonly stamp: string;
  readonly context: SecureContext;
}

const TEN_YEARS = 3650 * 86_400_000;

/**
 * Opens the certificate of this machine: the files in `dir`, or a self-signed one put there when both are missing. Later changes
 * of the files are taken up for new sessions. Throws with one plain line when the files are there and cannot be used.
 */
export async function openTlsStore(options: TlsStoreOptions): Promise<TlsStore> {
  const certFile = join(options.dir, 'cert.pem');
  const keyFile = join(options.dir, 'key.pem');
  const made = await makeIfMissing(options, certFile, keyFile);
  let loaded = await loadPair(certFile, keyFile);
  let refused = '';
  const reload = async (): Promise<void> => {
    try {
      const stamp = await stampOf(certFile, keyFile);
      if (stamp === loaded.stamp || stamp === refused) return;
      refused = stamp;
      loaded = await loadPair(certFile, keyFile);
      refused = '';
      options.log.info('tls.reloaded', { file: certFile });
    } catch (error) {
      options.log.error('tls.unusable', { file: certFile, error: (error as Error).message });
    }
  };
  const timer = setInterval(() => void reload(), options.every ?? 5_000);
  timer.unref();
  return {
    made,
    context: (servername) => (servername === undefined ? undefined : options.sni?.(servername)) ?? loaded.context,
    get cert() {
      return loaded.cert;
    },
    reload,
    close: () => clearInterval(timer),
  };
}

/** A key and a certificate for ten years, which nobody but this machine vouches for. */
export function ownPair(names: readonly string[]): CertificatePair {
  const now = Date.now();
  // An hour back, for clients whose clock is behind.
  return selfSigned(names, now - 3_600_000, now + TEN_YEARS);
}

/** A TLS server's context: TLS 1.2 and up (RFC 8996, RFC 8314 section 4.1). */
export function serverContext(cert: string, key: string): SecureContext {
  return createSecureContext({
    cert,
    key,
    minVersion: 'TLSv1.2',
    honorCipherOrder: true,
    sessionIdContext: 'postern',
  });
}

/** Throws with one plain line when the files cannot be read or do not belong together. */
export async function loadPair(certFile: string, keyFile: string): Promise<Loaded> {
  const stamp = await stampOf(certFile, keyFile);
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  return { cert, key, stamp, context: pairContext({ cert, key }, { cert: certFile, key: keyFile }) };
}

/** The context of a pair that belongs together. Throws an Error of one plain line, with the names of both. */
export function pairContext({ cert, key }: CertificatePair, names: CertificatePair): SecureContext {
  let matching: boolean;
  try {
    matching = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new Error(
      `${names.cert} and ${names.key} are not a PEM certificate and its key: ${(error as Error).message}`,
    );
  }
  if (!matching) throw new Error(`${names.key} is not the key of ${names.cert}: put the right pair there`);
  return serverContext(cert, key);
}

/** Differs after the files were changed. Throws where one is missing. */
export async function stampOf(...files: readonly string[]): Promise<string> {
  const all = await Promise.all(files.map((file) => stat(file)));
  return all.map((file) => `${file.ino}:${file.size}:${file.mtimeMs}`).join(' ');
}

async function makeIfMissing(options: TlsStoreOptions, certFile: string, keyFile: string): Promise<boolean> {
  const [cert, key] = await Promise.all([exists(certFile), exists(keyFile)]);
  if (cert && key) return false;
  if (cert || key) {
    throw new Error(`${cert ? keyFile : certFile} is missing: put both files there, or remove the other one`);
  }
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const pair = ownPair(options.names);
  await writeWhole(keyFile, pair.key, 0o600);
  await writeWhole(certFile, pair.cert, 0o644);
  return true;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

/** Under its name only when complete. */
async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  const aside = `${file}.${process.pid}.new`;
  await writeFile(aside, text, { mode, flush: true });
  await link(aside, file);
  await unlink(aside);
}
