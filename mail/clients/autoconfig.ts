import { type ClientServer, type ClientSettings, xml } from './servers.ts';

/** Config file format 1.1 of Thunderbird, which Evolution, KMail, K-9 and others read too (draft-bucksch-autoconfig section 4). */
export function autoconfig({ domain, name, address, servers }: ClientSettings): string {
  const username = xml(address ?? '%EMAILADDRESS%');
  const server = ({ protocol, host, port, tls }: ClientServer) => {
    const kind = protocol === 'smtp' ? 'outgoingServer' : 'incomingServer';
    return `    <${kind} type="${protocol}">
      <hostname>${xml(host)}</hostname>
      <port>${port}</port>
      <socketType>${tls === 'implicit' ? 'SSL' : 'STARTTLS'}</socketType>
      <username>${username}</username>
      <authentication>password-cleartext</authentication>
    </${kind}>`;
  };
  // The format has all incoming servers before the outgoing ones.
  const sorted = [...servers].sort((a, b) => Number(a.protocol === 'smtp') - Number(b.protocol === 'smtp'));
  return `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="${xml(domain)}">
    <domain>${xml(domain)}</domain>
    <displayName>${xml(name)}</displayName>
    <displayShortName>${xml(name)}</displayShortName>
${sorted.map(server).join('\n')}
  </emailProvider>
</clientConfig>
`;
}
