/** Lists that one call leaves: announced and kept. */
export const MAX_UNSUBSCRIBE = 10;
/** Requests of one user in an hour, by each process. */
export const MAX_AN_HOUR = 60;
