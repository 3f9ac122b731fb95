import { describe, expect, it } from 'vitest';
import { every, type Resource, synthesize } from './synthesize.ts';

type Containers = readonly (Readonly<Record<string, unknown>> & {
  readonly Name: string;
  readonly PortMappings: readonly { readonly ContainerPort: number }[];
  readonly Environment: readonly { readonly Name: string; readonly Value: unknown }[];
})[];

const containersOf = (task: Resource) => task.Properties?.ContainerDefinitions as Containers;

describe.each([{}, { combined: 'true' }])('the services of %j', (options) => {
  const made = synthesize(options);
  const tasks = every(made, 'AWS::ECS::TaskDefinition');
  const services = every(made, 'AWS::ECS::Service');
  const groups = every(made, 'AWS::ElasticLoadBalancingV2::TargetGroup');
  const listeners = every(made, 'AWS::ElasticLoadBalancingV2::Listener');

  it('run without root, capabilities and a writable file system, on ports above 1023 (SM-9)', () => {
    expect(tasks.length).toBe('combined' in options ? 1 : 2);
    for (const container of tasks.flatMap(([, task]) => containersOf(task))) {
      expect(container.User).toBe('10001:10001');
      expect(container.ReadonlyRootFilesystem).toBe(true);
      expect(container.LinuxParameters).toMatchObject({ Capabilities: { Drop: ['ALL'] } });
      expect(container.PortMappings.length).toBeGreaterThan(1);
      for (const { ContainerPort } of container.PortMappings) expect(ContainerPort).toBeGreaterThan(1023);
      for (const { Name } of container.Environment) expect(Name).not.toMatch(/PASSWORD|KEY$|TOKEN/);
    }
  });

  it('register with five target groups at most', () => {
    for (const [name, service] of services) {
      const registered = service.Properties?.LoadBalancers as unknown[];
      expect(registered.length, name).toBeGreaterThan(0);
      expect(registered.length, name).toBeLessThanOrEqual(5);
    }
  });

  it('listen where the world expects them', () => {
    const ports = listeners.map(([, listener]) => Number(listener.Properties?.Port)).sort((a, b) => a - b);
    expect(ports).toEqual('combined' in options ? [25, 443, 465, 993, 995] : [25, 110, 143, 443, 465, 587, 993, 995]);
    for (const [name, listener] of listeners) {
      expect(listener.Properties?.Protocol, name).toBe('TCP');
      expect(listener.Properties?.ListenerAttributes, name).toEqual([
        { Key: 'tcp.idle_timeout.seconds', Value: '3600' },
      ]);
    }
  });

  it('learn the client by PROXY v2, but for HTTP, and are asked for their health on another port', () => {
    expect(groups).toHaveLength(listeners.length);
    for (const [name, group] of groups) {
      const attributes = group.Properties?.TargetGroupAttributes;
      // CloudFront names its client in a header.
      const proxy = String(group.Properties?.Port !== 10_443);
      expect(attributes, name).toContainEqual({ Key: 'proxy_protocol_v2.enabled', Value: proxy });
      expect(attributes, name).toContainEqual({ Key: 'preserve_client_ip.enabled', Value: 'false' });
      expect(group.Properties?.HealthCheckProtocol, name).toBe('TCP');
      expect(['8025', '8143'], name).toContain(group.Properties?.HealthCheckPort);
    }
    for (const { Environment } of tasks.flatMap(([, task]) => containersOf(task))) {
      expect(Environment).toContainEqual({ Name: 'POSTERN_PROXY', Value: '1' });
    }
  });

  it('are told to listen on the very ports that they are reached at', () => {
    const told = tasks.flatMap(([, task]) =>
      containersOf(task).flatMap(({ Environment }) => {
        const value = (name: string) => Environment.find((one) => one.Name === name)?.Value as string;
        return value('POSTERN_PORTS')
          .split(',')
          .map((port) => Number(port) + Number(value('POSTERN_PORT_BASE')));
      }),
    );
    const reached = groups.map(([, group]) => Number(group.Properties?.Port));
    expect([...told].sort()).toEqual([...reached].sort());
  });

  it('are replaced when they are ill, and rolled back when a release does not come up (PF-12)', () => {
    for (const container of tasks.flatMap(([, task]) => containersOf(task))) {
      expect(container.Essential).toBe(true);
      expect(container.StopTimeout).toBe(110);
      expect(container.HealthCheck).toMatchObject({ Command: ['CMD', 'node', 'health.mjs'], Retries: 3 });
    }
    for (const [name, service] of services) {
      expect(service.Properties?.DeploymentConfiguration, name).toMatchObject({
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
      });
      expect(Number(service.Properties?.DesiredCount), name).toBeGreaterThan(0);
    }
  });

  it('are reached by the load balancer only, and call out by HTTPS only', () => {
    const ids = every(made, 'AWS::EC2::SecurityGroup');
    const guards = ids.filter(([, one]) => String(one.Properties?.GroupDescription).startsWith('Mail tasks'));
    expect(guards).toHaveLength(services.length);
    for (const [name, guard] of guards) {
      const rules = guard.Properties?.SecurityGroupIngress as readonly Readonly<Record<string, unknown>>[];
      for (const rule of rules) {
        expect(rule.CidrIp, name).toBeUndefined();
        expect(JSON.stringify(rule.SourceSecurityGroupId), name).toContain('EdgeGuard');
      }
      expect(guard.Properties?.SecurityGroupEgress, name).toEqual([
        expect.objectContaining({ FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }),
        expect.objectContaining({ FromPort: 80, ToPort: 80, IpProtocol: 'tcp' }),
      ]);
    }
    const open = every(made, 'AWS::EC2::SecurityGroupIngress').map(([, rule]) => Number(rule.Properties?.FromPort));
    expect(open.sort()).toEqual(listeners.map(([, listener]) => Number(listener.Properties?.Port)).sort());
  });
});
