import { SIEVE_SCRIPT, type StoredScript, storedScripts } from '../../sieve/stored.ts';
import { SIEVE } from '../capabilities.ts';
import type { Readable } from '../standard/get.ts';
import { scriptBlobId } from './content.ts';

/** SieveScript (RFC 9661 section 2), as it is read. It has no /changes. */
export const scriptType: Readable = {
  name: SIEVE_SCRIPT,
  capability: SIEVE,
  properties: ['id', 'name', 'blobId', 'isActive'],

  ids: ({ state }) => [...storedScripts(state).keys()],

  async load(_call, { state }, ids) {
    const all = storedScripts(state);
    return new Map(
      ids.flatMap((id) => {
        const script = all.get(id);
        return script === undefined ? [] : [[id, scriptObject(id, script)]];
      }),
    );
  },
};

export function scriptObject(id: string, { name, digest, isActive }: StoredScript) {
  return { id, name, blobId: scriptBlobId(digest), isActive };
}
