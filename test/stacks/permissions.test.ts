import { describe, expect, it } from 'vitest';
import { every, type Resource, synthesize } from './synthesize.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** Whose right may end in a wildcard, and why. Everything else fails. */
const ALLOWED: readonly { readonly role: RegExp; readonly resource: RegExp; readonly why: string }[] = [
  {
    role: /./,
    resource: /Blobs[^"]*"\},"\/(raw|log|upload|index)\/\*"/,
    why: 'blob names are random; the kind is the prefix',
  },
  {
    role: /^(Send|Smtp|Access|Combined|Deliver|Sweep|Admin|Jmap)/,
    resource: /:schedule\/[\w-]+\/\*/,
    why: 'schedules are made one by one',
  },
  { role: /^Send/, resource: /:ses:.*:identity\/\*/, why: 'domains are added while the system runs' },
  { role: /ExecutionRole/, resource: /^"\*"$/, why: 'ecr:GetAuthorizationToken has no resource' },
  { role: /^SweeperRole/, resource: /SweepFunction[^"]*","Arn"\]\},":\*"/, why: 'versions of one function' },
  {
    role: /^CustomCDKBucketDeployment/,
    resource: /(assets-|WebFiles)/,
    why: "aws-cdk-lib's uploader, while deploying",
  },
];

describe.each([{}, { mx: 'true' }, { combined: 'true' }])('the rights of %j (PF-6)', (options) => {
  const made = synthesize(options);
  const policies = every(made, 'AWS::IAM::Policy');
  const roles = new Map(every(made, 'AWS::IAM::Role'));
  const statementsOf = (policy: Resource) =>
    (policy.Properties as { PolicyDocument: { Statement: readonly Statement[] } }).PolicyDocument.Statement;
  const rolesOf = (policy: Resource) =>
    (policy.Properties as { Roles: readonly { Ref: string }[] }).Roles.map((role) => role.Ref);

  it('name every action in full', () => {
    for (const [name, policy] of policies) {
      if (name.startsWith('CustomCDKBucketDeployment')) continue;
      for (const { Action } of statementsOf(policy)) {
        for (const action of list(Action)) expect(action, name).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
      }
    }
  });

  it('name every resource, but for those with a reason', () => {
    let wildcards = 0;
    for (const [name, policy] of policies) {
      for (const resource of statementsOf(policy).flatMap((statement) => list(statement.Resource))) {
        const text = JSON.stringify(resource);
        if (!text.includes('*')) continue;
        wildcards++;
        const reason = ALLOWED.find((one) => one.role.test(name) && one.resource.test(text));
        expect(reason?.why, `${name}: ${text}`).toBeDefined();
      }
    }
    expect(wildcards).toBeGreaterThan(0);
  });

  it('are given to one role for each function and program', () => {
    const functions = every(made, 'AWS::Lambda::Function');
    const tasks = every(made, 'AWS::ECS::TaskDefinition');
    const users = [
      ...functions.map(([, one]) => (one.Properties as { Role: { 'Fn::GetAtt': string[] } }).Role['Fn::GetAtt'][0]!),
      ...tasks.map(
        ([, one]) => (one.Properties as { TaskRoleArn: { 'Fn::GetAtt': string[] } }).TaskRoleArn['Fn::GetAtt'][0]!,
      ),
    ];
    expect(new Set(users).size).toBe(users.length);
    for (const user of users) expect(roles.has(user), user).toBe(true);
    for (const [name, policy] of policies) expect(rolesOf(policy), name).toHaveLength(1);
  });

  it('come from no managed policy, but for the network of a function', () => {
    for (const [name, role] of roles) {
      if (name.startsWith('CustomCDKBucketDeployment')) continue;
      const managed = JSON.stringify(role.Properties?.ManagedPolicyArns ?? []);
      if (name.startsWith('SendRole') && 'mx' in options) expect(managed).toContain('AWSLambdaVPCAccessExecutionRole');
      else expect(managed, name).toBe('[]');
    }
  });

  it('let only the sweeper delete messages, and nobody else but the compaction snapshots', () => {
    for (const [name, policy] of policies) {
      if (name.startsWith('CustomCDKBucketDeployment')) continue;
      const actions = statementsOf(policy).flatMap((statement) => list(statement.Action));
      const erasing = statementsOf(policy).filter(({ Action }) => list(Action).includes('s3:DeleteObjectVersion'));
      const kinds = /^Compact/.test(name) ? ['index', 'log'] : /^Sweep[^e]/.test(name) ? ['index', 'log', 'raw'] : [];
      expect(erasing.length, name).toBe(kinds.length === 0 ? 0 : 1);
      const resources = list(erasing[0]?.Resource ?? []).map((one) => JSON.stringify(one));
      expect(resources.length, name).toBe(kinds.length);
      kinds.forEach((kind, i) => {
        expect(resources[i], name).toContain(`"/${kind}/*"`);
      });
      expect(actions, name).not.toContain('s3:DeleteBucket');
    }
  });
});
