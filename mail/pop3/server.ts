import type { Wire } from '../ports/index.ts';
import { Connection } from './connection.ts';
import type { Pop3Deps } from './session.ts';

export type { Pop3Deps } from './session.ts';

export interface Pop3Server {
  /** Speaks with one client, to the end; never rejects. */
  handle(wire: Wire): Promise<void>;
  /** Ends every connection, each after the command that it is at. */
  stop(): void;
}

export function createPop3Server(deps: Pop3Deps): Pop3Server {
  const open = new Set<Connection>();
  let stopping = false;
  return {
    async handle(wire) {
      const connection = new Connection(deps, wire);
      open.add(connection);
      const served = connection.serve();
      if (stopping) connection.end();
      await served;
      open.delete(connection);
    },
    stop() {
      stopping = true;
      for (const connection of open) connection.end();
    },
  };
}
