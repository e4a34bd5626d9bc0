/*
 * What a load test makes, on a real control plane: accepted strictly, its pod admitted under Pod Security "restricted".
 */
import { App, Duration } from 'cdk8s';
import {
  InferenceCall,
  LoadPattern,
  LoadTest,
  SecretReference,
  ServingChart,
} from 'inference-constructs';
import { controlPlane, describeWithCluster } from './support/cluster';
import type { KubeObject } from './support/kube-client';
import { until } from './support/processes';

const cluster = controlPlane();

describeWithCluster('a load test', () => {
  test('is accepted, and gets its pod', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await cluster.client.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'load', labels },
    });
    const chart = new ServingChart(new App(), 'load', { namespace: 'load' });
    new LoadTest(chart, 'Load', {
      name: 'load',
      target: {
        host: 'resnet.example.com',
        clientCertificate: SecretReference.fromSecret('client'),
      },
      call: InferenceCall.tensorFlowServing('resnet', [
        { name: 'x', datatype: 'FP32', shape: [1] },
      ]),
      phases: [LoadPattern.closed(10, 10), LoadPattern.rate(10, Duration.seconds(10))],
      image: 'registry.example.com/ghz:0.120.0',
    });

    for (const object of chart.toJson() as KubeObject[])
      expect((await cluster.client.apply(object)).warnings).toEqual([]);

    await until('the job has its pod', 30, async () => {
      return (await cluster.client.list('/api/v1/namespaces/load/pods')).length === 1;
    });
  });
});
