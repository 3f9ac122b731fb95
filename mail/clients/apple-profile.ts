import { createHash } from 'node:crypto';
import { best, type ClientSettings, xml } from './servers.ts';

/**
 * A configuration profile for iPhone, iPad and Mac, with a payload of `com.apple.mail.managed`. It is not signed, which the system says
 * when it is installed. Undefined where there is no way to read mail, or none to send it. The same address always gives the same
 * identifiers, so that a profile takes the place of the one before.
 */
export function appleProfile(settings: ClientSettings & { readonly address: string }): string | undefined {
  const { address, name, domain } = settings;
  const incoming = best(settings, 'imap') ?? best(settings, 'pop3');
  const outgoing = best(settings, 'smtp');
  if (incoming === undefined || outgoing === undefined) return undefined;
  const id = `${domain.split('.').reverse().join('.')}.postern.${digest(address).slice(0, 16)}`;
  const mail = {
    PayloadType: 'com.apple.mail.managed',
    PayloadVersion: 1,
    PayloadIdentifier: `${id}.mail`,
    PayloadUUID: uuid(`${address}/mail`),
    PayloadDisplayName: name,
    EmailAccountDescription: name,
    EmailAccountType: incoming.protocol === 'imap' ? 'EmailTypeIMAP' : 'EmailTypePOP',
    EmailAddress: address,
    IncomingMailServerAuthentication: 'EmailAuthPassword',
    IncomingMailServerHostName: incoming.host,
    IncomingMailServerPortNumber: incoming.port,
    // STARTTLS too: the system asks for it by itself where the port does not begin with TLS.
    IncomingMailServerUseSSL: true,
    IncomingMailServerUsername: address,
    OutgoingMailServerAuthentication: 'EmailAuthPassword',
    OutgoingMailServerHostName: outgoing.host,
    OutgoingMailServerPortNumber: outgoing.port,
    OutgoingMailServerUseSSL: true,
    OutgoingMailServerUsername: address,
    OutgoingPasswordSameAsIncomingPassword: true,
  };
  const profile = {
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: id,
    PayloadUUID: uuid(address),
    PayloadDisplayName: `${name}: ${address}`,
    PayloadOrganization: name,
    PayloadContent: [mail],
  };
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${plist(profile)}
</plist>
`;
}

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

function plist(value: Value): string {
  if (typeof value === 'string') return `<string>${xml(value)}</string>`;
  if (typeof value === 'number') return `<integer>${value}</integer>`;
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>';
  if (Array.isArray(value)) return `<array>\n${value.map(plist).join('\n')}\n</array>`;
  return `<dict>\n${Object.entries(value)
    .map(([key, one]) => `<key>${key}</key>${plist(one)}`)
    .join('\n')}\n</dict>`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** By name (RFC 9562 section 5.8). */
function uuid(text: string): string {
  const hex = digest(text);
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20, 32)]
    .join('-')
    .toUpperCase();
}
