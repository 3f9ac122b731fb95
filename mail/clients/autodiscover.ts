import { best, type ClientServer, type ClientSettings, xml } from './servers.ts';

/** The schema that Outlook asks for (MS-OXDSCLI section 3.1.5.4); what it may answer in others is not ours to give. */
export const OUTLOOK = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a';

/** What a request asks about (MS-OXDSCLI section 2.2.3); undefined where that is none. */
export function askedAddress(body: string): { readonly address: string; readonly isOutlook: boolean } | undefined {
  const address = /<(?:\w+:)?EMailAddress>\s*([^<]+?)\s*<\//i.exec(body)?.[1];
  if (address === undefined) return undefined;
  const schema = /<(?:\w+:)?AcceptableResponseSchema>\s*([^<]+?)\s*<\//i.exec(body)?.[1];
  return { address: decoded(address), isOutlook: schema === undefined || schema === OUTLOOK };
}

/** The settings for Outlook (MS-OXDSCLI section 2.2.4): one server of each protocol. */
export function autodiscover(settings: ClientSettings): string {
  const servers = (['imap', 'pop3', 'smtp'] as const).flatMap((protocol) => best(settings, protocol) ?? []);
  const protocol = ({ protocol, host, port, tls }: ClientServer) => `      <Protocol>
        <Type>${protocol.toUpperCase()}</Type>
        <Server>${xml(host)}</Server>
        <Port>${port}</Port>
        <DomainRequired>off</DomainRequired>
        <LoginName>${xml(settings.address ?? '')}</LoginName>
        <SPA>off</SPA>
        <SSL>on</SSL>
        <Encryption>${tls === 'implicit' ? 'SSL' : 'TLS'}</Encryption>
        <AuthRequired>on</AuthRequired>
      </Protocol>`;
  return `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
  <Response xmlns="${OUTLOOK}">
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
${servers.map(protocol).join('\n')}
    </Account>
  </Response>
</Autodiscover>
`;
}

/** 600: what was asked cannot be read; 601: there is nothing of that kind here (MS-OXDSCLI section 2.2.4.1.1.2). */
export function autodiscoverError(code: 600 | 601, time: number): string {
  const message = code === 600 ? 'Invalid Request' : 'Provider is not available';
  return `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
  <Response>
    <Error Time="${new Date(time).toISOString().slice(11, 23)}" Id="0">
      <ErrorCode>${code}</ErrorCode>
      <Message>${message}</Message>
      <DebugData />
    </Error>
  </Response>
</Autodiscover>
`;
}

/** An address has no other entity than these. */
function decoded(text: string): string {
  return text.replace(/&(amp|apos|#38|#39);/g, (_, name: string) => (/amp|38/.test(name) ? '&' : "'"));
}
