/*
 * What is rendered for meshes and for OpenShift: before the API server, with strict validation and the rules of the
 * definitions, and before Istio's own analyser.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import { stringify } from 'yaml';
import {
  Cpu,
  EndpointRoute,
  ImageBuild,
  MeshCapability,
  MeshControlPlane,
  MeshJob,
  Model,
  ModelSource,
  OpenVinoOperatorModelServer,
  ServiceMesh,
  ServingChart,
  ServingEngine,
  StaticCpuNodes,
} from 'inference-constructs';
import { fullRouting } from '../support/full-routing';
import { MeshScene } from '../support/meshes';
import { controlPlane, describeWithCluster } from './support/cluster';
import { installDefinitions } from './support/definitions';
import type { KubeObject } from './support/kube-client';
import { installed, program } from './support/lab-home';
import { until } from './support/processes';

const cluster = controlPlane();

const NAMESPACES = ['serving', 'istio-system', 'ovms', 'ovms-builds', 'istio-ingress'];

/** Everything that a mesh can, and a job in it. */
function renderAll(mesh: ServiceMesh): KubeObject[] {
  const scene = new MeshScene();
  scene.routing(fullRouting(mesh, scene));
  new MeshJob(scene.chart, 'Job', {
    name: 'batch',
    mesh,
    calls: [scene.current],
    image: 'registry.example.com/batch:1.0.0',
    command: ['./batch'],
    cpu: Cpu.units(1),
    memory: Size.gibibytes(1),
  });
  if (mesh.can(MeshCapability.CONTROL_PLANE)) {
    const plane = new ServingChart(scene.app, 'mesh', { namespace: 'istio-system' });
    new MeshControlPlane(plane, 'Mesh', { mesh, members: ['ovms', 'serving'] });
  }
  return scene.app.charts.flatMap((chart) => chart.toJson() as KubeObject[]);
}

describeWithCluster('meshes and OpenShift, before the API server', () => {
  beforeAll(async () => {
    await installDefinitions(cluster.client);
    await serveOldVersions();
    for (const name of NAMESPACES)
      await cluster.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  });

  /** The Istio of OpenShift Service Mesh 2 serves v1beta1; its fields are those of v1. */
  async function serveOldVersions(): Promise<void> {
    const all = await cluster.client.list(
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    );
    for (const { metadata } of all.filter((one) => one.metadata.name.endsWith('.istio.io'))) {
      const definition = await cluster.client.get({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: metadata.name },
      });
      const versions = definition.spec?.['versions'] as { name: string; storage: boolean }[];
      const [first] = versions;
      if (first?.name !== 'v1') continue;
      const { apiVersion, kind, spec } = definition;
      await cluster.client.apply({
        apiVersion,
        kind,
        metadata: { name: metadata.name },
        spec: { ...spec, versions: [first, { ...first, name: 'v1beta1', storage: false }] },
      });
    }
    await until('v1beta1 is served', 30, async () => {
      await cluster.client.list('/apis/networking.istio.io/v1beta1/virtualservices');
      return true;
    });
  }

  async function accepts(objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) {
      const key = `${object.kind} ${object.metadata.name}`;
      const { warnings } = await cluster.client.apply(object, { dryRun: true });
      expect({ [key]: warnings }).toEqual({ [key]: [] });
    }
  }

  test.each(ServiceMesh.all().map((mesh) => [mesh]))(
    'what is rendered for %s is accepted, with all that it can',
    async (mesh) => {
      await accepts(renderAll(mesh));
    },
  );

  test('what is rendered for OpenShift is accepted', async () => {
    const { app, chart, current } = new MeshScene();
    const ovms = new ServingChart(app, 'ovms', { namespace: 'ovms' });
    new OpenVinoOperatorModelServer(ovms, 'Server', {
      name: 'ovms-sample',
      engine: ServingEngine.OPENVINO,
      model: Model.of('resnet', ModelSource.gcs('gs://ovms/resnet/', { anonymous: true })),
      cpu: Cpu.units(4),
      memory: Size.mebibytes(500),
    });
    new ImageBuild(new ServingChart(app, 'builds', { namespace: 'ovms-builds' }), 'Build', {
      name: 'client',
      repository: 'https://github.com/openvinotoolkit/model_server',
      ref: 'v2026.4.1',
      pullableFrom: ['ovms'],
    });
    new EndpointRoute(chart, 'Route', {
      name: 'rest',
      host: 'rest.apps.example.com',
      endpoint: current,
      secretName: 'rest-tls',
    });
    new StaticCpuNodes(chart, 'Static', { name: 'xeon-static' });

    await accepts(app.charts.flatMap((one) => one.toJson() as KubeObject[]));
  });
});

(installed('istio') ? describe : describe.skip)('istioctl analyze', () => {
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lab-analyze-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What the cluster has besides. */
  const surroundings: readonly object[] = [
    ...['serving', 'vision', 'batch', 'istio-ingress', 'istio-system'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'istio-injection': 'enabled' } },
    })),
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'gw', namespace: 'istio-ingress', labels: { istio: 'ingressgateway' } },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'ovms-tls', namespace: 'istio-ingress' },
    },
  ];

  /** Codes of what is found. */
  function analyze(objects: readonly object[]): string[] {
    const file = join(folder, 'objects.yaml');
    const text = [...surroundings, ...objects].map((object) => stringify(object)).join('---\n');
    writeFileSync(file, text);
    const args = ['analyze', '--use-kube=false', '--all-namespaces', '--color=false', file];
    const { stdout, stderr } = spawnSync(program('istioctl'), args, { encoding: 'utf8' });
    const out = stdout + stderr;
    const codes = [...out.matchAll(/(?:Error|Warning) \[(IST\d+)\]/g)].map(
      ([, code]) => code ?? '',
    );
    return [...new Set(codes)].sort();
  }

  const good = (): KubeObject[] => renderAll(ServiceMesh.ISTIO);

  test.each([ServiceMesh.ISTIO, ServiceMesh.ISTIO_AMBIENT, ServiceMesh.OPENSHIFT_SERVICE_MESH_3])(
    'finds nothing in what is rendered for %s',
    (mesh) => {
      expect(analyze(renderAll(mesh))).toEqual([]);
    },
  );

  /** What is wrong in the twin, as a change of the text of all objects, and the code that says so. */
  const twins: Readonly<Record<string, readonly [from: string, to: string, code: string]>> = {
    'a subset that is not there': ['"subset":"v1"', '"subset":"v2"', 'IST0101'],
    'a gateway that is not there': [
      '"gateways":["mesh","resnet"]',
      '"gateways":["mesh","other"]',
      'IST0101',
    ],
    'a status that gRPC has not': [
      '"grpcStatus":"UNAVAILABLE"',
      '"grpcStatus":"BROKEN"',
      'IST0106',
    ],
  };

  test.each(Object.entries(twins))('would find %s', (_, [from, to, code]) => {
    const text = JSON.stringify(good());
    expect(text).toContain(from);

    expect(analyze(JSON.parse(text.replaceAll(from, to)) as object[])).toContain(code);
  });

  test('would find two routers for one host', () => {
    const objects = good();
    const twin = objects
      .filter(({ kind }) => kind === 'VirtualService')
      .map((object) => ({ ...object, metadata: { ...object.metadata, name: 'twin' } }));

    expect(analyze([...objects, ...twin])).toContain('IST0109');
  });
});
