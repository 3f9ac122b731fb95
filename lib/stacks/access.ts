import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { MailService } from '../constructs/mail-service.ts';
import { grantAccess } from '../grants.ts';
import { LISTENERS } from '../listeners.ts';
import type { Settings } from '../settings.ts';
import type { DataStack } from './data.ts';
import type { IngressStack } from './ingress.ts';

export interface AccessStackProps extends StackProps {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly ingress: IngressStack;
}

/** The way to the mailboxes: IMAP, POP3 and what of JMAP a function cannot serve, behind the same load balancer, in tasks of their own. */
export class AccessStack extends Stack {
  constructor(scope: Construct, id: string, props: AccessStackProps) {
    super(scope, id, props);
    const { data, ingress, settings } = props;
    const { role } = new MailService(this, 'Access', {
      edge: ingress.edge,
      alarms: data.alarms,
      listeners: LISTENERS.access,
      environment: {
        ...data.variables(),
        POSTERN_TLS_SECRET: data.tls.secret.secretArn,
        POSTERN_FRONT_SECRET: data.front.secretArn,
      },
      memory: 2048,
      least: settings.zones,
    });
    grantAccess(role, data);
  }
}
