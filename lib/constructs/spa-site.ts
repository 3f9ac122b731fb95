import { join } from 'node:path';
import { DefaultStackSynthesizer, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Function as CloudFrontFunction,
  Distribution,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HttpVersion,
  type IOrigin,
  OriginRequestPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { PROJECT } from './mail-function.ts';

export interface SpaSiteProps {
  /** Folder of the built site, relative to the project. */
  readonly folder: string;
  /** Paths that go to APIs, never to the site; of two that fit, the first holds. */
  readonly apis: readonly { readonly origin: IOrigin; readonly paths: readonly string[] }[];
  /** A name of one's own, with an ACM certificate from us-east-1. @default CloudFront's own name */
  readonly host?: { readonly name: string; readonly certificateArn: string };
}

/** Runs in CloudFront. The header is `FRONT_HOST` of mail/front.ts. */
const HOST = `function handler(event) {
  var request = event.request;
  request.headers['x-forwarded-host'] = { value: request.headers.host.value };
  return request;
}`;

/** Static files in a bucket that only CloudFront may read, with the API under the same name, so that no CORS is needed. */
export class SpaSite extends Construct {
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, props: SpaSiteProps) {
    super(scope, id);
    const bucket = new Bucket(this, 'Files', {
      // Everything in it comes from the build.
      removalPolicy: RemovalPolicy.DESTROY,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    }) as IBucket; // as in mail-edge.ts
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'The files are public by way of CloudFront, which is their only reader.',
    });
    // The APIs are asked by names of their own; what the client asked must not get lost.
    const host = new CloudFrontFunction(this, 'Host', {
      code: FunctionCode.fromInline(HOST),
      runtime: FunctionRuntime.JS_2_0,
      comment: 'Says which name was asked',
    });
    this.distribution = new Distribution(this, 'Distribution', {
      defaultRootObject: 'index.html',
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy: ResponseHeadersPolicy.SECURITY_HEADERS,
      },
      additionalBehaviors: Object.fromEntries(
        props.apis
          .flatMap(({ origin, paths }) => paths.map((path) => ({ origin, path })))
          .map(({ origin, path }) => [
            path,
            {
              origin,
              viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
              allowedMethods: AllowedMethods.ALLOW_ALL,
              cachePolicy: CachePolicy.CACHING_DISABLED,
              originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
              functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: host }],
            },
          ]),
      ),
      ...(props.host === undefined
        ? {}
        : {
            domainNames: [props.host.name],
            minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
            certificate: Certificate.fromCertificateArn(this, 'Certificate', props.host.certificateArn),
          }),
    });
    this.#deploy(bucket, props.folder);
    Validations.of(this.distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'People read their mail from wherever they are: no country is shut out.' },
      {
        id: 'AwsSolutions-CFR2',
        reason:
          'A web application firewall costs more a month than a small installation; the API throttles, and limits failed ' +
          'logins by address and account. Attach one where the traffic asks for it.',
      },
      {
        id: 'AwsSolutions-CFR3',
        reason: 'The API behind it logs each request; for static files nobody would read the log.',
      },
    );
    if (props.host === undefined) {
      Validations.of(this.distribution).acknowledge({
        id: 'AwsSolutions-CFR4',
        reason:
          "Under CloudFront's own name the protocol versions are AWS's choice; -c webHost=... sets TLS 1.2 and up.",
      });
    }
  }

  #deploy(bucket: IBucket, folder: string): void {
    const logGroup = new LogGroup(this, 'UploadLog', {
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const upload = new BucketDeployment(this, 'Upload', {
      sources: [Source.asset(join(PROJECT, folder))],
      destinationBucket: bucket,
      // No invalidation: it needs a right over every distribution of the account, to save five minutes.
      cacheControl: [CacheControl.maxAge(Duration.minutes(5))],
      logGroup,
    });
    // The function that copies the files is aws-cdk-lib's own, made once a stack, and runs during a deployment only.
    const uploader = upload.handlerRole.node.scope;
    if (uploader === undefined) throw new Error('the upload function has no scope');
    const reason =
      "The uploader of aws-cdk-lib, which runs only while deploying, on the site's and the CDK's own bucket.";
    const site = Stack.of(this).getLogicalId(bucket.node.defaultChild as CfnBucket);
    Validations.of(uploader).acknowledge(
      ...[
        'AwsSolutions-L1',
        'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
        'AwsSolutions-IAM5[Action::s3:GetBucket*]',
        'AwsSolutions-IAM5[Action::s3:GetObject*]',
        'AwsSolutions-IAM5[Action::s3:List*]',
        'AwsSolutions-IAM5[Action::s3:Abort*]',
        'AwsSolutions-IAM5[Action::s3:DeleteObject*]',
        `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-${DefaultStackSynthesizer.DEFAULT_QUALIFIER}-assets-<AWS::AccountId>-<AWS::Region>/*]`,
        `AwsSolutions-IAM5[Resource::<${site}.Arn>/*]`,
      ].map((id) => ({ id, reason })),
    );
  }
}
