import { Duration } from 'aws-cdk-lib';
import { Distribution, HttpVersion, ResponseHeadersPolicy, ViewerProtocolPolicy } from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Construct } from 'constructs';
import { framePolicy } from '../../frontend/policy.ts';
import { acknowledgeDistribution } from './spa-site.ts';
import { FRAME, type WebFiles } from './web-files.ts';

export interface MessageFrameProps {
  readonly files: WebFiles;
  /** Origins of the pages that may hold it. */
  readonly pages: readonly string[];
}

/**
 * The frame that messages are shown in. A distribution of its own gives it a domain of its own (names of CloudFront are sites of their
 * own: they are on the Public Suffix List), where nothing is to be had: no API, no cookie, no other file.
 */
export class MessageFrame extends Construct {
  readonly origin: string;

  constructor(scope: Construct, id: string, { files, pages }: MessageFrameProps) {
    super(scope, id);
    const headers = new ResponseHeadersPolicy(this, 'Headers', {
      comment: 'What a message may do: nothing',
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: framePolicy(files.frameHtml, pages), override: true },
        contentTypeOptions: { override: true },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override: true },
      },
    });
    const distribution = new Distribution(this, 'Distribution', {
      comment: 'Messages of the webmail',
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(files.bucket, { originPath: `/${FRAME}` }),
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        responseHeadersPolicy: headers,
      },
    });
    acknowledgeDistribution(distribution, { hasOwnName: false });
    this.origin = `https://${distribution.distributionDomainName}`;
  }
}
