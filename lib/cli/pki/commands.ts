/*
 * `inference-constructs pki`: a private certificate authority in a folder, without openssl.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { Checks } from '../../core/checks';
import {
  PrivateAuthority,
  REVOCATION_REASONS,
  type IssuedCertificate,
  type RevocationReason,
} from '../../pki/issuing/authority';
import { KeyAlgorithm, privateKeyPem, readSigningKey } from '../../pki/issuing/keys';
import { AuthorityFolder, type Entry } from './authority-folder';
import { readOpensslRegister } from './openssl-register';
import { passphraseOf } from './passphrase';
import { secretOf, secretYaml } from './secrets';

const DEFAULTS = { authorityDays: '3650', certificateDays: '365', listDays: '30' } as const;

interface Common {
  readonly dir: string;
  readonly passphraseFile?: string;
  readonly json?: boolean;
}

interface Issuing extends Common {
  readonly days: string;
  readonly algorithm: KeyAlgorithm;
  readonly again?: boolean;
}

/** Adds the commands. */
export function pkiCommand(): Command {
  const pki = new Command('pki').description(
    'private certificate authorities: issue, revoke, list',
  );
  pki.addCommand(initCommand());
  pki.addCommand(importCommand());
  pki.addCommand(serverCommand());
  pki.addCommand(clientCommand());
  pki.addCommand(revokeCommand());
  pki.addCommand(crlCommand());
  pki.addCommand(secretCommand());
  pki.addCommand(listCommand());
  return pki;
}

function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--dir <folder>', 'folder of the authority', 'pki')
    .option('--passphrase-file <file>', 'file with the passphrase of its key')
    .option('--json', 'print JSON');
}

const algorithm = (): Option =>
  new Option('--algorithm <algorithm>', 'kind of key')
    .choices(Object.values(KeyAlgorithm))
    .default(KeyAlgorithm.ECDSA_P256);

function initCommand(): Command {
  return command('init', 'make a new authority')
    .requiredOption('--name <name>', 'its name')
    .option('--days <days>', 'how long it lasts', DEFAULTS.authorityDays)
    .addOption(algorithm())
    .action(async (options: Issuing & { name: string }) => {
      const folder = folderOf(options);
      const authority = await PrivateAuthority.make({
        name: options.name,
        algorithm: options.algorithm,
        days: Number(options.days),
        passphrase: await passphraseOf(options.passphraseFile, true),
        at: new Date(),
      });
      folder.create(authority);
      print(options, { folder: folder.path, certificate: resolve(folder.path, 'ca.crt') }, [
        `made the authority "${options.name}" in ${folder.path}`,
        'keep ca.key and its passphrase apart from each other, and both out of git',
      ]);
    });
}

function importCommand(): Command {
  return command('import', 'take over an authority that was made with openssl')
    .requiredOption('--certificate <file>', 'its certificate, PEM')
    .requiredOption('--key <file>', 'its key, PEM')
    .option('--index <file>', 'its register ("database" of openssl ca)')
    .option('--crl-number <file>', 'file with the number of its next list, hexadecimal')
    .action(
      async (
        options: Common & { certificate: string; key: string; index?: string; crlNumber?: string },
      ) => {
        const passphrase = await passphraseOf(options.passphraseFile, true);
        const certificate = readFileSync(options.certificate, 'utf8');
        const key = readFileSync(options.key, 'utf8');
        await PrivateAuthority.open(certificate, key, passphrase);
        const lines = options.index ? readOpensslRegister(readFileSync(options.index, 'utf8')) : [];
        const number = options.crlNumber ? readFileSync(options.crlNumber, 'utf8').trim() : '1';
        const folder = folderOf(options);
        // It may have been in plain text.
        const privateKey = await privateKeyPem(await readSigningKey(key, passphrase), passphrase);
        folder.create({ certificate, privateKey }, lines, parseInt(number, 16) || 1);
        const revoked = lines.filter(({ revocation }) => revocation).length;
        print(options, { folder: folder.path, certificates: lines.length, revoked }, [
          `imported ${lines.length} certificates, ${revoked} of them revoked, into ${folder.path}`,
        ]);
      },
    );
}

function serverCommand(): Command {
  return command('server', 'issue a certificate for a server')
    .argument('<names...>', 'DNS names; the first is what it is called here')
    .option('--days <days>', 'how long it lasts', DEFAULTS.certificateDays)
    .option('--again', 'even if there is one of that name that counts')
    .addOption(algorithm())
    .action(async (names: string[], options: Issuing) => {
      const [name = ''] = names;
      await issue('server', name, options, (authority, how) => authority.issueServer(names, how));
    });
}

function clientCommand(): Command {
  return command('client', 'issue a certificate for a client')
    .argument('<name>', 'its common name')
    .option('--uri <uri...>', 'URIs that name it, too, such as a SPIFFE ID')
    .option('--days <days>', 'how long it lasts', DEFAULTS.certificateDays)
    .option('--again', 'even if there is one of that name that counts')
    .addOption(algorithm())
    .action(async (name: string, options: Issuing & { uri?: string[] }) => {
      await issue('client', name, options, (authority, how) =>
        authority.issueClient(name, { ...how, uris: options.uri ?? [] }),
      );
    });
}

async function issue(
  kind: Entry['kind'],
  name: string,
  options: Issuing,
  make: (
    authority: PrivateAuthority,
    how: { days: number; algorithm: KeyAlgorithm; at: Date },
  ) => Promise<IssuedCertificate>,
): Promise<void> {
  const folder = folderOf(options);
  const issued = await make(await open(folder, options), {
    days: Number(options.days),
    algorithm: options.algorithm,
    at: new Date(),
  });
  const { serialNumber } = issued;
  const notAfter = issued.notAfter.toISOString();
  const entry = { kind, name, serialNumber, notAfter };
  const place = folder.add(entry, issued, options.again ?? false);
  print(options, { ...entry, folder: place }, [
    `issued ${name} (${serialNumber}), until ${notAfter}`,
    `${place}: tls.crt tls.key`,
  ]);
}

function revokeCommand(): Command {
  return command('revoke', 'revoke a certificate; it counts from the next list on')
    .argument('<name>', 'name or serial number')
    .addOption(
      new Option('--reason <reason>', 'why')
        .choices([...REVOCATION_REASONS])
        .default('unspecified'),
    )
    .action((name: string, options: Common & { reason: RevocationReason }) => {
      const folder = folderOf(options);
      const found = folder
        .valid()
        .filter((one) => one.name === name || one.serialNumber === name.toUpperCase());
      const checks = new Checks('pki revoke');
      checks.require(found.length > 0, 'name', () => ({
        got: `"${name}"`,
        expected: 'the name or serial number of a certificate that counts',
        fix: 'run pki list',
      }));
      checks.finish();
      for (const one of found) {
        const { serialNumber } = one;
        folder.revoke(one, { serialNumber, at: new Date(), reason: options.reason });
      }
      const serialNumbers = found.map(({ serialNumber }) => serialNumber);
      print(options, { name, serialNumbers, reason: options.reason }, [
        `revoked ${name} (${serialNumbers.join(', ')})`,
        'run pki crl and pki secret to make it known',
      ]);
    });
}

function crlCommand(): Command {
  return command('crl', 'make the list of revoked certificates')
    .option('--days <days>', 'time until the next one is due', DEFAULTS.listDays)
    .action(async (options: Issuing) => {
      const folder = folderOf(options);
      const authority = await open(folder, options);
      const revocations = folder
        .issued()
        .map(({ revocation }) => revocation)
        .filter((revocation) => revocation !== undefined);
      const days = Number(options.days);
      const number = folder.nextListNumber();
      const at = new Date();
      const list = await authority.revocationList(revocations, { number, days, at });
      const file = folder.addList(number, list);
      print(options, { number, revoked: revocations.length, file }, [
        `list ${number}: ${revocations.length} revoked, next due within ${days} days`,
        file,
      ]);
    });
}

function secretCommand(): Command {
  return command('secret', 'print a Secret: of the authority and its list, or of a server')
    .argument('<secret>', 'name of the Secret')
    .option('--server <name>', 'with the certificate and key of this server')
    .option('--namespace <namespace>', 'namespace of the Secret')
    .option('--f5', 'of the type that the F5 NGINX Ingress Controller wants')
    .action(
      (name: string, options: Common & { server?: string; namespace?: string; f5?: boolean }) => {
        const { server, namespace, f5 = false } = options;
        const secret = secretOf(folderOf(options), { name, server, namespace, f5 });
        process.stdout.write(options.json ? `${JSON.stringify(secret)}\n` : secretYaml(secret));
      },
    );
}

function listCommand(): Command {
  return command('list', 'show what was issued').action((options: Common) => {
    const issued = folderOf(options).issued();
    const rows = issued.map(({ kind, name, serialNumber, notAfter, revocation }) => ({
      kind,
      name,
      serialNumber,
      notAfter,
      revoked: revocation?.at.toISOString() ?? null,
      reason: revocation?.reason ?? null,
    }));
    const width = Math.max(0, ...rows.map(({ name }) => name.length));
    print(
      options,
      rows,
      rows.map(
        ({ kind, name, serialNumber, notAfter, revoked }) =>
          `${kind.padEnd(8)} ${name.padEnd(width)} ${serialNumber.padEnd(32)} ${
            revoked === null ? `until ${notAfter}` : `revoked ${revoked}`
          }`,
      ),
    );
  });
}

function folderOf({ dir }: Common): AuthorityFolder {
  return new AuthorityFolder(resolve(dir));
}

async function open(folder: AuthorityFolder, options: Common): Promise<PrivateAuthority> {
  const { certificate, privateKey } = folder;
  const passphrase = await passphraseOf(options.passphraseFile, false);
  return PrivateAuthority.open(certificate, privateKey, passphrase);
}

function print({ json }: Common, value: object, lines: readonly string[]): void {
  console.log(json ? JSON.stringify(value) : lines.join('\n'));
}
