import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultStackSynthesizer, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, type ISource, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { SettingsError } from '../settings.ts';
import { PROJECT } from './mail-function.ts';

/** Folders of the bucket, each of which is a web site of its own. */
export const SITE = 'site';
export const FRAME = 'frame';

/** The files of the webmail, in a bucket that only CloudFront may read. */
export class WebFiles extends Construct {
  readonly bucket: IBucket;
  /** The frame that messages are shown in. */
  readonly frameHtml: string;
  readonly #built: string;
  readonly #frame: string;

  /** Throws `SettingsError` where the webmail is not built. */
  constructor(scope: Construct, id: string, frontend: string = join(PROJECT, 'frontend')) {
    super(scope, id);
    this.#built = join(frontend, 'dist');
    this.#frame = join(frontend, 'frame', 'dist');
    const frame = join(this.#frame, 'frame.html');
    if (!existsSync(join(this.#built, 'index.html')) || !existsSync(frame)) {
      throw new SettingsError('The webmail is not built: run "npm run prepare" first.');
    }
    this.frameHtml = readFileSync(frame, 'utf8');
    this.bucket = new Bucket(this, 'Files', {
      // Everything in it comes from the build.
      removalPolicy: RemovalPolicy.DESTROY,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    }) as IBucket; // as in mail-edge.ts
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'The files are public by way of CloudFront, which is their only reader.',
    });
  }

  /** Puts the build and the frame there. */
  deploy({ frameOrigin }: { readonly frameOrigin: string }): void {
    const logGroup = new LogGroup(this, 'UploadLog', {
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // What has once been there stays: a page that was opened before goes on fetching the parts that it was built with.
    const put = (name: string, folder: string, sources: readonly ISource[], cacheControl: readonly CacheControl[]) =>
      new BucketDeployment(this, name, {
        sources: [...sources],
        destinationBucket: this.bucket,
        destinationKeyPrefix: folder,
        // No invalidation, which needs a right over every distribution of the account: pages are asked for again each time.
        cacheControl: [...cacheControl],
        prune: false,
        logGroup,
      });
    const forEver = [CacheControl.setPublic(), CacheControl.maxAge(Duration.days(365)), CacheControl.immutable()];
    const assets = put('Assets', `${SITE}/assets`, [Source.asset(join(this.#built, 'assets'))], forEver);
    const page = [
      Source.asset(this.#built, { exclude: ['assets', '.vite'] }),
      Source.jsonData('webmail.json', { frameOrigin }),
    ];
    const pages = put('Pages', SITE, page, [CacheControl.noCache()]);
    pages.node.addDependency(assets);
    put('Frame', FRAME, [Source.asset(this.#frame)], [CacheControl.noCache()]);
    this.#acknowledge(pages);
  }

  #acknowledge(upload: BucketDeployment): void {
    // The function that copies the files is aws-cdk-lib's own, made once a stack, and runs during a deployment only.
    const uploader = upload.handlerRole.node.scope;
    if (uploader === undefined) throw new Error('the upload function has no scope');
    const reason =
      "The uploader of aws-cdk-lib, which runs only while deploying, on the site's and the CDK's own bucket.";
    const site = Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnBucket);
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
