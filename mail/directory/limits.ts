import type { Limits } from '../limits.ts';
import { effective, type SettingMap } from './settings.ts';

/** The limits in force for an account: `maps` are what is set, nearest level first; `most` the bytes that its tenant allows. */
export function limitsOf(maps: readonly (SettingMap | undefined)[], most: number | undefined): Limits {
  const set = effective('accounts.quota', maps);
  const quota = most === undefined ? set : Math.min(set ?? most, most);
  const maxMessages = effective('accounts.maxMessages', maps);
  return { ...(quota === null ? {} : { quota }), ...(maxMessages === null ? {} : { maxMessages }) };
}
