import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dot } from '../../lib/review/report/drawing';
import { mermaid } from '../../lib/review/report/mermaid';
import { json, markdown } from '../../lib/review/report/render';
import { reportOf, type Report } from '../../lib/review/report/report';
import { readManifests, type Manifest } from '../../lib/review/manifest';
import { stacks } from '../../stacks/stacks';

const MANIFESTS = resolve(__dirname, '..', '..', 'manifests');

function manifestsOf(stack: string): readonly Manifest[] {
  return readManifests(
    readdirSync(join(MANIFESTS, stack)).map((file) => {
      const path = join(MANIFESTS, stack, file);
      return { path, text: readFileSync(path, 'utf8') };
    }),
  );
}

function reportOfText(text: string): Report {
  return reportOf('test', readManifests([{ path: 'test.yaml', text }]), undefined);
}

/** Arrows by the names of what they join. */
function arrows({ topology }: Report): readonly string[] {
  const names = new Map(
    topology.nodes.map(({ id, lines, role }) => [id, `${role} ${lines[0] ?? ''}`]),
  );
  return topology.edges.map(
    ({ from, to, label, dashed }) =>
      `${names.get(from) ?? '?'} ${dashed ? '-->' : '->'} ${names.get(to) ?? '?'}${label === '' ? '' : ` (${label})`}`,
  );
}

test('the stack with clients shows who gets in, how, and where models come from', () => {
  const report = reportOf('secure-xeon', manifestsOf('secure-xeon'), undefined);

  expect(arrows(report)).toEqual([
    'server resnet-tf --> pool xeon-32x64',
    'model gs://models/resnet-50/saved-model --> server resnet-tf',
    'server resnet-tf --> identity resnet-tf',
    'server resnet-ov --> pool xeon-16x32',
    'server resnet-ov --> pool xeon-32x64',
    'model gs://models/resnet-50/openvino --> server resnet-ov',
    'server resnet-ov --> identity resnet-ov',
    'clients CN=edge-camera-7 -> gateway resnet-tf (mutual TLS)',
    'gateway resnet-tf -> server resnet-tf',
    'clients CN=edge-camera-9 -> gateway resnet-ov (mutual TLS)',
    'gateway resnet-ov -> server resnet-ov',
  ]);
});

test('the stack in a mesh shows shares, copies, and callers by their identities', () => {
  const all = arrows(reportOf('openshift-mesh', manifestsOf('openshift-mesh'), undefined));

  expect(all).toContain('server client -> server ovms-sample (may call)');
  expect(all.filter((arrow) => arrow.includes('copies'))).not.toEqual([]);
});

test.each(Object.keys(stacks))(
  'what stack %s runs is safe, says the report, and no policy is missing',
  (stack) => {
    const { findings, workloads, networkPaths } = reportOf(stack, manifestsOf(stack), undefined);

    expect(findings.filter(({ severity }) => severity !== 'low')).toEqual([]);
    expect(workloads.length).toBeGreaterThan(0);
    expect(networkPaths.filter(({ peer }) => peer === 'nobody').length).toBeGreaterThan(0);
  },
);

test('many models of one server are one thing in the drawing', () => {
  const all = arrows(reportOf('kserve-serverless', manifestsOf('kserve-serverless'), undefined));

  expect(all.filter((arrow) => arrow.endsWith('server shops-1'))).toEqual([
    expect.stringMatching(/^model \d+ models --> server shops-1$/),
  ]);
});

test('pods and nodes are counted by autoscalers and by what nodes hold', () => {
  const { workloads } = reportOf('eks-spot-resnet', manifestsOf('eks-spot-resnet'), {
    warnings: [],
    podsPerNode: { 'serving/resnet': { 'spot-4x16': 1, 'spot-8x32': 3 } },
  });

  expect(workloads.find(({ name }) => name === 'resnet')).toMatchObject({
    pods: { min: 20, max: 100 },
    requests: { cpu: 2, memory: 2 * 2 ** 30, gpus: 0 },
    limits: { cpu: 4 },
    nodes: { 'spot-4x16': { min: 20, max: 100 }, 'spot-8x32': { min: 7, max: 34 } },
  });
});

describe('of manifests of others', () => {
  const UNSAFE = `
apiVersion: v1
kind: Namespace
metadata: {name: web}
---
apiVersion: v1
kind: Secret
metadata: {name: password, namespace: web}
stringData: {password: hunter2}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: true
      nodeSelector: {disk: ssd}
      containers:
        - name: web
          image: nginx:latest
          ports: [{containerPort: 80, hostPort: 80}]
          resources: {requests: {cpu: 250m, memory: 64Mi}}
          securityContext: {privileged: true, capabilities: {add: [NET_ADMIN]}}
      initContainers:
        - {name: proxy, image: "proxy@sha256:${'a'.repeat(64)}", restartPolicy: Always, resources: {requests: {cpu: 100m}}}
        - {name: first, image: registry.example.com/first:1.0.0, resources: {requests: {cpu: "1"}}}
      volumes: [{name: node, hostPath: {path: /}}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: web}
spec:
  rules: [{host: web.example.com, http: {paths: [{path: /a, pathType: Prefix, backend: {service: {name: web}}}, {path: /b, pathType: Prefix, backend: {service: {name: elsewhere}}}]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
rules: [{apiGroups: [""], resources: ["*"], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
`;

  test('what is unsafe is said, the worst first', () => {
    const { findings } = reportOfText(UNSAFE);

    expect(
      findings.map(({ severity, object, what }) => `${severity}: ${object} ${what}`),
    ).toMatchSnapshot();
  });

  test('no secret value is in any format', () => {
    const report = reportOfText(UNSAFE);

    expect(json(report) + markdown(report)).not.toContain('hunter2');
  });

  test('sidecars count beside what starts before them', () => {
    const [row] = reportOfText(UNSAFE).workloads;

    // 1 core first, beside the proxy of 0.1; then 0.25 with it.
    expect(row?.requests.cpu).toBeCloseTo(1.1);
    expect(row?.pools).toEqual(['disk=ssd']);
  });

  test('the drawing has what is there, and what is referred to', () => {
    expect(arrows(reportOfText(UNSAFE))).toEqual([
      'server web --> pool disk=ssd',
      'clients Clients -> gateway web',
      'gateway web -> server web',
      'clients Clients -> gateway web (no TLS)',
      'gateway web -> server web (/a)',
      'gateway web -> outside elsewhere (/b)',
    ]);
  });

  test('shares of routes are told', () => {
    const weighted = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: entry, namespace: edge}
spec: {gatewayClassName: any, listeners: [{name: http, protocol: HTTP, port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: split, namespace: apps}
spec:
  parentRefs: [{name: entry, namespace: edge}]
  rules:
    - backendRefs: [{name: one, port: 80, weight: 9}, {name: two, port: 80, weight: 1}]
      filters: [{type: RequestMirror, requestMirror: {backendRef: {name: three, port: 80}}}]
`;

    expect(arrows(reportOfText(weighted))).toEqual([
      'clients Clients -> gateway entry (no TLS)',
      'gateway entry -> outside one (90 %)',
      'gateway entry -> outside two (10 %)',
      'gateway entry --> outside three (copies)',
    ]);
  });
});

test('subsets of Istio lead to those of the pods that they mean', () => {
  const version = (name: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews-${name}, namespace: shop}
spec:
  template:
    metadata: {labels: {app: reviews, version: ${name}}}
    spec: {containers: []}
---`;
  const report = reportOfText(`${version('v1')}${version('v2')}
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec: {selector: {app: reviews}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  subsets: [{name: old, labels: {version: v1}}, {name: new, labels: {version: v2}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
    - route:
        - {destination: {host: reviews, subset: old}, weight: 90}
        - {destination: {host: reviews, subset: new}, weight: 10}
`);

  expect(arrows(report)).toEqual([
    'gateway reviews -> server reviews-v1 (90 %)',
    'gateway reviews -> server reviews-v2 (10 %)',
  ]);
});

test('texts of manifests end nothing in drawings', () => {
  const report = reportOfText(
    'apiVersion: batch/v1\nkind: Job\nmetadata: {name: \'a"] --> b["<script>\', namespace: x}\nspec: {template: {spec: {containers: []}}}',
  );

  expect(mermaid(report.topology)).toContain('["a#34;] --#62; b[#34;#60;script#62;<br/>Job"]');
  expect(dot(report.topology)).toContain('label="a\\"] --> b[\\"<script>\\nJob"');
});

test('the report for pull requests', () => {
  expect(
    markdown(reportOf('secure-xeon', manifestsOf('secure-xeon'), undefined)),
  ).toMatchSnapshot();
});
