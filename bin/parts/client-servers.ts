import type { ClientServer } from '../../mail/clients/servers.ts';
import type { OpenListener } from './listeners.ts';

const PROTOCOLS: Readonly<Record<string, ClientServer['protocol']>> = {
  imaps: 'imap',
  imap: 'imap',
  pop3s: 'pop3',
  pop3: 'pop3',
  submissions: 'smtp',
  submission: 'smtp',
};

/** Our listeners as mail programs are told of them: those with TLS from the first byte before the others (RFC 8314 section 4.1). */
export function clientServers(listeners: readonly OpenListener[], host: string): readonly ClientServer[] {
  return listeners
    .flatMap(({ listener: { name, port }, tls }) => {
      const protocol = PROTOCOLS[name];
      return protocol === undefined ? [] : [{ protocol, tls, host, port }];
    })
    .sort((a, b) => Number(b.tls === 'implicit') - Number(a.tls === 'implicit'));
}
