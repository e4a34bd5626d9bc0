/*
 * A real Kubernetes control plane on loopback: etcd, API server, controller manager and scheduler, with
 * simulated kubelets (kwok) behind it. Admission is as in a cluster: Pod Security, quotas, limit ranges.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestAuthority } from '../../support/certificates';
import { KubeClient } from './kube-client';
import { LAB_HOME, program } from './lab-home';
import { startMetricsServer } from './metrics-server';
import { freePorts, start, stop, until, type Running } from './processes';

/** How to reach a control plane. */
export interface ControlPlane {
  readonly client: KubeClient;
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

const TOKEN = 'lab-administrator';

/** What differs from the usual. */
export interface ControlPlaneOptions {
  /** Whether pods use what their annotations say, as metrics-server tells the autoscaler. */
  readonly usage?: boolean;
  /** Further flags of the controller manager. */
  readonly controllerManager?: readonly string[];
  /** Files with stages of kwok, in place of pods that start and end at once. */
  readonly stages?: readonly string[];
}

/** Starts everything and waits until it is ready. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'lab-control-plane-'));
  const [
    etcdPort = 0,
    etcdPeer = 0,
    apiPort = 0,
    managerPort = 0,
    schedulerPort = 0,
    kwokPort = 0,
  ] = await freePorts(6);
  const running: Running[] = [];
  const stopAll = async (): Promise<void> => {
    for (const one of running.reverse()) await stop(one);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    running.push(startEtcd(folder, etcdPort, etcdPeer));
    const frontProxy = options.usage === true ? await writeFrontProxy(folder) : [];
    running.push(startApiServer(folder, apiPort, etcdPort, frontProxy));
    const certificate = join(folder, 'certificates', 'apiserver.crt');
    const server = `https://127.0.0.1:${apiPort}`;
    await until('the API server writes its certificate', 60, () =>
      Promise.resolve(readFileSync(certificate).length > 0),
    );
    const client = new KubeClient(server, TOKEN, readFileSync(certificate, 'utf8'));
    await until(
      'the API server is ready',
      120,
      async () => (await client.request('GET', '/readyz')).status === 200,
    );
    const kubeconfig = writeKubeconfig(folder, server, certificate);
    running.push(
      startControllerManager(folder, kubeconfig, managerPort, options.controllerManager ?? []),
      startScheduler(folder, kubeconfig, schedulerPort),
    );
    running.push(startKwok(folder, kubeconfig, kwokPort, options));
    await until('the default namespace has its service account', 60, async () => {
      return (
        (await client.request('GET', '/api/v1/namespaces/default/serviceaccounts/default'))
          .status === 200
      );
    });
    if (options.usage === true)
      running.push(await startMetricsServer({ folder, kubeconfig, client }));
    return { client, kubeconfig, stop: stopAll };
  } catch (error) {
    const logs = running.map((one) => `${one.process.spawnfile}:\n${one.log().slice(-1500)}`);
    await stopAll();
    throw new Error(`${String(error)}\n${logs.join('\n')}`, { cause: error });
  }
}

function startEtcd(folder: string, port: number, peer: number): Running {
  const client = `http://127.0.0.1:${port}`;
  const peers = `http://127.0.0.1:${peer}`;
  return start(folder, 'etcd', 'etcd', [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    // The data is thrown away with the lab: nothing has to survive a crash.
    '--unsafe-no-fsync',
  ]);
}

/** How metrics-server knows that it is the API server that hands a request on. */
async function writeFrontProxy(folder: string): Promise<string[]> {
  const authority = await TestAuthority.make('Front proxy');
  const pair = await authority.issue({ subject: [{ CN: ['front-proxy'] }] });
  const files = { ca: authority.pem, crt: pair.certificate, key: pair.key };
  const path = (name: string): string => join(folder, `front-proxy.${name}`);
  for (const [name, text] of Object.entries(files))
    writeFileSync(path(name), text, { mode: 0o600 });
  return [
    `--requestheader-client-ca-file=${path('ca')}`,
    '--requestheader-allowed-names=front-proxy',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${path('crt')}`,
    `--proxy-client-key-file=${path('key')}`,
  ];
}

function startApiServer(
  folder: string,
  port: number,
  etcdPort: number,
  frontProxy: readonly string[],
): Running {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  mkdirSync(join(folder, 'certificates'));
  writeFileSync(join(folder, 'service-account.key'), keys.privateKey, { mode: 0o600 });
  writeFileSync(join(folder, 'service-account.pub'), keys.publicKey);
  writeFileSync(join(folder, 'tokens.csv'), `${TOKEN},lab,1,system:masters\n`, { mode: 0o600 });
  return start(folder, 'kube-apiserver', program('kube-apiserver'), [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--cert-dir=${join(folder, 'certificates')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(folder, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'service-account.key')}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    ...frontProxy,
  ]);
}

function writeKubeconfig(folder: string, server: string, certificate: string): string {
  const file = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority': certificate } }],
    users: [{ name: 'lab', user: { token: TOKEN } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
    'current-context': 'lab',
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

const FAST = [
  '--kube-api-qps=500',
  '--kube-api-burst=1000',
  '--leader-elect=false',
  '--bind-address=127.0.0.1',
];

function startControllerManager(
  folder: string,
  kubeconfig: string,
  port: number,
  flags: readonly string[],
): Running {
  return start(folder, 'kube-controller-manager', program('kube-controller-manager'), [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${join(folder, 'service-account.key')}`,
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    ...FAST,
    ...flags,
  ]);
}

function startScheduler(folder: string, kubeconfig: string, port: number): Running {
  return start(folder, 'kube-scheduler', program('kube-scheduler'), [
    `--kubeconfig=${kubeconfig}`,
    `--secure-port=${port}`,
    ...FAST,
  ]);
}

function startKwok(
  folder: string,
  kubeconfig: string,
  port: number,
  { usage = false, stages = [join(LAB_HOME, 'kwok-stages.yaml')] }: ControlPlaneOptions,
): Running {
  return start(folder, 'kwok', program('kwok'), [
    `--kubeconfig=${kubeconfig}`,
    ...stages.map((file) => `--config=${file}`),
    ...(usage
      ? [
          `--config=${join(LAB_HOME, 'kwok-usage.yaml')}`,
          '--node-ip=127.0.0.1',
          `--node-port=${port}`,
          `--server-address=127.0.0.1:${port}`,
        ]
      : []),
    '--manage-all-nodes=true',
    '--enable-crds=',
    // Nodes say that they live by their status: leases of hundreds of nodes would keep pods waiting.
    '--node-lease-duration-seconds=0',
  ]);
}
