import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { addChecks, addDeployment } from '../../lib/deployment.ts';
import { SettingsError } from '../../lib/settings.ts';
import { every, newApp, resourcesOf, settings, synthesize } from './synthesize.ts';

/** Properties by which CloudFormation lets one choose a name that must be unique in an account. */
const NAMES =
  /^(BucketName|TableName|QueueName|FunctionName|RoleName|ClusterName|ServiceName|TopicName|LogGroupName|AlarmName|Family|LoadBalancerName|SecretName)$/;

describe('two installations in one account (SM-13)', () => {
  const app = newApp();
  const one = addDeployment(app, settings({ name: 'one', domain: 'one.example' }));
  const two = addDeployment(app, settings({ name: 'two', domain: 'two.example' }));
  addChecks(app);
  const templates = (deployment: typeof one) => Object.values(deployment).map((stack) => Template.fromStack(stack));

  it('synthesize side by side, without a finding', () => {
    expect(templates(one)).toHaveLength(5);
    expect(templates(two)).toHaveLength(5);
  });

  it('choose no physical name that the other could have too', () => {
    const chosen = (deployment: typeof one) =>
      templates(deployment).flatMap((template) =>
        resourcesOf(template).flatMap(([id, { Properties }]) =>
          Object.entries(Properties ?? {})
            .filter(([key, value]) => NAMES.test(key) && typeof value === 'string')
            .map(([key, value]) => `${id}.${key}=${value}`),
        ),
      );
    const values = (all: readonly string[]) => new Set(all.map((text) => text.slice(text.indexOf('=') + 1)));
    expect([...values(chosen(one))].filter((value) => values(chosen(two)).has(value))).toEqual([]);
    const groups = (deployment: typeof one) =>
      resourcesOf(Template.fromStack(deployment.data))
        .filter(([, { Type }]) => Type === 'AWS::Scheduler::ScheduleGroup')
        .map(([, { Properties }]) => Properties?.Name);
    expect(groups(one)).toHaveLength(1);
    expect(groups(one)).not.toEqual(groups(two));
  });

  it('export nothing under a common name', () => {
    const exports = (deployment: typeof one) =>
      templates(deployment).flatMap((template) =>
        Object.values((template.toJSON().Outputs ?? {}) as Record<string, { Export?: { Name: string } }>).flatMap(
          (output) => (output.Export === undefined ? [] : [output.Export.Name]),
        ),
      );
    expect(exports(one).length).toBeGreaterThan(0);
    expect(exports(one).filter((name) => exports(two).includes(name))).toEqual([]);
  });
});

describe('tags', () => {
  it('are on everything that the console lists', () => {
    const made = synthesize({ name: 'mine' });
    const types = [
      'AWS::S3::Bucket',
      'AWS::DynamoDB::Table',
      'AWS::SQS::Queue',
      'AWS::Lambda::Function',
      'AWS::IAM::Role',
      'AWS::ECS::Cluster',
      'AWS::ECS::Service',
      'AWS::ECS::TaskDefinition',
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
      'AWS::EC2::VPC',
      'AWS::EC2::EIP',
      'AWS::Logs::LogGroup',
      'AWS::SecretsManager::Secret',
      'AWS::CloudFront::Distribution',
      'AWS::CloudWatch::Alarm',
    ];
    for (const type of types) {
      const found = every(made, type);
      expect(found.length, type).toBeGreaterThan(0);
      for (const [name, resource] of found) {
        expect(resource.Properties?.Tags, `${type} ${name}`).toContainEqual({ Key: 'postern', Value: 'mine' });
      }
    }
  });
});

describe('settings that cannot be built', () => {
  it.each([
    [{ name: 'Big Name' }, /lower-case/],
    [{ domain: 'nodots' }, /domain name/],
    [{ az: '3' }, /use 1 or 2/],
    [{ mx: 'yes' }, /true or false/],
    [{ alarms: 'nobody' }, /mail address/],
    [{ webHost: 'w.example.com' }, /belong together/],
    [{ webHost: 'w.example.com', webCertificate: 'arn:aws:acm:eu-west-1:123456789012:certificate/1' }, /us-east-1/],
  ])('%j are refused in one plain line', (options, message) => {
    const text = (() => {
      try {
        settings(options as unknown as Readonly<Record<string, string>>);
      } catch (error) {
        return error instanceof SettingsError ? error.message : undefined;
      }
      return undefined;
    })();
    expect(text).toMatch(message);
    expect(text).not.toContain('\n');
  });
});
