import { CfnOutput, Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import { MailEdge } from '../constructs/mail-edge.ts';
import { MailFunction } from '../constructs/mail-function.ts';
import { MailService } from '../constructs/mail-service.ts';
import { grantAccess, grantSmtp } from '../grants.ts';
import { LISTENERS } from '../listeners.ts';
import { hostname, type Settings } from '../settings.ts';
import type { DataStack } from './data.ts';

export interface IngressStackProps extends StackProps {
  readonly settings: Settings;
  readonly data: DataStack;
}

/** The way in: load balancer → smtp task → queue → deliver; and the keeping in order of what was delivered. */
export class IngressStack extends Stack {
  readonly edge: MailEdge;

  constructor(scope: Construct, id: string, props: IngressStackProps) {
    super(scope, id, props);
    const { data, settings } = props;
    this.edge = new MailEdge(this, 'Edge', { zones: settings.zones, addresses: data.addresses });
    if (settings.combined) this.#combined(props);
    else this.#smtp(props);
    this.#deliver(props);
    this.#compact(props);
    this.#sweep(props);
    this.#outputs(props);
  }

  #smtp({ data, settings }: IngressStackProps): void {
    const { role } = new MailService(this, 'Smtp', {
      edge: this.edge,
      alarms: data.alarms,
      listeners: LISTENERS.smtp,
      environment: { ...data.variables(), POSTERN_TLS_SECRET: data.tls.secret.secretArn },
      least: settings.zones,
    });
    grantSmtp(role, data);
  }

  #combined({ data }: IngressStackProps): void {
    const { role } = new MailService(this, 'Combined', {
      edge: this.edge,
      alarms: data.alarms,
      listeners: LISTENERS.combined,
      environment: {
        ...data.variables(),
        POSTERN_TLS_SECRET: data.tls.secret.secretArn,
        POSTERN_FRONT_SECRET: data.front.secretArn,
      },
      cpu: 256,
      memory: 1024,
      least: 1,
      most: 4,
    });
    grantSmtp(role, data);
    grantAccess(role, data);
  }

  #deliver({ data, settings }: IngressStackProps): void {
    const deliver = new MailFunction(this, 'Deliver', {
      entry: 'deliver',
      description: 'Parses each message once and files it in its mailboxes',
      environment: data.variables(),
      alarms: data.alarms,
      memory: 1769,
      timeout: data.deliver.workTime,
      tracing: settings.tracing,
    });
    deliver.workOff(data.deliver, { maxConcurrency: 50 });
    deliver.alarmOn('Parked', 'deliver.parked', 'A message was set aside. docs/operating.md: "Parked jobs".');
    data.blobs.grantRead(deliver.function, 'raw', 'log');
    data.blobs.grantWrite(deliver.function, 'raw', 'log');
    data.records.grantReadWrite(deliver.function);
    data.deliver.grantSend(deliver.function);
    data.send.grantSend(deliver.function);
    data.compact.grantSend(deliver.function);
    data.wakeUps.grantPublish(deliver.function);
  }

  #compact({ data, settings }: IngressStackProps): void {
    const compact = new MailFunction(this, 'Compact', {
      entry: 'compact',
      description: "Packs an account's log into a snapshot, and indexes its messages",
      environment: data.variables(),
      alarms: data.alarms,
      memory: 1769,
      timeout: data.compact.workTime,
      tracing: settings.tracing,
    });
    compact.workOff(data.compact, { maxConcurrency: 10, batchSize: 1 });
    // It reads messages to index them.
    data.blobs.grantRead(compact.function, 'raw', 'log', 'index');
    data.blobs.grantWrite(compact.function, 'log', 'index');
    data.blobs.grantErase(compact.function, 'log', 'index');
    data.records.grantReadWrite(compact.function);
    // An email that is given up for good is an entry, and entries wake who listens.
    data.wakeUps.grantPublish(compact.function);
  }

  #sweep({ data, settings }: IngressStackProps): void {
    const sweep = new MailFunction(this, 'Sweep', {
      entry: 'sweep',
      description:
        'Wakes forgotten mail and what is due, has accounts compacted, erases removed ones, deletes what nobody owns',
      environment: data.variables(),
      alarms: data.alarms,
      timeout: Duration.minutes(15),
      tracing: settings.tracing,
    });
    data.blobs.grantRead(sweep.function, 'raw', 'log', 'index');
    data.blobs.grantErase(sweep.function, 'raw', 'log', 'index');
    data.records.grantReadWrite(sweep.function);
    data.send.grantSend(sweep.function);
    data.compact.grantSend(sweep.function);
    // A submission that was held goes on its way; an email that comes back wakes who listens.
    data.deliver.grantSend(sweep.function);
    data.wakeUps.grantPublish(sweep.function);
    const role = new Role(this, 'SweeperRole', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') });
    const name = this.getLogicalId(sweep.function.node.defaultChild as CfnFunction);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${name}.Arn>:*]`,
      reason: "Function.grantInvoke names the function's versions by a wildcard; there are none.",
    });
    const repeat = (what: 'queue' | 'accounts' | 'removed' | 'due' | 'blobs' | 'index', every: Duration) =>
      new Schedule(this, `Sweep-${what}`, {
        schedule: ScheduleExpression.rate(every),
        target: new LambdaInvoke(sweep.function, {
          role,
          input: ScheduleTargetInput.fromObject({ sweep: what }),
          retryAttempts: 2,
          maxEventAge: Duration.minutes(10),
        }),
        description: `Sweeps the ${what}`,
      });
    repeat('queue', Duration.minutes(10));
    repeat('accounts', Duration.days(1));
    repeat('removed', Duration.hours(1));
    repeat('due', Duration.minutes(1));
    repeat('blobs', Duration.days(1));
    repeat('index', Duration.days(1));
  }

  #outputs({ data, settings }: IngressStackProps): void {
    const { domain } = settings;
    const host = hostname(settings);
    new CfnOutput(this, 'BalancerName', { value: this.edge.balancer.loadBalancerDnsName });
    const record = (id: string, text: string) => new CfnOutput(this, id, { value: text, description: 'DNS record' });
    data.addresses.forEach((address, zone) => {
      record(`DnsHost${zone + 1}`, `${host}. A ${address.attrPublicIp}`);
    });
    record('DnsMx', `${domain}. MX 10 ${host}.`);
    // RFC 6186 and RFC 8314: how mail programs find their servers.
    record('DnsSubmissions', `_submissions._tcp.${domain}. SRV 0 1 465 ${host}.`);
    record('DnsImaps', `_imaps._tcp.${domain}. SRV 0 1 993 ${host}.`);
    record('DnsPop3s', `_pop3s._tcp.${domain}. SRV 10 1 995 ${host}.`);
  }
}
