import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { grantReadSecret } from './constructs/tls-secret.ts';
import type { DataStack } from './stacks/data.ts';

/**
 * What the SMTP program may do: look up recipients, logins and how full an account is, store a message (and copy it for a
 * second tenant), queue its delivery.
 */
export function grantSmtp(program: IGrantable, data: DataStack): void {
  data.blobs.grantRead(program, 'raw', 'log');
  data.blobs.grantWrite(program, 'raw');
  data.records.grantReadWrite(program);
  data.deliver.grantSend(program);
  data.tls.grantRead(program);
}

/** What the program that serves readers may do: read and change accounts, tell others of it, hear of it, and send. */
export function grantAccess(program: IGrantable, data: DataStack): void {
  data.blobs.grantRead(program, 'raw', 'log', 'index', 'upload');
  data.blobs.grantWrite(program, 'raw', 'log', 'upload');
  data.records.grantReadWrite(program);
  data.compact.grantSend(program);
  data.wakeUps.grantPublish(program);
  data.wakeUps.grantSubscribe(program);
  data.tls.grantRead(program);
  // JMAP over WebSockets submits too.
  data.deliver.grantSend(program);
  data.send.grantSend(program);
  data.schedule.grantSchedule(program);
  grantReadSecret(program, data.front);
}
