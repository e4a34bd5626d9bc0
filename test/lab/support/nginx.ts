/*
 * A real nginx, configured as the two nginx controllers configure theirs from what is rendered.
 * @see https://github.com/kubernetes/ingress-nginx/blob/controller-v1.15.1/rootfs/etc/nginx/template/nginx.tmpl
 */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { request } from 'node:https';
import type { KeyPair } from '../../support/certificates';
import { freePorts, start, stop, until, type Running } from './processes';

/** What the controller takes from the objects and Secrets. */
export interface NginxInput {
  readonly server: KeyPair;
  readonly authorities: string;
  readonly lists: string;
  readonly depth: number;
  /** Directives of the server block. */
  readonly directives: string;
  readonly maxBodyBytes: string;
}

/** As the controller for the annotation: it quotes as Go's `%q` does. */
export function matchCommonName(annotation: string): string {
  return `if ( $ssl_client_s_dn !~ ${JSON.stringify(annotation)} ) { return 403 "client certificate unauthorized"; }`;
}

export class LabNginx {
  public static async start(input: NginxInput): Promise<LabNginx> {
    const folder = mkdtempSync(join(tmpdir(), 'lab-nginx-'));
    const [port = 0] = await freePorts(1);
    const nginx = new LabNginx(folder, port, input);
    await until(`nginx answers\n${nginx.running.log()}`, 20, async () => {
      await nginx.get(undefined, input.server.certificate);
      return true;
    });
    return nginx;
  }

  private readonly running: Running;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    input: NginxInput,
  ) {
    mkdirSync(join(folder, 'temporary'));
    const files = {
      'server.pem': input.server.certificate,
      'server.key': input.server.key,
      'ca.pem': input.authorities,
      'ca.crl': input.lists,
      'nginx.conf': configuration(folder, port, input),
    };
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(folder, name), text, { mode: 0o644 });
    this.running = start(folder, 'nginx', 'nginx', [
      '-p',
      folder,
      '-c',
      join(folder, 'nginx.conf'),
      '-e',
      join(folder, 'error.log'),
      '-g',
      'daemon off;',
    ]);
  }

  /** Status of a request: 200 if the client is let in, with the body sent. */
  public get(identity: KeyPair | undefined, trusts: string, bytes = 0): Promise<number> {
    return new Promise((done, failed) => {
      const call = request(
        {
          host: '127.0.0.1',
          port: this.port,
          path: '/',
          method: bytes > 0 ? 'POST' : 'GET',
          servername: 'resnet.inference.example.com',
          agent: false,
          ca: trusts,
          rejectUnauthorized: false,
          ...(identity && { cert: identity.certificate, key: identity.key }),
        },
        (response) => {
          response.resume();
          done(response.statusCode ?? 0);
        },
      );
      call.once('error', failed);
      call.end(bytes > 0 ? Buffer.alloc(bytes) : undefined);
    });
  }

  public async stop(): Promise<void> {
    await stop(this.running);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function configuration(folder: string, port: number, input: NginxInput): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${folder}/temporary/${name};`)
    .join('\n');
  const { username } = userInfo();
  return `
user ${username};
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 256; }
http {
${temporary}
  access_log off;
  server {
    listen 127.0.0.1:${port} ssl http2;
    server_name resnet.inference.example.com;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate ${folder}/server.pem;
    ssl_certificate_key ${folder}/server.key;
    ssl_client_certificate ${folder}/ca.pem;
    ssl_crl ${folder}/ca.crl;
    ssl_verify_client on;
    ssl_verify_depth ${input.depth};
    client_max_body_size ${input.maxBodyBytes};
    ${input.directives}
    location / {
      proxy_pass http://127.0.0.1:${port + 1};
      error_page 502 = @served;
    }
    location @served { return 200 "served"; }
  }
}
`;
}
