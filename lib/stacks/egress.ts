import { CfnOutput, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { MailFunction } from '../constructs/mail-function.ts';
import { MxNetwork } from '../constructs/mx-network.ts';
import { SendingIdentity } from '../constructs/sending-identity.ts';
import { hostname, type Settings } from '../settings.ts';
import type { DataStack } from './data.ts';

export interface EgressStackProps extends StackProps {
  readonly settings: Settings;
  readonly data: DataStack;
}

/**
 * The way out: queue → send → SES or smarthost; with `-c mx=true` also straight to other servers, from a network with a fixed
 * address. A domain may chain its routes within one attempt, so that one function speaks all that there are.
 */
export class EgressStack extends Stack {
  constructor(scope: Construct, id: string, props: EgressStackProps) {
    super(scope, id, props);
    const { data, settings } = props;
    const network = settings.mx ? new MxNetwork(this, 'Mx') : undefined;
    const send = new MailFunction(this, 'Send', {
      entry: 'send',
      description: 'Hands queued mail to SES, to a smarthost or to its MX, and answers for what cannot be delivered',
      environment: { ...data.variables(), POSTERN_ROUTES: settings.mx ? 'ses,smarthost,mx' : 'ses,smarthost' },
      alarms: data.alarms,
      memory: 1024,
      timeout: data.send.workTime,
      tracing: settings.tracing,
      ...(network === undefined ? {} : { network }),
    });
    send.workOff(data.send, { maxConcurrency: 50 });
    data.blobs.grantRead(send.function, 'raw');
    data.blobs.grantWrite(send.function, 'raw');
    data.records.grantReadWrite(send.function);
    data.send.grantSend(send.function);
    data.deliver.grantSend(send.function);
    data.schedule.grantSchedule(send.function);
    this.#allowSes(send);
    if (settings.ses) this.#identity(settings.domain);
    if (network !== undefined) this.#mxOutputs(network, settings);
    this.#policyOutputs(settings, network);
  }

  #allowSes(send: MailFunction): void {
    const identities = this.formatArn({ service: 'ses', resource: 'identity', resourceName: '*' });
    send.function.addToRolePolicy(
      new PolicyStatement({ actions: ['ses:SendRawEmail', 'ses:SendEmail'], resources: [identities] }),
    );
    Validations.of(send).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*]',
      reason: 'Domains are added while the system runs; the directory decides who may send as which of them.',
    });
  }

  #identity(domain: string): void {
    const { records } = new SendingIdentity(this, 'Ses', { domain, region: this.region });
    for (const { id, text } of records) new CfnOutput(this, id, { value: text, description: 'DNS record' });
  }

  #mxOutputs(network: MxNetwork, settings: Settings): void {
    new CfnOutput(this, 'DnsOut', {
      value: `out.${settings.domain}. A ${network.address.attrPublicIp}`,
      description: 'DNS record; then ask for the PTR record',
    });
    new CfnOutput(this, 'PtrCommand', {
      value: `aws ec2 modify-address-attribute --allocation-id ${network.address.attrAllocationId} --domain-name out.${settings.domain}`,
    });
  }

  #policyOutputs(settings: Settings, network: MxNetwork | undefined): void {
    const direct = network === undefined ? '' : `ip4:${network.address.attrPublicIp} `;
    new CfnOutput(this, 'DnsSpf', {
      value: `${settings.domain}. TXT "v=spf1 ${direct}include:amazonses.com ~all"`,
      description: 'DNS record',
    });
    new CfnOutput(this, 'DnsHostSpf', {
      value: `${hostname(settings)}. TXT "v=spf1 ${direct}include:amazonses.com ~all"`,
      description: 'DNS record; for the empty sender of bounces (RFC 7208 section 2.4)',
    });
    new CfnOutput(this, 'DnsDmarc', {
      value: `_dmarc.${settings.domain}. TXT "v=DMARC1; p=none; rua=mailto:postmaster@${settings.domain}"`,
      description: 'DNS record; tighten p= to quarantine or reject when the reports are clean',
    });
  }
}
