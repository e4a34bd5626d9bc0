import { Cloud, NatGateways, Network } from 'inference-constructs/cloud';
import { parseCidr, sizeOf, subnetOf } from '../../lib/clusters/cidr';
import { ofType, record, startRecording } from '../support/recorder';

beforeAll(startRecording);

test.each<[string, { first: number; length: number } | undefined]>([
  ['10.0.0.0/16', { first: 167772160, length: 16 }],
  ['0.0.0.0/0', { first: 0, length: 0 }],
  ['255.255.255.255/32', { first: 4294967295, length: 32 }],
  ['10.0.0.1/16', undefined],
  ['10.0.0.256/32', undefined],
  ['10.0.0.0/33', undefined],
  ['10.0.0.0', undefined],
])('reads %s', (text, expected) => {
  expect(parseCidr(text)).toEqual(expected);
});

test('cuts a block without gaps and overlaps', () => {
  const block = { first: 10 * 2 ** 24, length: 16 };

  expect([0, 1, 2, 3].map((index) => subnetOf(block, 18, index))).toEqual([
    '10.0.0.0/18',
    '10.0.64.0/18',
    '10.0.128.0/18',
    '10.0.192.0/18',
  ]);
  expect(subnetOf(block, 20, 15)).toBe('10.0.240.0/20');
  expect(sizeOf(18) * 4).toBe(sizeOf(16));
});

test.each([
  [NatGateways.NONE, 0, 11],
  [NatGateways.ONE, 1, 0],
  [NatGateways.PER_ZONE, 3, 0],
])('%s: NAT gateways and private endpoints', async (natGateways, gateways, endpoints) => {
  const recording = await record(() => {
    const zones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
    new Network('lab', { cloud: Cloud.EKS, zones, natGateways });
  });
  const byKind = (kind: string): unknown[] =>
    ofType(recording, 'aws:ec2/vpcEndpoint:VpcEndpoint').filter(
      ({ inputs }) => inputs['vpcEndpointType'] === kind,
    );

  expect(ofType(recording, 'aws:ec2/natGateway:NatGateway')).toHaveLength(gateways);
  expect(byKind('Interface')).toHaveLength(endpoints);
  expect(byKind('Gateway')).toHaveLength(1);
});

test('no two subnets overlap, and none leaves the network', async () => {
  const recording = await record(() => {
    const zones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
    new Network('lab', { cloud: Cloud.EKS, zones, cidr: '10.8.0.0/18' });
  });
  const blocks = ofType(recording, 'aws:ec2/subnet:Subnet')
    .map(({ inputs }) => parseCidr(String(inputs['cidrBlock'])))
    .map((block) => ({
      first: block?.first ?? 0,
      end: (block?.first ?? 0) + sizeOf(block?.length ?? 32),
    }))
    .sort((one, other) => one.first - other.first);
  const network = parseCidr('10.8.0.0/18');

  expect(blocks).toHaveLength(6);
  expect(blocks.every(({ end }, index) => end <= (blocks[index + 1]?.first ?? Infinity))).toBe(
    true,
  );
  expect(blocks[0]?.first).toBe(network?.first);
  expect(blocks.at(-1)?.end).toBeLessThanOrEqual((network?.first ?? 0) + sizeOf(18));
});
