import type { Wire } from '../ports/wire.ts';
import { LineReader } from '../wire/reader.ts';
import { converse } from './connection.ts';
import { REPLY } from './replies.ts';
import { Session, type SmtpServerOptions } from './session.ts';

export type { SmtpLimits, SmtpServerOptions } from './session.ts';

export interface SmtpServer {
  /**
   * Speaks with one client, to the end; the caller closes the wire after it. Rejects with WireClosed when the client vanishes,
   * and with anything else only by a bug.
   */
  handle(wire: Wire): Promise<void>;
  /** Clients that wait for nothing are told 421 and closed at once, the others when their command is answered. */
  stop(): void;
}

export function createSmtpServer(options: SmtpServerOptions): SmtpServer {
  const open = new Set<Session>();
  let stopping = false;
  return {
    async handle(wire) {
      const reader = new LineReader(wire, { bareLf: 'reject' });
      const session = new Session(wire, reader, options);
      if (stopping) session.end(REPLY.stopping);
      open.add(session);
      try {
        await converse(session);
      } finally {
        session.waiting = false;
        session.leave();
        open.delete(session);
      }
    },
    stop() {
      stopping = true;
      for (const session of open) session.end(REPLY.stopping);
    },
  };
}
