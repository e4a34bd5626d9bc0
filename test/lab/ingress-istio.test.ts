/*
 * What is rendered for Istio: clean under its own validator, and its filter for clients in a real Envoy.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { IngressProvider } from 'inference-constructs';
import { type TestAuthority } from '../support/certificates';
import {
  ALLOWED_CLIENTS,
  HOSTILE_SUBJECTS,
  RIGHT_SUBJECTS,
  UNUSUAL_CLIENTS,
  UNUSUAL_SUBJECTS,
} from '../support/subjects';
import { RecordingServer, callOnce, type Outcome } from './support/inference-service';
import type { KubeObject } from './support/kube-client';
import { installed, program } from './support/lab-home';
import { freePorts, start, stop, until, type Running } from './support/processes';
import { HOST, makeTrust, renderIngress, type Trust } from './support/secured';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-istio-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rendered = (): KubeObject[] =>
  renderIngress([...ALLOWED_CLIENTS, ...UNUSUAL_CLIENTS], {
    provider: IngressProvider.ISTIO_GATEWAY,
  });

(installed('istio') ? describe : describe.skip)('istioctl analyze', () => {
  function analyze(objects: readonly object[]): { readonly text: string } {
    const file = join(folder, 'objects.yaml');
    writeFileSync(file, objects.map((object) => stringify(object)).join('---\n'));
    const args = ['analyze', '--use-kube=false', '--all-namespaces', '--color=false', file];
    const { stdout, stderr } = spawnSync(program('istioctl'), args, { encoding: 'utf8' });
    return { text: stdout + stderr };
  }

  /** What the cluster has besides: the pods of the gateway, the certificate, the back end. */
  const surroundings: readonly object[] = [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'gw', namespace: 'istio-ingress', labels: { istio: 'ingressgateway' } },
    },
    ...['server-tls', 'clients'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'istio-ingress' },
    })),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'resnet', namespace: 'serving' },
      spec: { ports: [{ name: 'grpc', port: 8081 }], selector: { app: 'resnet' } },
    },
    ...['serving', 'istio-ingress'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'istio-injection': 'enabled' } },
    })),
  ];

  test('finds nothing but that there are filters', () => {
    const { text } = analyze([...surroundings, ...rendered()]);

    // Said of every EnvoyFilter; docs/decisions tells why there are some.
    const findings = text.match(/(Error|Warning) \[IST\d+\]/g) ?? [];
    expect(new Set(findings)).toEqual(new Set(['Warning [IST0133]']));
  });

  test('would find a subset that is not there', () => {
    const wrong = rendered().map(
      (object) =>
        JSON.parse(
          JSON.stringify(object).replace('"port":{"number":8081}', '"subset":"none",$&'),
        ) as object,
    );
    const { text } = analyze([...surroundings, ...wrong]);

    expect(text).toContain('IST0101');
  });
});

(installed('envoy') ? describe : describe.skip)("the filter in Istio's proxy", () => {
  let trust: Trust;
  let envoy: Running;
  let port = 0;
  let backend: RecordingServer;

  beforeAll(async () => {
    trust = await makeTrust();
    backend = await new RecordingServer().listen();
    [port = 0] = await freePorts(1);
    const files = {
      'server.pem': trust.serverPair.certificate,
      'server.key': trust.serverPair.key,
      'ca.pem': trust.clients.pem,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const config = join(folder, 'envoy.json');
    writeFileSync(config, JSON.stringify(bootstrap(folder, port, backend.port)));
    envoy = start(folder, 'envoy', program('envoy'), ['-c', config, '--base-id', '77']);
    await until(`Envoy answers\n${envoy.log()}`, 20, async () => {
      const right = await trust.clients.issue({ subject: [{ CN: ['client'] }] });
      return (await call(right)).code === 'OK';
    });
  });

  afterAll(async () => {
    await stop(envoy);
    backend.kill();
  });

  const call = (identity: Awaited<ReturnType<TestAuthority['issue']>>): Promise<Outcome> =>
    callOnce({ port, host: HOST, trusts: trust.servers.pem, identity });

  test.each(Object.entries({ ...RIGHT_SUBJECTS, ...UNUSUAL_SUBJECTS }))(
    'lets in %s',
    async (_, subject) => {
      expect((await call(await trust.clients.issue({ subject }))).code).toBe('OK');
    },
  );

  test.each(Object.entries(HOSTILE_SUBJECTS))('refuses %s', async (_, subject) => {
    expect((await call(await trust.clients.issue({ subject }))).code).toBe('PERMISSION_DENIED');
  });
});

/** The filters of our EnvoyFilters where Istio would put them: before the router of the host's listener. */
function bootstrap(files: string, port: number, backend: number): object {
  const filters = rendered().filter(({ kind }) => kind === 'EnvoyFilter');
  const patches = filters.flatMap(
    ({ spec }) =>
      spec?.['configPatches'] as {
        applyTo: string;
        patch: { value: { typed_config: Record<string, unknown> } };
      }[],
  );
  const inserted = patches.filter(({ applyTo }) => applyTo === 'HTTP_FILTER');
  const merged = patches.filter(({ applyTo }) => applyTo === 'NETWORK_FILTER');
  expect([inserted.length, merged.length]).toEqual([1, 1]);
  const type = (name: string): string => `type.googleapis.com/envoy.extensions.${name}`;
  return {
    static_resources: {
      listeners: [
        {
          address: { socket_address: { address: '127.0.0.1', port_value: port } },
          filter_chains: [
            {
              transport_socket: {
                name: 'envoy.transport_sockets.tls',
                typed_config: {
                  '@type': type('transport_sockets.tls.v3.DownstreamTlsContext'),
                  require_client_certificate: true,
                  common_tls_context: {
                    alpn_protocols: ['h2'],
                    tls_certificates: [
                      {
                        certificate_chain: { filename: join(files, 'server.pem') },
                        private_key: { filename: join(files, 'server.key') },
                      },
                    ],
                    validation_context: { trusted_ca: { filename: join(files, 'ca.pem') } },
                  },
                },
              },
              filters: [
                {
                  name: 'envoy.filters.network.http_connection_manager',
                  typed_config: {
                    stat_prefix: 'lab',
                    http_filters: [
                      ...inserted.map(({ patch }) => patch.value),
                      {
                        name: 'envoy.filters.http.router',
                        typed_config: { '@type': type('filters.http.router.v3.Router') },
                      },
                    ],
                    route_config: {
                      virtual_hosts: [
                        {
                          name: 'all',
                          domains: ['*'],
                          routes: [{ match: { prefix: '/' }, route: { cluster: 'backend' } }],
                        },
                      ],
                    },
                    ...merged[0]?.patch.value.typed_config,
                  },
                },
              ],
            },
          ],
        },
      ],
      clusters: [
        {
          name: 'backend',
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': type('upstreams.http.v3.HttpProtocolOptions'),
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          load_assignment: {
            cluster_name: 'backend',
            endpoints: [
              {
                lb_endpoints: [
                  {
                    endpoint: {
                      address: { socket_address: { address: '127.0.0.1', port_value: backend } },
                    },
                  },
                ],
              },
            ],
          },
        },
      ],
    },
  };
}
