import { Duration, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Function as CloudFrontFunction,
  Distribution,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersReferrerPolicy,
  HttpVersion,
  type IOrigin,
  OriginRequestPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Construct } from 'constructs';
import { PAGE_HEADERS, pagePolicy } from '../../frontend/policy.ts';
import { SITE, type WebFiles } from './web-files.ts';

export interface SpaSiteProps {
  readonly files: WebFiles;
  /** Where messages are shown. */
  readonly frameOrigin: string;
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

/** Runs in CloudFront: what is no file is the page, which knows its own paths. */
const PAGE = `function handler(event) {
  var request = event.request;
  if (request.uri.split('/').pop().indexOf('.') === -1) request.uri = '/index.html';
  return request;
}`;

/** The webmail's pages, with the APIs under the same name, so that no CORS is needed. */
export class SpaSite extends Construct {
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, props: SpaSiteProps) {
    super(scope, id);
    // The APIs are asked by names of their own; what the client asked must not get lost.
    const host = this.#function('Host', HOST, 'Says which name was asked');
    const page = this.#function('Page', PAGE, 'Answers paths of the webmail with its page');
    this.distribution = new Distribution(this, 'Distribution', {
      defaultRootObject: 'index.html',
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(props.files.bucket, { originPath: `/${SITE}` }),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy: this.#headers(props.frameOrigin),
        functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: page }],
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
    acknowledgeDistribution(this.distribution, { hasOwnName: props.host !== undefined });
  }

  #function(name: string, code: string, comment: string): CloudFrontFunction {
    return new CloudFrontFunction(this, name, {
      code: FunctionCode.fromInline(code),
      runtime: FunctionRuntime.JS_2_0,
      comment,
    });
  }

  /** The same as on one machine: bin/parts/webmail.ts. */
  #headers(frameOrigin: string): ResponseHeadersPolicy {
    const { 'referrer-policy': _, ...others } = PAGE_HEADERS;
    return new ResponseHeadersPolicy(this, 'Headers', {
      comment: 'What the pages of the webmail may load and run',
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: pagePolicy(frameOrigin), override: true },
        contentTypeOptions: { override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override: true },
      },
      customHeadersBehavior: {
        customHeaders: Object.entries(others).map(([header, value]) => ({ header, value, override: true })),
      },
    });
  }
}

/** Why a distribution of ours is as it is. */
export function acknowledgeDistribution(distribution: Distribution, { hasOwnName }: { hasOwnName: boolean }): void {
  Validations.of(distribution).acknowledge(
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
  if (hasOwnName) return;
  Validations.of(distribution).acknowledge({
    id: 'AwsSolutions-CFR4',
    reason: "Under CloudFront's own name the protocol versions are AWS's choice; -c webHost=... sets TLS 1.2 and up.",
  });
}
