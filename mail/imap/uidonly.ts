import { Bad } from './errors.ts';
import type { Session } from './session.ts';

/** Whoever has enabled UIDONLY names no message by its number (RFC 9586 section 3). */
export function refuseNumbers(session: Session): void {
  if (session.enabled.has('UIDONLY')) {
    throw new Bad('Message numbers are not allowed once UIDONLY is enabled', 'UIDREQUIRED');
  }
}
