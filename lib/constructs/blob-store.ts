import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** The kinds of blob that the mail system tells apart; each is a prefix. */
export type BlobPrefix = 'raw' | 'log' | 'upload' | 'index';

/**
 * The bucket that holds every message. It outlives its stack: nothing but a person with the console can delete it.
 * Versions make an accidental delete reversible for 30 days; the mail system's own erasure deletes the versions too.
 */
export class BlobStore extends Construct {
  readonly bucket: Bucket;
  /** The name under which the other stacks' policies import the bucket's ARN. */
  readonly #exportName: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      removalPolicy: RemovalPolicy.RETAIN,
      versioned: true,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [
        { id: 'broken-uploads', abortIncompleteMultipartUploadAfter: Duration.days(2) },
        // Good for a day; whatever keeps one has copied its bytes.
        { id: 'uploads', prefix: 'upload/', expiration: Duration.days(2) },
        { id: 'old-versions', noncurrentVersionExpiration: Duration.days(30), expiredObjectDeleteMarker: true },
      ],
    });
    const stack = Stack.of(this);
    this.#exportName = stack.resolve(stack.exportValue(this.bucket.bucketArn))['Fn::ImportValue'];
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Server access logs would be one line for every message read, kept in a second bucket; who read what is asked of ' +
        'CloudTrail data events, which an operator turns on where the law wants it.',
    });
  }

  /**
   * Read whole blobs and ranges of them. With the right to list, because without it S3 answers 403 for an object that is
   * not there, and "not there" could not be told from "not allowed".
   */
  grantRead(grantee: IGrantable, ...prefixes: BlobPrefix[]): Grant {
    this.grantList(grantee);
    return this.#grant(grantee, prefixes, 's3:GetObject');
  }

  /** Write new blobs, in one call or in parts. */
  grantWrite(grantee: IGrantable, ...prefixes: BlobPrefix[]): Grant {
    return this.#grant(grantee, prefixes, 's3:PutObject', 's3:AbortMultipartUpload');
  }

  /** Delete blobs with every version of them. */
  grantErase(grantee: IGrantable, ...prefixes: BlobPrefix[]): Grant {
    this.#grantBucket(grantee, 's3:ListBucketVersions');
    return this.#grant(grantee, prefixes, 's3:DeleteObject', 's3:DeleteObjectVersion');
  }

  /** List the blobs that are there. */
  grantList(grantee: IGrantable): Grant {
    return this.#grantBucket(grantee, 's3:ListBucket');
  }

  /** Says why the policy names a whole prefix, on the very role that it is given to. */
  #acknowledge(grantee: IGrantable, prefixes: BlobPrefix[]): void {
    const { grantPrincipal } = grantee;
    if (!Construct.isConstruct(grantPrincipal)) throw new Error('blobs are granted to roles only');
    Validations.of(grantPrincipal).acknowledge(
      ...prefixes.map((prefix) => ({
        id: `AwsSolutions-IAM5[Resource::${this.#exportName}/${prefix}/*]`,
        reason: 'Blob names are random and made while the system runs; the kind of blob is the prefix.',
      })),
    );
  }

  #grantBucket(grantee: IGrantable, ...actions: string[]): Grant {
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.bucket.bucketArn] });
  }

  #grant(grantee: IGrantable, prefixes: BlobPrefix[], ...actions: string[]): Grant {
    this.#acknowledge(grantee, prefixes);
    const resourceArns = prefixes.map((prefix) => this.bucket.arnForObjects(`${prefix}/*`));
    return Grant.addToPrincipal({ grantee, actions, resourceArns });
  }
}
