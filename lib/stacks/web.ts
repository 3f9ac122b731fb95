import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { MailFunction, PROJECT } from '../constructs/mail-function.ts';
import { SpaSite } from '../constructs/spa-site.ts';
import { grantReadSecret } from '../constructs/tls-secret.ts';
import type { Settings } from '../settings.ts';
import type { DataStack } from './data.ts';

export interface WebStackProps extends StackProps {
  readonly settings: Settings;
  readonly data: DataStack;
}

/** All of HTTP: CloudFront → the site's files, and the admin API → HTTP API → function. */
export class WebStack extends Stack {
  constructor(scope: Construct, id: string, props: WebStackProps) {
    super(scope, id, props);
    const { settings } = props;
    const api = this.#api(props, this.#admin(props));
    const { webHost, webCertificate } = settings;
    const site = new SpaSite(this, 'Site', {
      folder: 'lib/site',
      api: {
        origin: new HttpOrigin(`${api.apiId}.execute-api.${this.region}.${this.urlSuffix}`),
        paths: ['/admin/*'],
      },
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

  #admin({ data, settings }: WebStackProps): MailFunction {
    const admin = new MailFunction(this, 'Admin', {
      entry: 'admin',
      description: 'The admin API: domains, accounts, aliases, settings, queue',
      environment: { ...data.variables(), POSTERN_ADMIN_SECRET: data.adminToken.secretArn, POSTERN_VERSION: version() },
      alarms: data.alarms,
      // Passwords are hashed in here, with 19 MiB and a whole processor for a moment.
      memory: 1769,
      timeout: Duration.seconds(29),
      tracing: settings.tracing,
    });
    data.records.grantReadWrite(admin.function);
    data.blobs.grantRead(admin.function, 'raw', 'log');
    data.blobs.grantWrite(admin.function, 'raw', 'log');
    data.deliver.grantSend(admin.function);
    data.send.grantSend(admin.function);
    data.compact.grantSend(admin.function);
    data.wakeUps.grantPublish(admin.function);
    grantReadSecret(admin.function, data.adminToken);
    return admin;
  }

  #api({ settings }: WebStackProps, admin: MailFunction): HttpApi {
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
    const routes = api.addRoutes({
      path: '/admin/{proxy+}',
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration('AdminIntegration', admin.function),
    });
    for (const route of routes) {
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: 'The admin API checks the bearer token itself, in constant time, as it does on one machine.',
      });
    }
    return api;
  }
}

/** Of the release that is deployed, as the status says it. */
function version(): string {
  return (JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string }).version;
}
