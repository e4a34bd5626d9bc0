/*
 * Whatever goes into a `SecureGrpcIngress`: either it says what is wrong, or the API server takes every object
 * without a warning.
 *
 *   npm run fuzz -- --runs 10000 --seed 42
 */
import { App } from 'cdk8s';
import * as fc from 'fast-check';
import {
  ConfigurationError,
  ModelServer,
  SecureGrpcIngress,
  ServingChart,
  ServingEngine,
} from 'inference-constructs';
import { ingressProps, type Material } from '../support/arbitrary-ingress';
import { TestAuthority } from '../support/certificates';
import { serverProps } from '../support/charts';
import { controlPlane, describeWithCluster } from './support/cluster';
import { installDefinitions } from './support/definitions';
import type { KubeObject } from './support/kube-client';

const cluster = controlPlane();

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 1500);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20261122);

const ENGINES = [
  ServingEngine.TRITON,
  ServingEngine.TENSORFLOW_SERVING,
  ServingEngine.OPENVINO,
  ServingEngine.TEXT_EMBEDDINGS_INFERENCE,
];

describeWithCluster('a random ingress', () => {
  const outcomes = { refused: 0, accepted: new Map<string, number>() };
  let material: Material;

  beforeAll(async () => {
    await installDefinitions(cluster.client);
    for (const name of ['fuzz', 'own-system', 'istio-ingress'])
      await cluster.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const authority = await TestAuthority.make('Clients');
    const list = await authority.revocationList();
    material = { authority: authority.pem, list, asOf: new Date() };
  });

  test('is refused with a reason, or accepted', async () => {
    await fc.assert(
      fc.asyncProperty(ingressProps(material), async (make) => {
        const chart = new ServingChart(new App(), 'fuzz', { namespace: 'fuzz' });
        const servers = ENGINES.map((engine, index) => {
          const name = `server-${index}`;
          return new ModelServer(chart, name, serverProps({ name, engine }));
        });
        let ingress: SecureGrpcIngress;
        try {
          ingress = new SecureGrpcIngress(chart, 'Ingress', make(servers));
        } catch (error) {
          // Any other error is a failure.
          expect(error).toBeInstanceOf(ConfigurationError);
          outcomes.refused += 1;
          return;
        }
        const all = chart.toJson() as KubeObject[];
        const own = all.filter(
          ({ kind, metadata }) =>
            !metadata.name.startsWith('server-') || ['Deployment', 'NetworkPolicy'].includes(kind),
        );
        for (const object of own) {
          const { warnings } = await cluster.client.apply(object, { dryRun: true });
          expect(warnings).toEqual([]);
        }
        const { id } = ingress.provider.definition;
        outcomes.accepted.set(id, (outcomes.accepted.get(id) ?? 0) + 1);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    const accepted = [...outcomes.accepted.values()].reduce((sum, count) => sum + count, 0);
    console.log(
      `fuzz: seed ${SEED}, ${RUNS} ingresses: ${outcomes.refused} refused with a reason, ${accepted} accepted: ${JSON.stringify(Object.fromEntries(outcomes.accepted))}`,
    );
    // A generator that only makes nonsense, or none, would prove little.
    expect(accepted / RUNS).toBeGreaterThan(0.1);
    expect(outcomes.refused / RUNS).toBeGreaterThan(0.15);
  }, 7_200_000);
});
