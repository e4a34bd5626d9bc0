/* Servers that Argo Rollouts rolls out. */
import { Duration } from 'cdk8s';
import {
  ArgoRollout,
  Autoscaling,
  ScalingPolicy,
  ServiceMesh,
  type ArgoRolloutProps,
} from 'inference-constructs';
import { messageOf } from '../support/messages';
import { MeshScene } from '../support/meshes';
import { promqlErrors } from '../support/promql';

const rolloutOf = (scene: MeshScene, props: Partial<ArgoRolloutProps> = {}): ArgoRollout =>
  new ArgoRollout(scene.chart, 'Rollout', {
    server: scene.current,
    mesh: ServiceMesh.ISTIO,
    ...props,
  });

test('moves the weights of two subsets of one server, and owns its pods', () => {
  const scene = new MeshScene();
  rolloutOf(scene, {
    pause: Duration.minutes(10),
    analysis: { prometheusUrl: 'http://prometheus.monitoring:9090', minSuccessPercent: 99.5 },
  });
  const kinds = ['Rollout', 'AnalysisTemplate', 'VirtualService', 'DestinationRule'];

  expect(kinds.flatMap((kind) => scene.objects(kind))).toMatchSnapshot();
});

test('waits for somebody at each step unless a time is given', () => {
  const scene = new MeshScene();
  rolloutOf(scene, { steps: [5] });
  const [rollout] = scene.objects('Rollout');

  expect(JSON.stringify(rollout?.spec)).toContain('"steps":[{"setWeight":5},{"pause":{}}]');
});

test('leaves replicas to the Rollout, or to an autoscaler of it', () => {
  const scene = new MeshScene();
  rolloutOf(scene);
  new Autoscaling(scene.chart, 'Scaling', {
    target: scene.current,
    minReplicas: 2,
    maxReplicas: 4,
    policies: [ScalingPolicy.cpuUtilization(60)],
  });
  const spec = (kind: string): string => JSON.stringify(scene.objects(kind, 'current')[0]?.spec);

  expect(spec('Deployment')).not.toContain('"replicas"');
  expect(spec('Rollout')).not.toContain('"replicas"');
  expect(spec('HorizontalPodAutoscaler')).toContain(
    '"scaleTargetRef":{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","name":"current"}',
  );
});

test('asks Prometheus what it understands', () => {
  const scene = new MeshScene();
  rolloutOf(scene, { analysis: { prometheusUrl: 'http://prometheus:9090' } });
  const [template] = scene.objects('AnalysisTemplate');
  const { metrics } = template?.spec as {
    metrics: { provider: { prometheus: { query: string } } }[];
  };

  for (const { provider } of metrics)
    expect(promqlErrors(provider.prometheus.query.replace('{{args.new-pods}}', '5d4f8c'))).toEqual(
      [],
    );
});

test('refuses an autoscaler of the Deployment before it', () => {
  const scene = new MeshScene();
  new Autoscaling(scene.chart, 'Scaling', {
    target: scene.current,
    minReplicas: 2,
    maxReplicas: 4,
    policies: [ScalingPolicy.cpuUtilization(60)],
  });

  expect(messageOf(() => rolloutOf(scene))).toMatchSnapshot();
});

test.each<[string, Partial<ArgoRolloutProps>]>([
  ['steps that fall', { steps: [50, 10] }],
  ['a step of all calls', { steps: [50, 100] }],
  ['an analysis of nothing', { analysis: { prometheusUrl: 'prometheus', minSuccessPercent: 0 } }],
  ['a mesh without subsets', { mesh: ServiceMesh.GATEWAY_API }],
])('refuses %s', (_, props) => {
  expect(messageOf(() => rolloutOf(new MeshScene(), props))).toMatchSnapshot();
});
