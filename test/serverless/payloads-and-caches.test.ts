/*
 * What brings models, what keeps them, and who sees their payloads.
 */
import { Size } from 'cdk8s';
import {
  Cpu,
  Detector,
  type InferenceService,
  LocalModelCache,
  ModelDownloader,
  ModelSource,
  NetworkPeer,
  PayloadLog,
  PayloadStore,
  WarmModelCache,
} from 'inference-constructs';
import { chartOf } from '../support/charts';
import { messageOf } from '../support/messages';
import { POOLS } from '../support/serverless';
import { STANDARD, find, mlServer, serviceIn } from '../support/serverless-objects';

describe('what brings and keeps models is refused', () => {
  const bucket = ModelSource.gcs('gs://models/qwen-7b/');

  test.each<[string, () => unknown]>([
    [
      'a cache of nodes for a claim, in a directory that is none',
      () =>
        new LocalModelCache(chartOf(), 'Cache', {
          name: 'cache',
          model: ModelSource.pvc('claim'),
          modelSize: Size.gibibytes(1),
          placement: [],
          nodePath: 'models',
        }),
    ],
    [
      'a cache of nodes whose disks are too small',
      () =>
        new LocalModelCache(chartOf(), 'Cache', {
          name: 'cache',
          model: bucket,
          modelSize: Size.gibibytes(500),
          placement: POOLS,
          nodePath: '/mnt/models',
        }),
    ],
    [
      'a warm cache of an image',
      () =>
        new WarmModelCache(chartOf(), 'Cache', {
          name: 'cache',
          model: ModelSource.ociImage('example/model:1.0'),
          modelSize: Size.gibibytes(1),
          storageClassName: 'A',
        }),
    ],
    [
      'a downloader that can change, with too little memory',
      () =>
        new ModelDownloader(chartOf(), 'Downloader', {
          name: 'downloader',
          image: 'example/downloader:latest',
          memory: Size.mebibytes(100),
          prefixes: ['gs'],
        }),
    ],
  ])('%s', (_, make) => {
    expect(messageOf(() => void make())).toMatchSnapshot();
  });

  test('a warm cache is another Job for another model, and a claim for servers', () => {
    const jobOf = (path: string): { job: string; source: string } => {
      const chart = chartOf();
      const { source } = new WarmModelCache(chart, 'Cache', {
        name: 'cache',
        model: ModelSource.gcs(`gs://models/${path}/`),
        modelSize: Size.gibibytes(1),
      });
      return { job: find(chart, 'Job').metadata.name, source: source.toString() };
    };

    expect(jobOf('one').job).not.toBe(jobOf('two').job);
    expect(jobOf('one')).toEqual(jobOf('one'));
    expect(jobOf('one').source).toMatch(/^pvc:\/\/cache\/[0-9a-f]{12}$/);
  });
});

describe('payloads', () => {
  const detector = (service: InferenceService, log: PayloadLog): Detector =>
    new Detector(service, 'Drift', {
      name: 'drift',
      watches: service,
      log,
      container: { image: 'example/drift:1.0' },
      cpu: Cpu.units(1),
      memory: Size.gibibytes(1),
    });

  test('are handed to the detector of their service, whatever the order of the calls', () => {
    const chart = chartOf();
    const log = new PayloadLog(chart, 'Log', {
      name: 'payloads',
      store: PayloadStore.s3('s3://acme/payloads', { region: 'eu-west-1' }),
    });
    const service = serviceIn(chart, {
      ...STANDARD,
      predictor: mlServer,
      payloadLogging: { sink: log },
    });
    detector(service, log).exportMetrics({
      peer: NetworkPeer.namespace('monitoring'),
      podMonitor: true,
    });

    expect(find(chart, 'ConfigMap', 'payloads').data).toMatchSnapshot();
    expect(JSON.stringify(find(chart, 'NetworkPolicy', 'payloads').spec)).toContain(
      '"app.kubernetes.io/instance":"drift"',
    );
  });

  test('roll the detector with the model that it watches', () => {
    const hashOf = (path: string): unknown => {
      const chart = chartOf();
      const log = new PayloadLog(chart, 'Log', { name: 'payloads' });
      const service = serviceIn(chart, {
        ...STANDARD,
        predictor: { ...mlServer, model: ModelSource.s3(`s3://models/${path}/`) },
        payloadLogging: { sink: log },
      });
      detector(service, log);
      return find(chart, 'Deployment', 'drift').spec['template'];
    };

    expect(hashOf('income-1')).toEqual(hashOf('income-1'));
    expect(hashOf('income-1')).not.toEqual(hashOf('income-2'));
  });

  test('may go to Google Cloud Storage, at the root of a bucket', () => {
    const chart = chartOf();
    new PayloadLog(chart, 'Log', { name: 'payloads', store: PayloadStore.gcs('gs://payloads') });

    expect(find(chart, 'ConfigMap', 'payloads').data?.['pipeline.yaml']).toContain(
      'gcp_cloud_storage',
    );
  });

  test.each<[string, () => unknown]>([
    [
      'a log that can change, with too many replicas',
      () =>
        new PayloadLog(chartOf(), 'Log', {
          name: 'A',
          image: 'example/log:latest',
          replicas: 21,
        }),
    ],
    [
      'a detector of a service that logs nothing',
      () => {
        const chart = chartOf();
        return detector(
          serviceIn(chart, { ...STANDARD, predictor: mlServer }),
          new PayloadLog(chart, 'Log', { name: 'payloads' }),
        );
      },
    ],
    [
      'a detector in another namespace than the log',
      () => {
        const log = new PayloadLog(chartOf('logs'), 'Log', { name: 'payloads' });
        return detector(
          serviceIn(chartOf(), {
            ...STANDARD,
            predictor: mlServer,
            payloadLogging: { sink: log },
          }),
          log,
        );
      },
    ],
  ])('refuse %s', (_, make) => {
    expect(messageOf(() => void make())).toMatchSnapshot();
  });
});
