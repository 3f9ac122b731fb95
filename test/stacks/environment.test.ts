import { describe, expect, it } from 'vitest';
import { awsConfigFrom, deploymentVariables } from '../../adapters/aws/environment.ts';
import { every, synthesize } from './synthesize.ts';

const made = synthesize({ domain: 'example.org' });
const wanted = Object.keys(deploymentVariables.shape).filter((name) => name !== 'AWS_REGION');

interface Container {
  readonly Name: string;
  readonly Environment: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** Names and values of every function and container that runs our code. */
const environments: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ...every(made, 'AWS::Lambda::Function')
    .filter(([name]) => !name.startsWith('CustomCDK'))
    .map(([name, one]) => {
      const { Variables } = (one.Properties as { Environment: { Variables: Record<string, unknown> } }).Environment;
      return [name, Variables] as const;
    }),
  ...every(made, 'AWS::ECS::TaskDefinition').flatMap(([, task]) =>
    (task.Properties as { ContainerDefinitions: Container[] }).ContainerDefinitions.map((container) => {
      const pairs = container.Environment.map(({ Name, Value }) => [Name, Value] as const);
      return [container.Name, Object.fromEntries(pairs)] as const;
    }),
  ),
];

describe('the variables that lib/ sets', () => {
  it.each(environments)('%s finds everything that openAws needs', (_name, variables) => {
    for (const name of wanted) expect(variables[name], name).toBeDefined();
    expect(variables.POSTERN_HOSTNAME).toBe('mail.example.org');
  });

  it('reach every function and container', () => {
    expect(environments.map(([name]) => name.replace(/Function.*$/, '')).sort()).toEqual(
      ['Admin', 'Auth', 'Compact', 'Deliver', 'Jmap', 'Send', 'Sweep', 'access', 'smtp'].sort(),
    );
  });
});

describe('awsConfigFrom', () => {
  const arn = 'arn:aws:sqs:eu-central-1:123456789012:q';
  const url = 'https://sqs.eu-central-1.amazonaws.com/123456789012/q';
  const variables: Record<string, string> = Object.fromEntries(
    wanted.map((name) => [name, name.endsWith('_URL') ? url : name.endsWith('_ARN') ? arn : 'x']),
  );
  variables.AWS_REGION = 'eu-central-1';
  variables.POSTERN_LOG = 'warn';

  it('makes the configuration of openAws', () => {
    expect(awsConfigFrom(variables)).toMatchObject({
      region: 'eu-central-1',
      table: 'x',
      queues: { send: { url, arn } },
      schedule: { group: 'x', roleArn: arn },
      logLevel: 'warn',
    });
  });

  it('names what is missing in one line', () => {
    const { POSTERN_TABLE: _table, POSTERN_BUCKET: _bucket, ...rest } = variables;
    expect(() => awsConfigFrom(rest)).toThrow(/^[^\n]*POSTERN_TABLE, POSTERN_BUCKET[^\n]*$/);
  });
});
