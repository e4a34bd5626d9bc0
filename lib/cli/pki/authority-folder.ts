/*
 * What an authority has issued, as files. Everything is made beside its place and moved there in one step,
 * which fails if the place is taken: so nothing is ever overwritten, an interrupted command has done all or
 * nothing, and of two at once one wins and the other is told.
 *
 *   ca.crt ca.key            the authority; the key is encrypted
 *   issued/<name>.<n>/       the n-th certificate of that name: tls.crt tls.key entry.json [revoked.json]
 *   lists/<number>.crl       every list of revoked certificates
 */
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Checks } from '../../core/checks';
import type { Revocation } from '../../pki/issuing/authority';

const PRIVATE_FILE = { mode: 0o600, flag: 'wx' } as const;
const PRIVATE_FOLDER = { mode: 0o700, recursive: true } as const;

/** Names of what is not finished begin with it. */
const UNFINISHED = '.unfinished-';

/** What is known of a certificate besides itself. */
export interface Entry {
  readonly kind: 'server' | 'client' | 'imported';
  readonly name: string;
  /** Upper-case hexadecimal. */
  readonly serialNumber: string;
  readonly notAfter: string;
}

/** A certificate of the register. */
export interface Issued extends Entry {
  /** Folder of its files. */
  readonly folder: string;
  readonly revocation: Revocation | undefined;
}

/** The files of one authority. */
export class AuthorityFolder {
  public constructor(
    /** Path of the folder. */
    public readonly path: string,
  ) {}

  /** Certificate of the authority, PEM. */
  public get certificate(): string {
    return this.read('ca.crt');
  }

  /** Encrypted key of the authority, PEM. */
  public get privateKey(): string {
    return this.read('ca.key');
  }

  /**
   * Makes the folder with the authority in it, and whatever was imported.
   * @throws ConfigurationError when there is one already
   */
  public create(
    authority: { readonly certificate: string; readonly privateKey: string },
    imported: readonly { readonly entry: Entry; readonly revocation?: Revocation }[] = [],
    firstListNumber = 1,
  ): void {
    const checks = new Checks('pki init');
    checks.require(!existsSync(this.path), 'dir', () => ({
      got: `${this.path}, which exists`,
      expected: 'a folder that does not exist',
      fix: 'choose another folder; nothing is ever overwritten',
    }));
    checks.finish();
    mkdirSync(dirname(this.path), { recursive: true });
    const folder = mkdtempSync(join(dirname(this.path), UNFINISHED));
    writeFileSync(join(folder, 'ca.crt'), authority.certificate, PRIVATE_FILE);
    writeFileSync(join(folder, 'ca.key'), authority.privateKey, PRIVATE_FILE);
    mkdirSync(join(folder, 'issued'), PRIVATE_FOLDER);
    mkdirSync(join(folder, 'lists'), PRIVATE_FOLDER);
    writeFileSync(join(folder, 'next-list'), `${firstListNumber}\n`, PRIVATE_FILE);
    for (const { entry, revocation } of imported) {
      const own = join(folder, 'issued', `${fileName(entry.name)}.${entry.serialNumber}`);
      mkdirSync(own, PRIVATE_FOLDER);
      writeFileSync(join(own, 'entry.json'), json(entry), PRIVATE_FILE);
      if (revocation) writeFileSync(join(own, 'revoked.json'), json(revocation), PRIVATE_FILE);
    }
    if (!moved(() => renameSync(folder, this.path))) this.conflict('init', this.path);
  }

  /** Everything that was issued, by name and then by age. */
  public issued(): readonly Issued[] {
    this.requireAuthority();
    return readdirSync(join(this.path, 'issued'))
      .filter((name) => !name.startsWith(UNFINISHED))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((name) => {
        const folder = join(this.path, 'issued', name);
        const entry = JSON.parse(readFileSync(join(folder, 'entry.json'), 'utf8')) as Entry;
        return { ...entry, folder, revocation: revocationOf(folder) };
      });
  }

  /** The certificates of a name that count, or of all names. */
  public valid(name?: string): readonly Issued[] {
    return this.issued().filter(
      (one) => one.revocation === undefined && (name === undefined || one.name === name),
    );
  }

  /**
   * Adds a certificate to the register.
   * @param again whether there may be others of the name that count
   * @returns its folder
   * @throws ConfigurationError when there is one of the name that counts
   */
  public add(
    entry: Entry,
    files: { readonly certificate: string; readonly privateKey: string },
    again: boolean,
  ): string {
    const known = this.issued().filter(({ name }) => name === entry.name);
    const checks = new Checks(`pki ${entry.kind}`);
    checks.require(again || known.every(({ revocation }) => revocation), 'name', () => ({
      got: `"${entry.name}", which has a certificate`,
      expected: 'a name without a certificate, or with revoked ones only',
      fix: 'revoke the other one first, or give --again to have both for a while',
    }));
    checks.finish();
    const parent = join(this.path, 'issued');
    const unfinished = mkdtempSync(join(parent, UNFINISHED));
    writeFileSync(join(unfinished, 'tls.crt'), files.certificate, PRIVATE_FILE);
    writeFileSync(join(unfinished, 'tls.key'), files.privateKey, PRIVATE_FILE);
    writeFileSync(join(unfinished, 'entry.json'), json(entry), PRIVATE_FILE);
    const folder = join(parent, `${fileName(entry.name)}.${known.length + 1}`);
    // Fails if the folder is there: its files make sure that it is not empty.
    if (!moved(() => renameSync(unfinished, folder))) {
      rmSync(unfinished, { recursive: true });
      this.conflict(entry.kind, folder);
    }
    return folder;
  }

  /**
   * Marks a certificate as revoked.
   * @throws ConfigurationError when it is already
   */
  public revoke({ folder }: Issued, revocation: Revocation): void {
    const target = join(folder, 'revoked.json');
    this.place(folder, target, json(revocation), 'revoke');
  }

  /** Number for the next list: greater than all there are. */
  public nextListNumber(): number {
    this.requireAuthority();
    const numbers = this.listNumbers();
    return Math.max(Number(this.read('next-list')), ...numbers.map((number) => number + 1));
  }

  /**
   * Adds a list.
   * @returns its path
   * @throws ConfigurationError when another command has just made one of that number
   */
  public addList(number: number, list: string): string {
    const folder = join(this.path, 'lists');
    const target = join(folder, `${number}.crl`);
    this.place(folder, target, list, 'crl');
    return target;
  }

  /** The newest list, PEM; none if there is none. */
  public list(): string | undefined {
    this.requireAuthority();
    const numbers = this.listNumbers();
    return numbers.length === 0
      ? undefined
      : this.read(join('lists', `${Math.max(...numbers)}.crl`));
  }

  private listNumbers(): number[] {
    return readdirSync(join(this.path, 'lists'))
      .map((name) => /^(\d+)\.crl$/.exec(name)?.[1])
      .filter((number) => number !== undefined)
      .map(Number);
  }

  /** Writes a file beside its place, and links it there unless something is there. */
  private place(folder: string, target: string, text: string, command: string): void {
    const unfinished = mkdtempSync(join(folder, UNFINISHED));
    try {
      const file = join(unfinished, 'file');
      writeFileSync(file, text, PRIVATE_FILE);
      if (!moved(() => linkSync(file, target))) this.conflict(command, target);
    } finally {
      rmSync(unfinished, { recursive: true });
    }
  }

  private read(name: string): string {
    this.requireAuthority();
    return readFileSync(join(this.path, name), 'utf8');
  }

  private requireAuthority(): void {
    const checks = new Checks('pki');
    checks.require(existsSync(join(this.path, 'ca.crt')), 'dir', () => ({
      got: `${this.path}, which holds no authority`,
      expected: 'a folder that `pki init` or `pki import` made',
      fix: 'run pki init, or give the folder with --dir',
    }));
    checks.finish();
  }

  private conflict(command: string, path: string): never {
    const checks = new Checks(`pki ${command}`);
    checks.require(false, 'dir', () => ({
      got: `${path}, which is there already`,
      expected: 'a file that does not exist',
      fix: 'look at what is there; another command may have made it at the same moment',
    }));
    checks.finish();
    throw new Error('unreachable');
  }
}

/** Whether a move succeeded; false if something was there already. */
function moved(move: () => void): boolean {
  try {
    move();
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTEMPTY') return false;
    throw error;
  }
}

function revocationOf(folder: string): Revocation | undefined {
  const file = join(folder, 'revoked.json');
  if (!existsSync(file)) return undefined;
  const { at, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as Omit<Revocation, 'at'> & {
    at: string;
  };
  return { ...rest, at: new Date(at) };
}

/** A name as part of a path: what is special there is written as its code. */
function fileName(name: string): string {
  return encodeURIComponent(name).replace(/^\./, '%2E').replaceAll('*', '%2A');
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
