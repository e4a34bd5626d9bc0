import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServingEngine } from 'inference-constructs';
import { TestAuthority } from '../support/certificates';
import { podOf, serverOf } from '../support/charts';

test('TensorFlow Serving gets certificate and key as the texts that its configuration holds', async () => {
  const server = serverOf();
  server.serveTls({ secretName: 'server-tls', appProtocol: undefined });
  const container = podOf(server).initContainers?.find(({ name }) => name === 'prepare-tls');
  const authority = await TestAuthority.make('Internal');
  const { certificate, key } = await authority.issueServer('resnet.internal');
  const folder = mkdtempSync(join(tmpdir(), 'server-tls-'));
  try {
    for (const path of ['etc/model-server-tls', 'run/model-server-tls'])
      mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, 'etc/model-server-tls/tls.crt'), certificate);
    writeFileSync(join(folder, 'etc/model-server-tls/tls.key'), key);
    const [shell = '', flag = '', script = ''] = container?.command ?? [];
    execFileSync(shell, [flag, script.replace(/\/(etc|run)\/model-server-tls/g, `${folder}$&`)]);

    const file = join(folder, 'run/model-server-tls/ssl.config');
    // Text form of `tensorflow.serving.SSLConfig`: strings as JSON has them.
    const fields = Object.fromEntries(
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(/: (.*)/).slice(0, 2)),
    ) as Record<string, string>;
    expect(JSON.parse(fields['server_key'] ?? '')).toBe(key);
    expect(JSON.parse(fields['server_cert'] ?? '')).toBe(certificate);
    expect(fields['client_verify']).toBe('false');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('fails on TLS, and on a limit, of an engine that has none', () => {
  const openVino = serverOf({ engine: ServingEngine.OPENVINO });
  const triton = serverOf({ engine: ServingEngine.TRITON });

  expect(() => openVino.serveTls({ secretName: 'a', appProtocol: undefined })).toThrow(
    'test/Server.serveTls: got a, expected an engine that serves TLS; OpenVINO Model Server does not; let a mesh encrypt the way, or choose another engine',
  );
  expect(() => triton.limitRequests(1024)).toThrow(
    'test/Server.limitRequests: got 1024 bytes, expected an engine that bounds its requests; Triton Inference Server does not; bound them in front of it, or choose another engine',
  );
});

test('a gateway that lets in several models probes TensorFlow Serving without TLS', () => {
  const { definition } = ServingEngine.TENSORFLOW_SERVING;
  const input = { models: [{ name: 'a' }, { name: 'b' }], tls: true } as never;

  expect(definition.probes(input).readiness.httpGet?.path).toBe('/v1/models/a');
});
