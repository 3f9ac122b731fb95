/** The variables by which lib/ tells every program and function of a deployment where the rest of it is. */
import * as z from 'zod';
import type { AwsConfig } from './index.ts';

/** Set by lib/stacks/data.ts, but for the region, which Lambda and Fargate set themselves. */
export const deploymentVariables = z.object({
  AWS_REGION: z.string().min(1),
  POSTERN_HOSTNAME: z.string().min(1),
  POSTERN_LOG: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  POSTERN_TABLE: z.string().min(1),
  POSTERN_BUCKET: z.string().min(1),
  POSTERN_DELIVER_QUEUE_URL: z.url(),
  POSTERN_DELIVER_QUEUE_ARN: z.string().startsWith('arn:'),
  POSTERN_SEND_QUEUE_URL: z.url(),
  POSTERN_SEND_QUEUE_ARN: z.string().startsWith('arn:'),
  POSTERN_COMPACT_QUEUE_URL: z.url(),
  POSTERN_COMPACT_QUEUE_ARN: z.string().startsWith('arn:'),
  POSTERN_SCHEDULE_GROUP: z.string().min(1),
  POSTERN_SCHEDULE_ROLE_ARN: z.string().startsWith('arn:'),
  POSTERN_EVENTS_HTTP: z.string().min(1),
  POSTERN_EVENTS_REALTIME: z.string().min(1),
});

/** What `openAws` needs, out of the variables. Throws an Error of one plain line that names those that are missing or wrong. */
export function awsConfigFrom(
  variables: Readonly<Record<string, string | undefined>>,
): AwsConfig & { readonly hostname: string; readonly logLevel: 'debug' | 'info' | 'warn' | 'error' } {
  const parsed = deploymentVariables.safeParse(variables);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))];
    throw new Error(`missing or wrong in the environment: ${names.join(', ')} (lib/stacks/data.ts sets them)`);
  }
  const v = parsed.data;
  return {
    region: v.AWS_REGION,
    table: v.POSTERN_TABLE,
    bucket: v.POSTERN_BUCKET,
    queues: {
      deliver: { url: v.POSTERN_DELIVER_QUEUE_URL, arn: v.POSTERN_DELIVER_QUEUE_ARN },
      send: { url: v.POSTERN_SEND_QUEUE_URL, arn: v.POSTERN_SEND_QUEUE_ARN },
      compact: { url: v.POSTERN_COMPACT_QUEUE_URL, arn: v.POSTERN_COMPACT_QUEUE_ARN },
    },
    schedule: { group: v.POSTERN_SCHEDULE_GROUP, roleArn: v.POSTERN_SCHEDULE_ROLE_ARN },
    events: { httpHost: v.POSTERN_EVENTS_HTTP, realtimeHost: v.POSTERN_EVENTS_REALTIME },
    hostname: v.POSTERN_HOSTNAME,
    logLevel: v.POSTERN_LOG,
  };
}
