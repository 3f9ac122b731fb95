import type { Wire } from '../ports/index.ts';
import { Connection } from './connection.ts';
import type { Pop3Deps } from './session.ts';

export type { Pop3Deps } from './session.ts';

export interface Pop3Server {
  /** Serves one connection; resolves when it is over, never rejects. */
  serve(wire: Wire): Promise<void>;
  /** Ends every connection, each after the command that it is at; cuts off what is left after some seconds. */
  drain(): Promise<void>;
}

/** How long a command at work may still take when the server is stopped, in ms. */
const DRAIN_TIME = 7_000;

export function createPop3Server(deps: Pop3Deps): Pop3Server {
  const connections = new Map<Connection, Promise<void>>();
  let draining = false;
  return {
    async serve(wire) {
      const connection = new Connection(deps, wire);
      const served = connection.serve();
      connections.set(connection, served);
      if (draining) connection.end();
      await served;
      connections.delete(connection);
    },
    async drain() {
      draining = true;
      for (const connection of connections.keys()) connection.end();
      const cancel = deps.clock.after(DRAIN_TIME, () => {
        for (const connection of connections.keys()) connection.destroy();
      });
      await Promise.all(connections.values());
      cancel();
    },
  };
}
