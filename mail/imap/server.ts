import type { Wire } from '../ports/index.ts';
import { Connection } from './connection.ts';
import { Recents } from './recent.ts';
import type { ImapDeps } from './session.ts';

export type { ImapDeps } from './session.ts';

export interface ImapServer {
  /** Speaks with one client, to the end; never rejects. */
  handle(wire: Wire): Promise<void>;
  /** Ends every connection with BYE, each after the command that it is at. */
  stop(): void;
}

export function createImapServer(deps: ImapDeps): ImapServer {
  const open = new Set<Connection>();
  const recents = new Recents(deps.clock.now());
  let stopping = false;
  return {
    async handle(wire) {
      const connection = new Connection(deps, wire, recents);
      open.add(connection);
      const served = connection.serve();
      if (stopping) connection.end('The server is being stopped; come back later');
      await served;
      open.delete(connection);
    },
    stop() {
      stopping = true;
      for (const connection of open) connection.end('The server is being stopped; come back later');
    },
  };
}
