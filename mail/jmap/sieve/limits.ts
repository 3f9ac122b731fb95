import { EXTENSIONS } from '../../sieve/extensions.ts';
import { MAX_REDIRECTS, MAX_SCRIPT } from '../../sieve/limits.ts';

/** Announced and kept (RFC 9661 section 1.2.1). Scripts are in the snapshot of the account, so that there are few. */

/** Bytes of UTF-8; RFC 9661 asks for 512 at least. */
export const MAX_NAME = 512;
export const MAX_SCRIPTS = 32;
/** Bytes of all of them. */
export const MAX_TOTAL = 512 * 1024;

export const SIEVE_CAPABILITY = {
  maxSizeScriptName: MAX_NAME,
  maxSizeScript: MAX_SCRIPT,
  maxNumberScripts: MAX_SCRIPTS,
  maxNumberRedirects: MAX_REDIRECTS,
  sieveExtensions: [...EXTENSIONS].sort(),
  notificationMethods: null,
  externalLists: null,
};

export const IMPLEMENTATION = { implementation: 'Postern' };
