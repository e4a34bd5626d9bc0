/*
 * What a service makes, in both modes.
 */
import { Size } from 'cdk8s';
import {
  Autoscaling,
  DeploymentMode,
  ModelSource,
  NetworkPeer,
  Protocol,
  ScalingPolicy,
  SecretReference,
  ServingEngine,
  type InferenceServiceProps,
} from 'inference-constructs';
import { chartOf } from '../support/charts';
import { serviceProps } from '../support/serverless';
import { STANDARD, find, mlServer, serviceIn } from '../support/serverless-objects';

describe('a service', () => {
  test.each([DeploymentMode.KNATIVE, DeploymentMode.STANDARD])('says its mode: %s', (mode) => {
    const chart = chartOf();
    serviceIn(chart, { mode });

    expect(find(chart, 'InferenceService').metadata.annotations).toMatchObject({
      'serving.kserve.io/deploymentMode': mode,
    });
  });

  test('is not reached from outside unless that is asked for', () => {
    const labelsOf = (exposed: boolean): Record<string, string> => {
      const chart = chartOf();
      serviceIn(chart, { exposed });
      return find(chart, 'InferenceService').metadata.labels;
    };

    expect(labelsOf(false)).toHaveProperty(['networking.kserve.io/visibility'], 'cluster-local');
    expect(labelsOf(true)).not.toHaveProperty(['networking.kserve.io/visibility']);
  });

  test('with one of our engines brings its runtime, restricted and pinned', () => {
    const chart = chartOf();
    serviceIn(chart);

    const { spec } = find(chart, 'ServingRuntime');
    expect(spec).toMatchObject({
      supportedModelFormats: [{ name: 'tensorflow', autoSelect: false }],
      protocolVersions: ['v1'],
      containers: [
        {
          name: 'kserve-container',
          image: 'tensorflow/serving:2.20.0',
          ports: [{ name: 'http1', containerPort: 8501 }],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            seccompProfile: { type: 'RuntimeDefault' },
          },
        },
      ],
    });
    expect(JSON.stringify(spec)).not.toContain('lifecycle');
  });

  test('over gRPC in mode KNATIVE has the port h2c, and is ready by the health service', () => {
    const chart = chartOf();
    const { predictor } = serviceProps();
    serviceIn(chart, { predictor: { ...predictor, protocol: Protocol.TFS_GRPC } });

    const [container] = find(chart, 'ServingRuntime').spec['containers'] as unknown as object[];
    expect(container).toMatchObject({
      ports: [{ name: 'h2c', containerPort: 8500 }],
      readinessProbe: { grpc: { port: 8500, service: '' } },
      livenessProbe: { tcpSocket: { port: 8500 } },
    });
  });

  test("gives Knative's proxy no CPU limit, and the start as long as the model may take", () => {
    const chart = chartOf();
    const { predictor } = serviceProps();
    serviceIn(chart, { predictor: { ...predictor, modelSize: Size.gibibytes(10) } });

    const { annotations } = find(chart, 'InferenceService').spec['predictor'] as unknown as {
      annotations: Record<string, string>;
    };
    expect(Object.keys(annotations).join()).not.toContain('cpu-resource-limit');
    expect(annotations).toMatchObject({
      'queue.sidecar.serving.knative.dev/cpu-resource-request': '100m',
      // 600 s, and 10 GiB at 50 MiB/s.
      'serving.knative.dev/progress-deadline': '805s',
      'autoscaling.knative.dev/scale-down-delay': '30s',
    });
  });

  test('in mode STANDARD is drained, spread, and reached by a Service of its own', () => {
    const chart = chartOf();
    const service = serviceIn(chart, { ...STANDARD, predictor: mlServer });

    expect(find(chart, 'Service', 'flowers-endpoint').spec).toMatchObject({
      selector: service.podLabels,
      ports: [
        { name: 'http', port: 8080, targetPort: 'http' },
        { name: 'grpc', port: 8081, targetPort: 'grpc' },
      ],
    });
    const { predictor } = find(chart, 'InferenceService').spec;
    expect(predictor).toMatchObject({
      terminationGracePeriodSeconds: 30,
      topologySpreadConstraints: [
        { topologyKey: 'topology.kubernetes.io/zone' },
        { topologyKey: 'kubernetes.io/hostname' },
      ],
    });
  });

  test("leads to KServe's agent where that logs, and lets callers reach it there", () => {
    const chart = chartOf();
    serviceIn(chart, {
      ...STANDARD,
      predictor: mlServer,
      payloadLogging: { sink: 'http://sink.logs.svc.cluster.local/' },
      networkAccess: { clients: [NetworkPeer.namespace('web')] },
    });

    const [http] = find(chart, 'Service', 'flowers-endpoint').spec['ports'] as unknown as object[];
    expect(http).toMatchObject({ name: 'http', targetPort: 9081 });
    const policy = JSON.stringify(find(chart, 'NetworkPolicy', 'flowers-predictor').spec);
    expect(policy).toContain('{"port":9081,"protocol":"TCP"}');
    expect(policy).toContain('"kubernetes.io/metadata.name":"logs"');
  });

  test('with a transformer is called by way of it, which alone may call the predictor', () => {
    const chart = chartOf();
    const service = serviceIn(chart, {
      ...STANDARD,
      predictor: mlServer,
      transformer: { container: { image: 'example/transformer:1.0' } },
      networkAccess: {
        clients: [NetworkPeer.namespace('web')],
        monitoring: [NetworkPeer.namespace('monitoring')],
      },
    });

    expect(service.podLabels['app.kubernetes.io/name']).toBe('inference-service-transformer');
    const transformer = JSON.stringify(find(chart, 'NetworkPolicy', 'flowers-transformer').spec);
    const predictor = JSON.stringify(find(chart, 'NetworkPolicy', 'flowers-predictor').spec);
    expect(transformer).toContain('"kubernetes.io/metadata.name":"web"');
    expect(predictor).not.toContain('"kubernetes.io/metadata.name":"web"');
    expect(predictor).toContain('"kubernetes.io/metadata.name":"monitoring"');
    expect(predictor).toContain('"app.kubernetes.io/name":"inference-service-transformer"');
  });

  test('is scaled by KServe, by an Autoscaling, or not at all', () => {
    const classOf = (scaling: InferenceServiceProps['scaling'], attach: boolean): unknown => {
      const chart = chartOf();
      const target = serviceIn(chart, {
        ...STANDARD,
        predictor: mlServer,
        ...(scaling && { scaling }),
      });
      if (attach)
        new Autoscaling(chart, 'Scaling', {
          target,
          minReplicas: 2,
          maxReplicas: 5,
          policies: [ScalingPolicy.requestsInFlight(4)],
        });
      const { annotations } = find(chart, 'InferenceService').metadata;
      return annotations?.['serving.kserve.io/autoscalerClass'];
    };

    expect(classOf(undefined, false)).toBe('none');
    expect(classOf({ policy: ScalingPolicy.cpuUtilization(60) }, false)).toBe('hpa');
    expect(classOf(undefined, true)).toBe('external');
  });

  test('is what an Autoscaling scales: the Deployment that KServe makes', () => {
    const chart = chartOf();
    const target = serviceIn(chart, { ...STANDARD, predictor: mlServer });
    new Autoscaling(chart, 'Scaling', {
      target,
      minReplicas: 2,
      maxReplicas: 5,
      policies: [ScalingPolicy.cpuUtilization(60)],
    });

    expect(find(chart, 'HorizontalPodAutoscaler').spec).toMatchObject({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'flowers-predictor' },
      metrics: [{ containerResource: { container: 'kserve-container' } }],
    });
  });

  test('names the Secrets of its models at its account', () => {
    const chart = chartOf();
    const credentials = SecretReference.fromSecret('model-store');
    serviceIn(chart, {
      predictor: {
        engine: ServingEngine.TENSORFLOW_SERVING,
        model: ModelSource.s3('s3://models/flowers/', { credentials }),
      },
    });

    expect(find(chart, 'ServiceAccount').secrets).toEqual([{ name: 'model-store' }]);
  });

  test('has its metrics read, by the number of a port that Knative hides', () => {
    const chart = chartOf();
    const service = serviceIn(chart, { predictor: mlServer });
    service.exportMetrics({ peer: NetworkPeer.namespace('monitoring'), podMonitor: true });
    service.exportMetrics({ peer: NetworkPeer.namespace('monitoring'), podMonitor: true });

    expect(find(chart, 'PodMonitor').spec).toMatchObject({
      podMetricsEndpoints: [{ portNumber: 8082, path: '/metrics' }],
    });
  });

  test('bounds its requests where the engine can', () => {
    const chart = chartOf();
    const service = serviceIn(chart, { ...STANDARD, predictor: mlServer });
    service.limitRequests(2000);
    service.limitRequests(1000);

    expect(JSON.stringify(find(chart, 'ServingRuntime'))).toContain(
      '"name":"MLSERVER_GRPC_MAX_MESSAGE_LENGTH","value":"1000"',
    );
  });

  test('is changed last by transform', () => {
    const chart = chartOf();
    serviceIn(chart, {
      transform: (object) => ({ ...object, spec: { predictor: { name: 'other' } } }),
    });

    expect(find(chart, 'InferenceService').spec).toEqual({ predictor: { name: 'other' } });
  });
});
