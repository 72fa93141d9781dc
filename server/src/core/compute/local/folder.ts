import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { chmod, chown, copyFile, mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isConnectionLoss } from '../../db/index.ts';
import { AppError, messageOf } from '../../errors.ts';
import type { Files } from '../../files/index.ts';
import type { InputRow } from '../run.store.ts';

/** Where inputs named by their hash come from. */
export type BlobSource = Pick<Files, 'open' | 'link'>;

/** The account a run's own files belong to; null = the server's own. */
export type RunAccount = { uid: number; gid: number } | null;

/** The places of one run. Only `work` and `tmp` are the run's own. */
export class RunPlaces {
  readonly top: string;
  readonly work: string;
  readonly tmp: string;
  readonly log: string;
  readonly control: string;
  readonly root: string;

  constructor(top: string) {
    this.top = top;
    this.work = path.join(top, 'work');
    this.tmp = path.join(top, 'tmp');
    this.log = path.join(top, 'log');
    this.control = path.join(top, 'control');
    this.root = path.join(top, 'root');
  }
}

/** Makes the folders and the two logs; fails when they are there already. */
export async function makePlaces(places: RunPlaces, account: RunAccount): Promise<void> {
  await mkdir(places.top, { mode: 0o711 });
  await chmod(places.top, 0o711);
  for (const folder of [places.log, places.control, places.root]) await mkdir(folder, { mode: 0o700 });
  for (const folder of [places.work, places.tmp]) {
    await mkdir(folder, { mode: 0o700 });
    await give(folder, account);
  }
  for (const name of ['stdout', 'stderr']) {
    const file = path.join(places.log, name);
    await writeFile(file, '', { mode: 0o600, flag: 'wx' });
    // The run's own, so that it may open /dev/stdout; the folder above keeps it from replacing the file.
    await give(file, account);
  }
}

/** Puts one input into the work folder. Throws AppError `invalid compute.input-missing`. */
export async function placeInput(
  places: RunPlaces,
  input: InputRow,
  options: { account: RunAccount; executable: boolean; blobs: BlobSource | undefined },
): Promise<void> {
  const target = path.join(places.work, input.path);
  await makeParents(places.work, input.path, options.account);
  try {
    const shared = await writeInput(target, input, options.blobs, options.account !== null);
    if (shared) return;
    await chmod(target, options.executable ? 0o755 : 0o644);
    await give(target, options.account);
  } catch (cause) {
    if (isConnectionLoss(cause)) throw cause; // says nothing about the input
    throw new AppError('invalid', 'compute.input-missing', `Input "${input.path}": ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** True when the file shares its bytes with the store and must stay as it is. */
async function writeInput(
  target: string,
  input: InputRow,
  blobs: BlobSource | undefined,
  mayShare: boolean,
): Promise<boolean> {
  if (input.content !== null) {
    await writeFile(target, input.content, { flag: 'wx' });
    return false;
  }
  if (input.file !== null) {
    if (!(await stat(input.file)).isFile()) throw new Error(`${input.file} is not a plain file`);
    await copyFile(input.file, target);
    return false;
  }
  if (blobs === undefined || input.sha256 === null || input.namespace === null) {
    throw new Error('no file store is connected');
  }
  // A hard link is safe only where the run has another uid than the owner of the blob.
  if (mayShare && input.namespace === 'reference') {
    return (await blobs.link(input.sha256, target, 'reference')) === 'hard-link';
  }
  const { stream } = await blobs.open(input.sha256, input.namespace);
  await pipeline(stream, createWriteStream(target, { flags: 'wx' }));
  return false;
}

async function makeParents(work: string, relative: string, account: RunAccount): Promise<void> {
  let at = work;
  for (const part of relative.split('/').slice(0, -1)) {
    at = path.join(at, part);
    const made = await mkdir(at, { mode: 0o755 }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    if (made) await give(at, account);
  }
}

async function give(file: string, account: RunAccount): Promise<void> {
  if (account !== null) await chown(file, account.uid, account.gid);
}

/** Takes the folders back, so that the next run with the same uid does not own them. */
export async function sealPlaces(places: RunPlaces, account: RunAccount): Promise<void> {
  if (account === null) return;
  for (const folder of [places.work, places.tmp]) {
    // The run could change what is in these two, not put links in their place: the folder above is ours.
    const handle = await open(folder, 'r').catch(() => undefined);
    await handle?.chown(process.getuid?.() ?? 0, process.getgid?.() ?? 0);
    await handle?.chmod(0o700);
    await handle?.close();
  }
}

/** Deletes everything of a run; folders that it closed to us are opened first. */
export async function removePlaces(places: RunPlaces): Promise<void> {
  const remove = (): Promise<void> => rm(places.top, { recursive: true, force: true, maxRetries: 3 });
  await remove().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
    await openClosed(places.top);
    await remove();
  });
}

/** Gives us the right to look into every folder below; links are not followed (`chmod -R` does not). */
export async function openClosed(folder: string): Promise<void> {
  const opener = spawn('chmod', ['-R', 'u+rwX', '--', folder], { stdio: 'ignore', timeout: 60_000 });
  await once(opener, 'close');
}
