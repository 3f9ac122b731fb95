import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { FilterPattern, LogGroup, MetricFilter, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { JobQueue } from './job-queue.ts';
import type { OperatorAlarms } from './operator-alarms.ts';

/** The project's folder: what esbuild and Docker see. */
export const PROJECT = join(import.meta.dirname, '..', '..');

export interface MailFunctionProps {
  /** File in lambdas/, without its extension. */
  readonly entry: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly alarms: OperatorAlarms;
  /** MB; 1,769 are one whole processor. @default 512 */
  readonly memory?: number;
  readonly timeout: Duration;
  /** X-Ray traces. @default false */
  readonly tracing?: boolean;
  /** A network to run in, for a fixed address. @default none, which starts faster and costs nothing */
  readonly network?: { readonly vpc: IVpc; readonly subnets: SubnetSelection };
}

/**
 * A function of lambdas/, bundled by esbuild on this machine, with a role and a log group of its own. The role may do
 * nothing but write that log; each stack grants what the function's job needs.
 */
export class MailFunction extends Construct {
  readonly function: NodejsFunction;
  readonly #log: LogGroup;
  readonly #alarms: OperatorAlarms;

  constructor(scope: Construct, id: string, props: MailFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#log = logGroup;
    this.#alarms = props.alarms;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    logGroup.grantWrite(role);
    if (props.network !== undefined) this.#allowNetwork(role);
    this.function = new NodejsFunction(this, 'Function', {
      entry: join(PROJECT, 'lambdas', `${props.entry}.ts`),
      projectRoot: PROJECT,
      depsLockFilePath: join(PROJECT, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      description: props.description,
      memorySize: props.memory ?? 512,
      timeout: props.timeout,
      role,
      logGroup,
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      tracing: props.tracing === true ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(props.network === undefined ? {} : { vpc: props.network.vpc, vpcSubnets: props.network.subnets }),
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        minify: true,
        sourceMap: true,
        logLevel: LogLevel.WARNING,
        mainFields: ['module', 'main'],
        esbuildArgs: { '--alias:@aws-sdk/credential-provider-node': join(PROJECT, 'lambdas', 'credentials.ts') },
        // Our own pinned SDK, not the runtime's: what the tests ran against is what runs.
        bundleAwsSDK: true,
        // CommonJS dependencies inside an ES module still call `require` for Node's own modules.
        banner: "import{createRequire as makeRequire__}from'node:module';const require=makeRequire__(import.meta.url);",
      },
    });
    if (props.tracing === true) {
      Validations.of(role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'X-Ray has no resources to name: xray:PutTraceSegments and PutTelemetryRecords take only *.',
      });
    }
    props.alarms.raise(this, 'ErrorAlarm', {
      metric: this.function.metricErrors({ period: Duration.minutes(5), statistic: 'Sum' }),
      threshold: 0,
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `The ${props.entry} function has failed for a quarter of an hour. docs/operating.md: "A function that fails".`,
    });
  }

  /** Works off a queue: ten jobs a batch, each of which succeeds or comes again by itself. */
  workOff(jobs: JobQueue, options: { readonly maxConcurrency: number; readonly batchSize?: number }): void {
    this.function.addEventSource(
      new SqsEventSource(jobs.queue, {
        batchSize: options.batchSize ?? 10,
        reportBatchItemFailures: true,
        maxConcurrency: options.maxConcurrency,
      }),
    );
  }

  /** Tells the operator when the function logs an event that a person must see. */
  alarmOn(id: string, event: string, what: string): void {
    const filter = new MetricFilter(this, id, {
      logGroup: this.#log,
      filterPattern: FilterPattern.stringValue('$.event', '=', event),
      metricNamespace: `Postern/${Stack.of(this).stackName}`,
      metricName: event,
      metricValue: '1',
    });
    this.#alarms.raise(this, `${id}Alarm`, {
      metric: filter.metric({ period: Duration.minutes(5), statistic: 'Sum' }),
      threshold: 0,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: what,
    });
  }

  #allowNetwork(role: Role): void {
    role.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaVPCAccessExecutionRole'));
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole]',
      reason:
        'A function in a network makes network interfaces whose names are not known before; this is the policy that AWS ' +
        'keeps for exactly that.',
    });
  }
}
