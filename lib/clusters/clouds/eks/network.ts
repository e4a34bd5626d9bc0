/*
 * A VPC: one private subnet a zone for nodes, pods and internal load balancers, one small public subnet a zone for
 * NAT gateways and load balancers that the internet reaches, or none of these at all.
 */
import * as ec2 from '@pulumi/aws/ec2';
import * as cloudwatch from '@pulumi/aws/cloudwatch';
import * as pulumi from '@pulumi/pulumi';
import { parseCidr, subnetOf } from '../../cidr';
import type { Parent, ProvisionedNetwork } from '../../cloud';
import { NatGateways, type NetworkSpec } from '../../specs';
import { trust } from './iam-documents';
import { NETWORK_TAG } from './network-tag';
import { roleOf } from './roles';

/**
 * What nodes and control software need of AWS when there is no way to the internet.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html (2026-11)
 */
const INTERFACE_ENDPOINTS = [
  'autoscaling',
  'ec2',
  'ecr.api',
  'ecr.dkr',
  'eks',
  'eks-auth',
  'elasticloadbalancing',
  'logs',
  'sqs',
  'ssm',
  'sts',
];

/** Makes the VPC of `spec`. */
export function network(parent: Parent, name: string, spec: NetworkSpec): ProvisionedNetwork {
  const child = { parent };
  const vpc = new ec2.Vpc(
    `${name}-vpc`,
    {
      cidrBlock: spec.cidr,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: { Name: name },
    },
    child,
  );
  // Whatever names no security group gets the default one: it lets nothing in or out.
  new ec2.DefaultSecurityGroup(`${name}-default`, { vpcId: vpc.id, tags: { Name: name } }, child);
  flowLogs(parent, name, spec, vpc);

  const block = parseCidr(spec.cidr) ?? { first: 0, length: 16 };
  const privateSubnets = spec.zones.map(
    (zone, index) =>
      new ec2.Subnet(
        `${name}-private-${zone}`,
        {
          vpcId: vpc.id,
          availabilityZone: zone,
          cidrBlock: subnetOf(block, block.length + 2, index),
          tags: {
            Name: `${name}-private-${zone}`,
            [NETWORK_TAG]: name,
            'kubernetes.io/role/internal-elb': '1',
          },
        },
        child,
      ),
  );
  const open = spec.natGateways !== NatGateways.NONE;
  const publicSide = open ? publicNetwork(parent, name, spec, vpc) : undefined;
  const tables = privateSubnets.map((subnet, index) => {
    const zone = spec.zones[index] ?? '';
    const table = new ec2.RouteTable(
      `${name}-private-${zone}`,
      { vpcId: vpc.id, tags: { Name: `${name}-private-${zone}` } },
      child,
    );
    const association = new ec2.RouteTableAssociation(
      `${name}-private-${zone}`,
      { subnetId: subnet.id, routeTableId: table.id },
      child,
    );
    const gateway = publicSide?.gateways[index] ?? publicSide?.gateways[0];
    const routes = gateway
      ? [
          new ec2.Route(
            `${name}-nat-${zone}`,
            {
              routeTableId: table.id,
              destinationCidrBlock: '0.0.0.0/0',
              natGatewayId: gateway.id,
            },
            child,
          ),
        ]
      : [];
    return { table, made: [association, ...routes] };
  });
  // Models and image layers come from object storage: never through a NAT gateway.
  const storage = new ec2.VpcEndpoint(
    `${name}-s3`,
    {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${spec.region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: tables.map(({ table }) => table.id),
      tags: { Name: `${name}-s3` },
    },
    child,
  );
  const endpoints = open ? [] : interfaceEndpoints(parent, name, spec, vpc, privateSubnets);

  return {
    networkId: vpc.id,
    subnetIds: privateSubnets.map(({ id }) => id),
    publicSubnetIds: publicSide?.subnets.map(({ id }) => id) ?? [],
    ready: [storage, ...tables.flatMap(({ made }) => made), ...endpoints],
  };
}

/** Public subnets, and the NAT gateways in them. */
function publicNetwork(
  parent: Parent,
  name: string,
  spec: NetworkSpec,
  vpc: ec2.Vpc,
): { readonly subnets: readonly ec2.Subnet[]; readonly gateways: readonly ec2.NatGateway[] } {
  const child = { parent };
  const block = parseCidr(spec.cidr) ?? { first: 0, length: 16 };
  const internet = new ec2.InternetGateway(
    `${name}-internet`,
    { vpcId: vpc.id, tags: { Name: name } },
    child,
  );
  const table = new ec2.RouteTable(
    `${name}-public`,
    { vpcId: vpc.id, tags: { Name: `${name}-public` } },
    child,
  );
  const route = new ec2.Route(
    `${name}-internet`,
    { routeTableId: table.id, destinationCidrBlock: '0.0.0.0/0', gatewayId: internet.id },
    child,
  );
  const subnets = spec.zones.map((zone, index) => {
    // The last quarter of the network, in four parts.
    const subnet = new ec2.Subnet(
      `${name}-public-${zone}`,
      {
        vpcId: vpc.id,
        availabilityZone: zone,
        cidrBlock: subnetOf(block, block.length + 4, 12 + index),
        mapPublicIpOnLaunch: false,
        tags: { Name: `${name}-public-${zone}`, 'kubernetes.io/role/elb': '1' },
      },
      child,
    );
    new ec2.RouteTableAssociation(
      `${name}-public-${zone}`,
      { subnetId: subnet.id, routeTableId: table.id },
      child,
    );
    return subnet;
  });
  const withGateway = spec.natGateways === NatGateways.PER_ZONE ? subnets : subnets.slice(0, 1);
  const gateways = withGateway.map((subnet, index) => {
    const zone = spec.zones[index] ?? '';
    const address = new ec2.Eip(
      `${name}-nat-${zone}`,
      { domain: 'vpc', tags: { Name: `${name}-nat-${zone}` } },
      child,
    );
    return new ec2.NatGateway(
      `${name}-nat-${zone}`,
      { subnetId: subnet.id, allocationId: address.id, tags: { Name: `${name}-nat-${zone}` } },
      { parent, dependsOn: [route] },
    );
  });
  return { subnets, gateways };
}

function interfaceEndpoints(
  parent: Parent,
  name: string,
  spec: NetworkSpec,
  vpc: ec2.Vpc,
  subnets: readonly ec2.Subnet[],
): readonly pulumi.Resource[] {
  const group = new ec2.SecurityGroup(
    `${name}-endpoints`,
    {
      vpcId: vpc.id,
      description: `HTTPS from ${name} to the endpoints of AWS`,
      ingress: [
        {
          description: 'HTTPS from the network',
          protocol: 'tcp',
          fromPort: 443,
          toPort: 443,
          cidrBlocks: [spec.cidr],
        },
      ],
      tags: { Name: `${name}-endpoints` },
    },
    { parent },
  );
  return INTERFACE_ENDPOINTS.map(
    (service) =>
      new ec2.VpcEndpoint(
        `${name}-${service.replace('.', '-')}`,
        {
          vpcId: vpc.id,
          serviceName: `com.amazonaws.${spec.region}.${service}`,
          vpcEndpointType: 'Interface',
          privateDnsEnabled: true,
          subnetIds: subnets.map(({ id }) => id),
          securityGroupIds: [group.id],
          tags: { Name: `${name}-${service}` },
        },
        { parent },
      ),
  );
}

function flowLogs(parent: Parent, name: string, spec: NetworkSpec, vpc: ec2.Vpc): void {
  const child = { parent };
  const group = new cloudwatch.LogGroup(
    `${name}-flow-logs`,
    { name: `/inference-constructs/${name}/flow-logs`, retentionInDays: spec.flowLogDays },
    child,
  );
  const { role, ready } = roleOf(parent, `${name}-flow-logs`, {
    trust: trust('vpc-flow-logs.amazonaws.com', ['sts:AssumeRole']),
    statements: [
      {
        Sid: 'WriteFlowLogs',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
        Resource: pulumi.interpolate`${group.arn}:*`,
      },
    ],
  });
  new ec2.FlowLog(
    `${name}-flow-logs`,
    {
      vpcId: vpc.id,
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logDestination: group.arn,
      iamRoleArn: role.arn,
    },
    { parent, dependsOn: [...ready] },
  );
}
