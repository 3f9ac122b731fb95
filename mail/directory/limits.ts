import type { Limits } from '../limits.ts';
import { effective, type SettingMap } from './settings.ts';

/** The limits in force for an account; `maps` are the settings of account, domain and server. */
export function limitsOf(maps: readonly (SettingMap | undefined)[]): Limits {
  const quota = effective('accounts.quota', maps);
  const maxMessages = effective('accounts.maxMessages', maps);
  return { ...(quota === null ? {} : { quota }), ...(maxMessages === null ? {} : { maxMessages }) };
}
