import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnSecurityGroupIngress, Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  Capability,
  type ContainerDefinition,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LinuxParameters,
  LogDriver,
  OperatingSystemFamily,
  UlimitName,
} from 'aws-cdk-lib/aws-ecs';
import { NetworkListener, NetworkTargetGroup, Protocol, TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { HEALTH_PORT, type MailListener, PORT_BASE, type Program } from '../listeners.ts';
import type { MailEdge } from './mail-edge.ts';
import { IMAGE_USER, mailImage } from './mail-image.ts';
import type { OperatorAlarms } from './operator-alarms.ts';

export interface MailServiceProps {
  readonly edge: MailEdge;
  readonly alarms: OperatorAlarms;
  /** At most five: ECS takes no more target groups a service. */
  readonly listeners: readonly MailListener[];
  readonly environment: Readonly<Record<string, string>>;
  /** 1,024 are one processor. @default 512 */
  readonly cpu?: number;
  /** MB. @default 1024 */
  readonly memory?: number;
  /** Tasks that run when nothing happens. */
  readonly least: number;
  /** Tasks that run when everything happens. @default ten times `least` */
  readonly most?: number;
}

/**
 * A mail program (or both in one task) on Fargate behind the load balancer's TCP ports. The program gets the client's
 * address by PROXY v2, or by CloudFront's header, so only the load balancer may reach it; it does its own TLS; it runs without root, without
 * any capability and on a read-only file system.
 */
export class MailService extends Construct {
  readonly service: FargateService;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: MailServiceProps) {
    super(scope, id);
    if (props.listeners.length > 5) throw new Error('ECS registers a service with five target groups at most');
    const { edge } = props;
    const task = new FargateTaskDefinition(this, 'Task', {
      cpu: props.cpu ?? 512,
      memoryLimitMiB: props.memory ?? 1024,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    this.role = task.taskRole as Role;
    const log = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const programs = [...new Set(props.listeners.map((listener) => listener.program))];
    const containers = new Map(programs.map((program) => [program, this.#container(task, program, log, props)]));
    const guard = this.#guard(props, programs);
    this.service = new FargateService(this, 'Service', {
      cluster: edge.cluster,
      taskDefinition: task,
      desiredCount: props.least,
      assignPublicIp: true,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      securityGroups: [guard],
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      healthCheckGracePeriod: Duration.seconds(60),
    });
    const groups = props.listeners.map((listener) => this.#listen(listener, containers.get(listener.program)!, edge));
    this.#alarm(groups[0]!, props);
    this.service
      .autoScaleTaskCount({ minCapacity: props.least, maxCapacity: props.most ?? 10 * props.least })
      .scaleOnCpuUtilization('Cpu', {
        targetUtilizationPercent: 60,
        scaleOutCooldown: Duration.minutes(1),
        // A task that leaves cuts its idling clients off: be slow to send one away.
        scaleInCooldown: Duration.minutes(30),
      });
    this.#acknowledge(task);
  }

  #container(
    task: FargateTaskDefinition,
    program: Program,
    logGroup: LogGroup,
    props: MailServiceProps,
  ): ContainerDefinition {
    const linuxParameters = new LinuxParameters(this, `${program}-linux`);
    linuxParameters.dropCapabilities(Capability.ALL);
    const health = HEALTH_PORT[program];
    const container = task.addContainer(program, {
      image: mailImage(),
      command: ['node', `${program}.mjs`],
      user: IMAGE_USER,
      readonlyRootFilesystem: true,
      linuxParameters,
      stopTimeout: Duration.seconds(110),
      logging: LogDriver.awsLogs({ logGroup, streamPrefix: program }),
      environment: {
        ...props.environment,
        POSTERN_BIND: '0.0.0.0',
        POSTERN_PORT_BASE: String(PORT_BASE),
        POSTERN_PORTS: props.listeners
          .filter((listener) => listener.program === program)
          .map((listener) => listener.port)
          .join(','),
        POSTERN_PROXY: '1',
        POSTERN_HEALTH_PORT: String(health),
        NODE_OPTIONS: '--enable-source-maps',
      },
      // From within, by HTTP: a program whose event loop hangs still completes TCP handshakes, but does not answer.
      healthCheck: {
        command: ['CMD', 'node', 'health.mjs'],
        interval: Duration.seconds(30),
        timeout: Duration.seconds(10),
        retries: 3,
        startPeriod: Duration.seconds(60),
      },
    });
    container.addUlimits({ name: UlimitName.NOFILE, softLimit: 65_535, hardLimit: 65_535 });
    for (const listener of props.listeners) {
      if (listener.program === program) container.addPortMappings({ containerPort: PORT_BASE + listener.port });
    }
    container.addPortMappings({ containerPort: health });
    return container;
  }

  /** Nobody but the load balancer reaches the task, and the task itself calls nothing but AWS's own APIs and web servers. */
  #guard(props: MailServiceProps, programs: readonly Program[]): SecurityGroup {
    const guard = new SecurityGroup(this, 'Guard', {
      vpc: props.edge.vpc,
      description: 'Mail tasks: reached by the load balancer only',
      allowAllOutbound: false,
    });
    guard.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS APIs, and images of others');
    guard.addEgressRule(Peer.anyIpv4(), Port.tcp(80), 'Images of others');
    const balancer = Peer.securityGroupId(props.edge.guard.securityGroupId);
    for (const { name, port } of props.listeners) guard.addIngressRule(balancer, Port.tcp(PORT_BASE + port), name);
    for (const program of programs) guard.addIngressRule(balancer, Port.tcp(HEALTH_PORT[program]), 'health check');
    return guard;
  }

  #listen(listener: MailListener, container: ContainerDefinition, edge: MailEdge): NetworkTargetGroup {
    const { name, port, program } = listener;
    const rule = new CfnSecurityGroupIngress(this, `${name}Open`, {
      groupId: edge.guard.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
      cidrIp: '0.0.0.0/0',
      description: `${name} from the world`,
    });
    Validations.of(rule).acknowledge({
      id: 'AwsSolutions-EC23',
      reason: 'A mail server is there for the whole internet; the programs limit and refuse by address themselves.',
    });
    const group = new NetworkTargetGroup(this, `${name}Targets`, {
      vpc: edge.vpc,
      port: PORT_BASE + port,
      protocol: Protocol.TCP,
      targetType: TargetType.IP,
      proxyProtocolV2: listener.proxy ?? true,
      preserveClientIp: false,
      // New connections go elsewhere at once; the program then has stopTimeout to finish the old ones.
      deregistrationDelay: Duration.seconds(30),
      // TCP, not HTTP: with PROXY v2 on, its header comes first on health checks too.
      healthCheck: {
        protocol: Protocol.TCP,
        port: String(HEALTH_PORT[program]),
        interval: Duration.seconds(10),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
      targets: [
        this.service.loadBalancerTarget({ containerName: container.containerName, containerPort: PORT_BASE + port }),
      ],
    });
    new NetworkListener(this, `${name}Listener`, {
      loadBalancer: edge.balancer,
      port,
      protocol: Protocol.TCP,
      // IDLE sessions say something every half hour (RFC 2177); the default would cut them after six minutes.
      tcpIdleTimeout: Duration.seconds(3600),
      defaultTargetGroups: [group],
    });
    return group;
  }

  /** All ports of a program share one health check, so one target group speaks for the service. */
  #alarm(group: NetworkTargetGroup, props: MailServiceProps): void {
    props.alarms.raise(this, 'DownAlarm', {
      metric: group.metrics.healthyHostCount({ period: Duration.minutes(1), statistic: 'Minimum' }),
      threshold: 1,
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
      alarmDescription: `No task takes connections to port ${props.listeners[0]!.port}. docs/operating.md: "A service that is down".`,
    });
  }

  #acknowledge(task: FargateTaskDefinition): void {
    Validations.of(task).acknowledge(
      {
        id: 'AwsSolutions-ECS2',
        reason: 'The variables are names of resources and ports. Secrets are read from Secrets Manager by their ARN.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'The agent pulls the image: ecr:GetAuthorizationToken has no resource to name.',
      },
    );
  }
}
