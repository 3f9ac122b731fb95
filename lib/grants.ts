import type { IGrantable } from 'aws-cdk-lib/aws-iam';
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

/** What the IMAP and POP3 program may do: read and change accounts, tell others of it, and hear of it. */
export function grantAccess(program: IGrantable, data: DataStack): void {
  data.blobs.grantRead(program, 'raw', 'log');
  data.blobs.grantWrite(program, 'raw', 'log');
  data.records.grantReadWrite(program);
  data.compact.grantSend(program);
  data.wakeUps.grantPublish(program);
  data.wakeUps.grantSubscribe(program);
  data.tls.grantRead(program);
}
