import { describe, expect, it } from 'vitest';
import { every, resourcesOf, synthesize } from './synthesize.ts';

const outputs = (made: ReturnType<typeof synthesize>) =>
  [...made.templates.values()].flatMap((template) =>
    Object.entries((template.toJSON().Outputs ?? {}) as Record<string, { Value: unknown }>),
  );

describe('direct delivery to port 25', () => {
  const send = (made: ReturnType<typeof synthesize>) =>
    resourcesOf(made.templates.get('egress')!).find(
      ([name, one]) => one.Type === 'AWS::Lambda::Function' && name.startsWith('Send'),
    )![1].Properties as { VpcConfig?: unknown; Environment: { Variables: Record<string, unknown> } };

  it('is off unless asked for: no NAT gateway anywhere, no network around any function', () => {
    const made = synthesize();
    expect(every(made, 'AWS::EC2::NatGateway')).toEqual([]);
    for (const [name, one] of every(made, 'AWS::Lambda::Function'))
      expect(one.Properties?.VpcConfig, name).toBeUndefined();
    expect(send(made).Environment.Variables.POSTERN_ROUTES).toBe('ses,smarthost');
  });

  it('goes through one NAT gateway with an address that stays', () => {
    const made = synthesize({ mx: 'true' });
    const egress = made.templates.get('egress')!;
    egress.resourceCountIs('AWS::EC2::NatGateway', 1);
    const [name, address] = resourcesOf(egress).find(([, one]) => one.Type === 'AWS::EC2::EIP')!;
    expect(address.DeletionPolicy).toBe('Retain');
    egress.hasResourceProperties('AWS::EC2::NatGateway', { AllocationId: { 'Fn::GetAtt': [name, 'AllocationId'] } });
    expect(send(made).VpcConfig).toBeDefined();
    expect(send(made).Environment.Variables.POSTERN_ROUTES).toBe('ses,smarthost,mx');
    expect(outputs(made).map(([key]) => key)).toContain('PtrCommand');
  });
});

describe('the DNS records to publish', () => {
  const made = synthesize({ domain: 'example.org' });
  const records = new Map(outputs(made).map(([key, { Value }]) => [key, JSON.stringify(Value)]));

  it.each([
    ['DnsHost1', 'mail.example.org. A '],
    ['DnsMx', 'example.org. MX 10 mail.example.org.'],
    ['DnsSubmissions', '_submissions._tcp.example.org. SRV 0 1 465 mail.example.org.'],
    ['DnsImaps', '_imaps._tcp.example.org. SRV 0 1 993 mail.example.org.'],
    ['DnsDkim1', ' CNAME '],
    ['DnsSpf', 'example.org. TXT'],
    ['DnsDmarc', '_dmarc.example.org. TXT'],
  ])('%s is among the outputs', (key, text) => {
    expect(records.get(key)).toContain(text);
  });
});
