import type { ColumnType } from './table.ts';

/** Columns of a mailbox's placements. */
export const PLACEMENT: readonly ColumnType[] = ['u32', 'f64', 'f64', 'u32', 'u32', 'u32', 'u32', 'f64'];
export const P_UID = 0;
export const P_EMAIL = 1;
export const P_CREATED = 2;
export const P_DATE = 3;
export const P_SAVED = 4;
export const P_SIZE = 5;
export const P_FLAGS = 6;
export const P_MODSEQ = 7;

/** Columns of the account's emails. `gone` is the seq at which the last placement vanished, else 0. */
export const EMAIL: readonly ColumnType[] = ['f64', 'f64', 'u32', 'u32', 'f64', 'f64'];
export const E_EMAIL = 0;
export const E_THREAD = 1;
export const E_SIZE = 2;
export const E_PLACEMENTS = 3;
export const E_GONE = 4;
export const E_MODSEQ = 5;
