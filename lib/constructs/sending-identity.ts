import { EmailIdentity, Identity, MailFromBehaviorOnMxFailure } from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';

/** A DNS record to publish, as text that a person can copy. */
export interface DnsRecord {
  readonly id: string;
  readonly text: string;
}

/** The right to send as a domain by way of SES: Easy DKIM, and a return path of our own so that SPF aligns. */
export class SendingIdentity extends Construct {
  /** What proves to SES that the domain is ours, and to receivers that SES may send for it. */
  readonly records: readonly DnsRecord[];

  constructor(scope: Construct, id: string, props: { readonly domain: string; readonly region: string }) {
    super(scope, id);
    const returnPath = `ses.${props.domain}`;
    const identity = new EmailIdentity(this, 'Identity', {
      identity: Identity.domain(props.domain),
      mailFromDomain: returnPath,
      mailFromBehaviorOnMxFailure: MailFromBehaviorOnMxFailure.USE_DEFAULT_VALUE,
    });
    this.records = [
      ...identity.dkimRecords.map(({ name, value }, index) => ({
        id: `DnsDkim${index + 1}`,
        text: `${name}. CNAME ${value}.`,
      })),
      { id: 'DnsReturnPathMx', text: `${returnPath}. MX 10 feedback-smtp.${props.region}.amazonses.com.` },
      { id: 'DnsReturnPathSpf', text: `${returnPath}. TXT "v=spf1 include:amazonses.com -all"` },
    ];
  }
}
