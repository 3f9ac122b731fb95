import { Validations } from 'aws-cdk-lib';
import {
  type CfnEIP,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights, type ICluster } from 'aws-cdk-lib/aws-ecs';
import { type INetworkLoadBalancer, NetworkLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';

export interface MailEdgeProps {
  readonly zones: 1 | 2;
  /** One fixed address a zone, published in DNS. */
  readonly addresses: readonly CfnEIP[];
}

/**
 * Where the world's connections arrive: public subnets without NAT, one network load balancer with fixed addresses, and
 * the cluster that the tasks run in. Its security group lets in nothing; each service opens its own ports.
 */
export class MailEdge extends Construct {
  readonly vpc: IVpc;
  readonly cluster: ICluster;
  readonly balancer: INetworkLoadBalancer;
  readonly guard: SecurityGroup;

  constructor(scope: Construct, id: string, props: MailEdgeProps) {
    super(scope, id);
    // The casts: aws-cdk-lib's classes say `x?: T | undefined` where its interfaces say `x?: T`, which our compiler
    // options tell apart.
    this.vpc = new Vpc(this, 'Network', {
      ipAddresses: IpAddresses.cidr('10.25.0.0/16'),
      maxAzs: props.zones,
      natGateways: 0,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [{ name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 20 }],
      // Free, and messages and log entries then never cross the internet gateway.
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDB: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    }) as IVpc;
    Validations.of(this.vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'The programs log every connection with its address and what was refused why; flow logs would say less and cost ' +
        'more than the rest of the network.',
    });
    this.guard = new SecurityGroup(this, 'Guard', {
      vpc: this.vpc,
      description: 'The load balancer: open to the world on the mail ports',
    });
    this.balancer = new NetworkLoadBalancer(this, 'Balancer', {
      vpc: this.vpc,
      internetFacing: true,
      crossZoneEnabled: props.zones > 1,
      securityGroups: [this.guard],
      subnetMappings: this.vpc.publicSubnets.map((subnet, zone) => ({
        subnet,
        allocationId: props.addresses[zone]!.attrAllocationId,
      })),
    }) as INetworkLoadBalancer;
    Validations.of(this.balancer).acknowledge({
      id: 'AwsSolutions-ELB2',
      reason: 'A network load balancer writes access logs only for TLS listeners, and ours pass TCP through.',
    });
    this.cluster = new Cluster(this, 'Cluster', {
      vpc: this.vpc,
      containerInsightsV2: ContainerInsights.DISABLED,
    }) as ICluster;
    Validations.of(this.cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason:
        'Container Insights costs about as much as a small task; the free service metrics, the alarms and the JSON logs ' +
        'are what the runbooks use.',
    });
  }
}
