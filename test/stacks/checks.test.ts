import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { addChecks, addDeployment } from '../../lib/deployment.ts';
import { newApp, settings, synthesize } from './synthesize.ts';

const VARIANTS: readonly Readonly<Record<string, string>>[] = [
  {},
  { mx: 'true', tracing: 'true', alarms: 'operator@elsewhere.example' },
  { combined: 'true' },
  { az: '1', ses: 'false' },
  {
    domain: 'example.org',
    webHost: 'webmail.example.org',
    webCertificate: 'arn:aws:acm:us-east-1:123456789012:certificate/1',
  },
];

describe('cdk-nag and the template validator', () => {
  it.each(VARIANTS)('find nothing without a written reason: %j', (options) => {
    expect(() => synthesize(options)).not.toThrow();
  });

  it('do find what is wrong: cdk-nag a topic without TLS', () => {
    const app = newApp();
    const { data } = addDeployment(app, settings());
    new Topic(data, 'Wrong');
    addChecks(app);
    expect(() => app.synth()).toThrow(/AwsSolutions-SNS3/);
  });

  it('do find what is wrong: the validator a property that no bucket has', () => {
    const app = newApp();
    const { data } = addDeployment(app, settings());
    (data.blobs.bucket.node.defaultChild as CfnBucket).addPropertyOverride('NoSuchProperty', 'x');
    addChecks(app);
    expect(() => app.synth()).toThrow(/CloudFormation-Validate::F3002/);
  });
});
