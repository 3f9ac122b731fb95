import { describe, expect, it } from 'vitest';
import { every, resourcesOf, synthesize } from './synthesize.ts';

const made = synthesize();
const data = made.templates.get('data')!;

describe('what must be kept (ME-2)', () => {
  it.each([
    'AWS::S3::Bucket',
    'AWS::DynamoDB::Table',
    'AWS::SQS::Queue',
    'AWS::SecretsManager::Secret',
    'AWS::EC2::EIP',
  ])('%s of the data stack stays when the stack goes or the resource is replaced', (type) => {
    const found = resourcesOf(data).filter(([, one]) => one.Type === type);
    expect(found.length).toBeGreaterThan(0);
    for (const [name, one] of found) {
      expect(one.DeletionPolicy, name).toBe('Retain');
      expect(one.UpdateReplacePolicy, name).toBe('Retain');
    }
  });

  it('keeps no state that matters in any other stack', () => {
    for (const type of ['AWS::DynamoDB::Table', 'AWS::SQS::Queue', 'AWS::SecretsManager::Secret']) {
      const here = resourcesOf(data).filter(([, one]) => one.Type === type);
      expect(every(made, type)).toHaveLength(here.length);
    }
  });
});

describe('the table', () => {
  it('is on demand, restorable, protected, and drops expired items', () => {
    data.hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
  });
});

describe('the bucket', () => {
  it('is private, encrypted, versioned, and cleans up after broken uploads', () => {
    data.hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
    const [, bucket] = resourcesOf(data).find(([, one]) => one.Type === 'AWS::S3::Bucket')!;
    const rules = JSON.stringify(bucket.Properties?.LifecycleConfiguration);
    expect(rules).toContain('"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":2}');
    expect(rules).toContain('"NoncurrentVersionExpiration":{"NoncurrentDays":30}');
    // Nothing of a message ever expires by itself.
    const { Rules } = bucket.Properties!.LifecycleConfiguration as { Rules: object[] };
    const expiring = Rules.filter((rule) => 'ExpirationInDays' in rule);
    expect(expiring).toEqual([{ Id: 'uploads', Prefix: 'upload/', ExpirationInDays: 2, Status: 'Enabled' }]);
  });

  it('refuses requests without TLS', () => {
    const [, policy] = resourcesOf(data).find(([, one]) => one.Type === 'AWS::S3::BucketPolicy')!;
    expect(JSON.stringify(policy.Properties)).toContain('"aws:SecureTransport":"false"');
  });
});

describe('the queues', () => {
  const queues = resourcesOf(data).filter(([, one]) => one.Type === 'AWS::SQS::Queue');
  const working = queues.filter(([, one]) => one.Properties?.RedrivePolicy !== undefined);

  it('each have a place for what fails, and alarms for failure and for waiting', () => {
    expect(working).toHaveLength(3);
    expect(queues).toHaveLength(6);
    const alarms = resourcesOf(data).filter(([, one]) => one.Type === 'AWS::CloudWatch::Alarm');
    const metrics = alarms.map(([, one]) => one.Properties?.MetricName).sort();
    expect(metrics.filter((name) => name === 'ApproximateNumberOfMessagesVisible')).toHaveLength(3);
    expect(metrics.filter((name) => name === 'ApproximateAgeOfOldestMessage')).toHaveLength(3);
    for (const [name, one] of alarms) expect(one.Properties?.AlarmActions, name).toHaveLength(1);
  });

  it('keep jobs for as long as SQS can, encrypted', () => {
    for (const [name, one] of queues) {
      expect(one.Properties?.MessageRetentionPeriod, name).toBe(1_209_600);
      expect(one.Properties?.SqsManagedSseEnabled, name).toBe(true);
    }
  });

  it('hide a job for longer than its function may work on it', () => {
    const functions = new Map(every(made, 'AWS::Lambda::Function'));
    const sources = every(made, 'AWS::Lambda::EventSourceMapping');
    expect(sources).toHaveLength(3);
    const longest = Math.max(...[...functions.values()].map((one) => Number(one.Properties?.Timeout ?? 0)));
    const timeouts = sources.map(([, one]) => {
      const name = (one.Properties as { FunctionName: { Ref: string } }).FunctionName.Ref;
      return Number(functions.get(name)?.Properties?.Timeout);
    });
    const hidden = working.map(([, one]) => Number(one.Properties?.VisibilityTimeout));
    expect([...hidden].sort((a, b) => a - b)).toEqual(timeouts.map((timeout) => 6 * timeout).sort((a, b) => a - b));
    expect(longest).toBeLessThanOrEqual(900);
    for (const [name, one] of sources) {
      expect(one.Properties?.FunctionResponseTypes, name).toEqual(['ReportBatchItemFailures']);
    }
  });

  it('have somebody told when deliver sets a message aside', () => {
    const ingress = made.templates.get('ingress')!;
    ingress.hasResourceProperties('AWS::Logs::MetricFilter', { FilterPattern: '{ $.event = "deliver.parked" }' });
    ingress.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'deliver.parked',
      Namespace: 'Postern/postern-ingress',
    });
  });
});
