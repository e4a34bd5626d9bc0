import { App, Duration, Size } from 'cdk8s';
import {
  Cpu,
  InferenceCall,
  LoadPattern,
  LoadTest,
  Model,
  ModelServer,
  ModelSource,
  NetworkPeer,
  Protocol,
  SecretReference,
  ServingChart,
  ServingEngine,
  type LoadTestProps,
} from 'inference-constructs';
import type { Job } from 'kubernetes-types/batch/v1';
import type { ConfigMap } from 'kubernetes-types/core/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';

const CALL = InferenceCall.kserveV2('resnet', [{ name: 'x', datatype: 'FP32', shape: [1, 3] }]);

const HOST = { host: 'resnet.inference.example.com' };

const PROPS: LoadTestProps = {
  name: 'load',
  target: HOST,
  call: CALL,
  phases: [LoadPattern.closed(100, 100)],
  image: 'registry.example.com/ghz:0.120.0',
};

function make(props: Partial<LoadTestProps> = {}): LoadTest {
  const chart = new ServingChart(new App(), 'load', { namespace: 'load' });
  return new LoadTest(chart, 'Load', { ...PROPS, ...props });
}

const argumentsOf = (test: LoadTest): readonly string[] =>
  (test.job.toJson() as Job).spec?.template.spec?.initContainers?.flatMap(
    ({ args = [] }) => args,
  ) ?? [];

function server(namespace: string, engine = ServingEngine.TRITON): ModelServer {
  const chart = new ServingChart(new App(), 'serving', { namespace });
  return new ModelServer(chart, 'Server', {
    name: 'resnet',
    engine,
    model: Model.of('resnet', ModelSource.s3('s3://models/resnet/')),
    cpu: Cpu.units(2),
    memory: Size.gibibytes(4),
  });
}

test('everything that it makes', () => {
  const test = make({
    target: { ...HOST, clientCertificate: SecretReference.fromSecret('edge-camera-7') },
    phases: [
      LoadPattern.closed(100, 100),
      LoadPattern.rate(400, Duration.minutes(5)),
      LoadPattern.ramp(100, 1000, Duration.minutes(3)),
      LoadPattern.poisson(400, Duration.minutes(5)),
    ],
  });

  expect(ServingChart.of(test).toJson()).toMatchSnapshot();
});

test('another test is another job, as jobs cannot be changed, and the same the same', () => {
  const name = (props: Partial<LoadTestProps> = {}): string => make(props).job.name;

  expect(name()).toBe(name());
  expect(name({ phases: [LoadPattern.closed(100, 101)] })).not.toBe(name());
  expect(name({ call: CALL.withMessage({ model_name: 'other' }) })).not.toBe(name());
  expect(name({ cpu: Cpu.units(4) })).not.toBe(name());
});

test('without a client certificate, the server must be one that everybody trusts', () => {
  expect(argumentsOf(make()).filter((arg) => /cert|key|insecure|skip/.test(arg))).toEqual([]);
});

test('a server itself is asked in plain text, and lets the job in, and nobody else', () => {
  const target = server('serving');
  const test = make({ target });

  expect(argumentsOf(test)).toEqual(
    expect.arrayContaining(['--insecure', 'resnet.serving.svc:8001']),
  );
  const policy = target.networkPolicy.toJson() as NetworkPolicy;
  expect(policy.spec?.ingress).toEqual([
    {
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'load' } },
          podSelector: {
            matchLabels: {
              'app.kubernetes.io/instance': 'load',
              'app.kubernetes.io/name': 'load-test',
            },
          },
        },
      ],
      ports: [{ port: 8001, protocol: 'TCP' }],
    },
  ]);
});

test('by REST, it is the port of REST that is asked, and opened', () => {
  const target = server('load');
  const call = InferenceCall.kserveV2Rest('resnet', [{ name: 'x', datatype: 'BOOL', shape: [2] }]);
  const test = make({ target, call, phases: [LoadPattern.rate(10, Duration.seconds(5))] });
  const data = (test.configMap.toJson() as ConfigMap).data ?? {};

  expect(data['targets.http']).toBe(
    'POST http://resnet.load.svc:8000/v2/models/resnet/infer\nContent-Type: application/json\n@/load/message.json\n',
  );
  expect(JSON.parse(data['message.json'] ?? '')).toEqual({
    inputs: [{ name: 'x', datatype: 'BOOL', shape: [2], data: [false, false] }],
  });
  expect((target.networkPolicy.toJson() as NetworkPolicy).spec?.ingress?.[0]?.ports).toEqual([
    { port: 8000, protocol: 'TCP' },
  ]);
  expect((test.job.toJson() as Job).spec?.template.spec?.initContainers).toMatchSnapshot();
});

test('where the host is may be narrowed', () => {
  const { networkPolicy } = make({
    target: { ...HOST, port: 8443, peer: NetworkPeer.cidr('10.1.0.0/16') },
  });

  expect((networkPolicy.toJson() as NetworkPolicy).spec?.egress?.[1]).toEqual({
    to: [{ ipBlock: { cidr: '10.1.0.0/16' } }],
    ports: [{ port: 8443, protocol: 'TCP' }],
  });
});

test('inputs are zeros of their type and shape, in the terms of each protocol', () => {
  const inputs = [{ name: 'x', datatype: 'INT64', shape: [2, 3] }];
  const zeros = Buffer.alloc(48).toString('base64');
  const message = (call: InferenceCall): unknown =>
    JSON.parse((make({ call }).configMap.toJson() as ConfigMap).data?.['message.json'] ?? '');

  expect(message(InferenceCall.kserveV2('m', inputs))).toEqual({
    model_name: 'm',
    inputs,
    raw_input_contents: [zeros],
  });
  expect(message(InferenceCall.tensorFlowServing('m', inputs))).toEqual({
    model_spec: { name: 'm' },
    inputs: {
      x: { dtype: 9, tensor_shape: { dim: [{ size: 2 }, { size: 3 }] }, tensor_content: zeros },
    },
  });
});

test.each<[string, () => unknown]>([
  ['a closed loop', () => LoadPattern.closed(0, 1.5)],
  ['too many requests', () => LoadPattern.closed(10_000, 10_000)],
  ['a rate', () => LoadPattern.rate(0, Duration.days(2))],
  ['random arrivals', () => LoadPattern.poisson(0.5, Duration.millis(100))],
  ['a ramp that hardly rises', () => LoadPattern.ramp(100, 110, Duration.minutes(1))],
  ['inputs', () => InferenceCall.kserveV2('m', [{ name: 'x', datatype: 'FLOAT', shape: [-1] }])],
  ['no input', () => InferenceCall.tensorFlowServing('m', [])],
  [
    'a message that is too large',
    () => InferenceCall.kserveV2('m', [{ name: 'x', datatype: 'FP32', shape: [8, 3, 224, 224] }]),
  ],
  [
    'everything else',
    () =>
      make({
        name: 'Load',
        target: { host: 'localhost', port: 0 },
        image: 'ghz:latest',
        summaryImage: 'jq',
        phases: [],
        timeout: Duration.hours(2),
      }),
  ],
  ['REST by a protocol of gRPC', () => InferenceCall.rest(Protocol.TFS_GRPC, 'v1/models', {})],
  [
    'what the client of REST cannot do',
    () =>
      make({
        call: InferenceCall.rest(Protocol.OPENAI, '/v1/completions', {}),
        phases: [
          LoadPattern.closed(1, 1),
          LoadPattern.ramp(1, 9, Duration.seconds(4)),
          LoadPattern.poisson(1, Duration.seconds(4)),
        ],
      }),
  ],
  [
    'a server that does not speak it',
    () => make({ target: server('serving', ServingEngine.TENSORFLOW_SERVING) }),
  ],
])('mistakes are told: %s', (_, wrong) => {
  expect(wrong).toThrowErrorMatchingSnapshot();
});
