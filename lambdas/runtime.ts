/** What every function opens once, when its environment starts, and keeps for all its invocations. */
import { awsConfigFrom } from '../adapters/aws/environment.ts';
import { type Aws, type AwsConfig, openAws } from '../adapters/aws/index.ts';
import { jsonLog } from '../adapters/aws/log.ts';

export interface Runtime extends Aws {
  /** Our name in EHLO, reports and trace headers. */
  readonly hostname: string;
  /** What it was opened with, for what only some functions open. */
  readonly config: AwsConfig;
}

/** Every port, as the variables of this function say. Throws an Error of one plain line where they are wrong. */
export function openRuntime(variables: Readonly<Record<string, string | undefined>> = process.env): Runtime {
  const { hostname, logLevel, ...config } = awsConfigFrom(variables);
  const log = jsonLog({ level: logLevel, fields: { function: variables.AWS_LAMBDA_FUNCTION_NAME } });
  return { ...openAws({ ...config, log }), hostname, config };
}
