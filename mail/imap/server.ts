import type { Wire } from '../ports/index.ts';
import { Connection } from './connection.ts';
import { Recents } from './recent.ts';
import type { ImapDeps } from './session.ts';

export type { ImapDeps } from './session.ts';

export interface ImapServer {
  /** Serves one connection; resolves when it is over, never rejects. */
  serve(wire: Wire): Promise<void>;
  /** Ends every connection with BYE, each after the command that it is at; cuts off what is left after some seconds. */
  drain(): Promise<void>;
}

/** How long a command at work may still take when the server is stopped, in ms. */
const DRAIN_TIME = 7_000;

export function createImapServer(deps: ImapDeps): ImapServer {
  const connections = new Map<Connection, Promise<void>>();
  const recents = new Recents(deps.clock.now());
  let draining = false;
  return {
    async serve(wire) {
      const connection = new Connection(deps, wire, recents);
      const served = connection.serve();
      connections.set(connection, served);
      if (draining) connection.end('The server is being stopped; come back later');
      await served;
      connections.delete(connection);
    },
    async drain() {
      draining = true;
      for (const connection of connections.keys()) connection.end('The server is being stopped; come back later');
      const cancel = deps.clock.after(DRAIN_TIME, () => {
        for (const connection of connections.keys()) connection.destroy();
      });
      await Promise.all(connections.values());
      cancel();
    },
  };
}
