import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { OriginProtocolPolicy } from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { MailFunction, PROJECT } from '../constructs/mail-function.ts';
import { MessageFrame } from '../constructs/message-frame.ts';
import { SpaSite } from '../constructs/spa-site.ts';
import { grantReadSecret } from '../constructs/tls-secret.ts';
import { WebFiles } from '../constructs/web-files.ts';
import { hostname, type Settings } from '../settings.ts';
import type { DataStack } from './data.ts';

/** `FRONT_HEADER` of mail/front.ts. */
const FRONT_HEADER = 'x-postern-front';

/** `PATHS` of mail/clients/http.ts: where mail programs look for their settings. */
const CLIENT_SETTINGS = [
  '/.well-known/autoconfig/mail/config-v1.1.xml',
  '/mail/config-v1.1.xml',
  '/mail/apple.mobileconfig',
  '/mail/servers.json',
  '/autodiscover/*',
  '/Autodiscover/*',
];

export interface WebStackProps extends StackProps {
  readonly settings: Settings;
  readonly data: DataStack;
}

/** All of HTTP: CloudFront → the webmail's files; APIs → HTTP API → a function each; what a function cannot serve → the access program. */
export class WebStack extends Stack {
  constructor(scope: Construct, id: string, props: WebStackProps) {
    super(scope, id, props);
    const { settings, data } = props;
    const functions = [
      { name: 'Admin', paths: ['/admin/*'], function: this.#admin(props) },
      { name: 'Auth', paths: ['/auth/*', ...CLIENT_SETTINGS], function: this.#auth(props) },
      { name: 'Jmap', paths: ['/.well-known/jmap', '/jmap/*'], function: this.#jmap(props) },
    ];
    const api = this.#api(props, functions);
    const { webHost, webCertificate } = settings;
    // The value stays in Secrets Manager: the template holds a reference.
    const customHeaders = { [FRONT_HEADER]: data.front.secretValue.unsafeUnwrap() };
    const files = new WebFiles(this, 'Web');
    const frame = new MessageFrame(this, 'Frame', {
      files,
      // A page that is reached by CloudFront's name cannot be named here: the two would have to be made before each other.
      pages: [`https://${webHost ?? '*.cloudfront.net'}`],
    });
    files.deploy({ frameOrigin: frame.origin });
    const site = new SpaSite(this, 'Site', {
      files,
      frameOrigin: frame.origin,
      apis: [
        {
          // Of 6 MB and 30 s, and without streams, is what a function answers.
          paths: ['/jmap/upload/*', '/jmap/download/*', '/jmap/events', '/jmap/ws', '/images/*'],
          origin: new HttpOrigin(hostname(settings), {
            protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
            readTimeout: Duration.seconds(60),
            customHeaders,
          }),
        },
        {
          paths: functions.flatMap(({ paths }) => paths),
          origin: new HttpOrigin(`${api.apiId}.execute-api.${this.region}.${this.urlSuffix}`, { customHeaders }),
        },
      ],
      ...(webHost === undefined || webCertificate === undefined
        ? {}
        : { host: { name: webHost, certificateArn: webCertificate } }),
    });
    const name = site.distribution.distributionDomainName;
    new CfnOutput(this, 'WebUrl', { value: `https://${webHost ?? name}/` });
    new CfnOutput(this, 'AdminUrl', { value: `https://${webHost ?? name}`, description: 'POSTERN_URL' });
    if (webHost !== undefined) {
      new CfnOutput(this, 'DnsWeb', { value: `${webHost}. CNAME ${name}.`, description: 'DNS record' });
    }
  }

  #admin(props: WebStackProps): MailFunction {
    const { data } = props;
    const admin = this.#function(props, {
      entry: 'admin',
      description: 'The admin API: domains, accounts, aliases, settings, queue',
      environment: { POSTERN_ADMIN_SECRET: data.adminToken.secretArn },
    });
    grantReadSecret(admin.function, data.adminToken);
    return admin;
  }

  #auth(props: WebStackProps): MailFunction {
    return this.#function(props, { entry: 'auth', description: 'Signing in, and the credentials of each account' });
  }

  #jmap(props: WebStackProps): MailFunction {
    const jmap = this.#function(props, { entry: 'jmap', description: 'JMAP: mail for the web, phones and scripts' });
    props.data.schedule.grantSchedule(jmap.function);
    return jmap;
  }

  /** A function that serves an API on the accounts. */
  #function(
    { data, settings }: WebStackProps,
    api: {
      readonly entry: string;
      readonly description: string;
      readonly environment?: Readonly<Record<string, string>>;
    },
  ): MailFunction {
    const made = new MailFunction(this, `${api.entry[0]!.toUpperCase()}${api.entry.slice(1)}`, {
      ...api,
      environment: {
        ...data.variables(),
        POSTERN_FRONT_SECRET: data.front.secretArn,
        POSTERN_VERSION: version(),
        ...api.environment,
      },
      alarms: data.alarms,
      // Passwords are hashed in here, with 19 MiB and a whole processor for a moment.
      memory: 1769,
      timeout: Duration.seconds(29),
      tracing: settings.tracing,
    });
    data.records.grantReadWrite(made.function);
    data.blobs.grantRead(made.function, 'raw', 'log', 'index', 'upload');
    data.blobs.grantWrite(made.function, 'raw', 'log', 'upload');
    for (const queue of [data.deliver, data.send, data.compact]) queue.grantSend(made.function);
    data.wakeUps.grantPublish(made.function);
    grantReadSecret(made.function, data.front);
    return made;
  }

  #api({ settings }: WebStackProps, functions: readonly Served[]): HttpApi {
    const api = new HttpApi(this, 'Api', { apiName: `${settings.name}-http`, createDefaultStage: false });
    const accessLog = new LogGroup(this, 'ApiLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 200, burstLimit: 400 },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog) },
    });
    for (const { name, paths, function: served } of functions) {
      const integration = new HttpLambdaIntegration(`${name}Integration`, served.function);
      for (const path of paths) {
        const routes = api.addRoutes({
          path: path.replace('*', '{proxy+}'),
          methods: [HttpMethod.ANY],
          integration,
        });
        for (const route of routes) {
          Validations.of(route).acknowledge({
            id: 'AwsSolutions-APIG4',
            reason: 'Each API checks who asks itself, in constant time, as it does on one machine.',
          });
        }
      }
    }
    return api;
  }
}

/** A function, and the paths that come to it: with `*` for what is below. */
interface Served {
  readonly name: string;
  readonly paths: readonly string[];
  readonly function: MailFunction;
}

/** Of the release that is deployed, as the status says it. */
function version(): string {
  return (JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string }).version;
}
