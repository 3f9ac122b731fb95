import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  CfnEIP,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  NatProvider,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/**
 * A network whose one way out is a NAT gateway with a fixed address: what it takes to speak to other servers' port 25
 * from Lambda, and to have a PTR record that fits.
 */
export class MxNetwork extends Construct {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
  /** The address that other servers see. */
  readonly address: CfnEIP;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.address = new CfnEIP(this, 'Address', { domain: 'vpc' });
    // An address earns its reputation over months, and its PTR record is asked for by hand: keep it.
    this.address.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.vpc = new Vpc(this, 'Network', {
      ipAddresses: IpAddresses.cidr('10.26.0.0/20'),
      maxAzs: 2,
      natGateways: 1,
      natGatewayProvider: NatProvider.gateway({ eipAllocationIds: [this.address.attrAllocationId] }),
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'out', subnetType: SubnetType.PUBLIC, cidrMask: 26 },
        { name: 'senders', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
      ],
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDB: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    }) as IVpc; // as in mail-edge.ts
    Validations.of(this.vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason: 'The sender logs every attempt with the peer, its address and its answers; flow logs would say less.',
    });
  }
}
