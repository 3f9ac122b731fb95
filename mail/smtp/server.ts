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
  const idle = new Set<Wire>();
  const open = new Set<Session>();
  let stopping = false;
  return {
    async handle(wire) {
      const reader = new LineReader(wire, { bareLf: 'reject' });
      const session = new Session(wire, reader, options);
      session.stopping = stopping;
      open.add(session);
      try {
        await converse(session, (waiting) => {
          if (waiting) idle.add(wire);
          else idle.delete(wire);
        });
      } finally {
        idle.delete(wire);
        open.delete(session);
      }
    },
    stop() {
      stopping = true;
      for (const wire of idle) {
        wire.write(REPLY.stopping);
        wire.end();
      }
      for (const session of open) session.stopping = true;
    },
  };
}
