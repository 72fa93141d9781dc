import { inflateSync } from 'node:zlib';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { Caller } from '../front/caller.ts';
import { refused, succeeded, type V1Answer } from '../front/method.ts';
import { findCacheFile } from './cache.store.ts';
import { type CacheOwner, isFree, putCacheFile, replaceCacheFile } from './cache.ts';
import { cacheName, mayOverwrite } from './cache-name.ts';
import type { SentFile } from './receive-file.ts';
import { checkpointLimit, logLimit, MB, uploadLimit, uploadTexts } from './upload-limits.ts';

/** What every upload knows of its request. */
export interface Upload {
  caller: Caller;
  form: 'legacy' | 'v1';
  file: SentFile;
  /** Length of the whole body as announced; null when it was not. */
  announced: number | null;
  signal: AbortSignal;
}

type Take = (core: Core, upload: Upload) => Promise<V1Answer>;

/** putFile, upload_cache_file: a sandbox, a log of a job, any small file. */
export const takeCacheFile: Take = async (core, { caller, form, file, announced, signal }) => {
  const name = cacheName(file.filename);
  if (name === null) return refused(uploadTexts.write);
  const limit = uploadLimit(name, form);
  if ((announced ?? 0) > limit.bytes) return refused(limit.refusal(announced ?? 0));
  const upload = { name, owner: ownerOf(caller), overwrite: mayOverwrite(name), signal };
  if (!(await isFree(core, upload))) return refused(uploadTexts.overwrite);
  return await writing(limit.refusal(limit.bytes + MB), async () => {
    const end = await putCacheFile(core, { ...upload, source: file.stream, maxBytes: limit.bytes });
    return end === 'kept' ? succeeded() : refused(uploadTexts.overwrite);
  });
};

/** uploadLog, upload_jedi_log: a whole log, in the place of an older one; the answer is its address. */
export const takeLog: Take = async (core, { caller, file, announced, signal }) => {
  const base = cacheName(file.filename);
  if (base === null) return refused('failed to write log with OSError:the name is not possible');
  if ((announced ?? 0) > logLimit) return refused(uploadTexts.tooLarge);
  const name = `jedilog/${base}`;
  const upload = { name, owner: ownerOf(caller), overwrite: true, signal };
  if (!(await isFree(core, upload))) return refused(uploadTexts.overwrite);
  return await writing(uploadTexts.tooLarge, async () => {
    const end = await putCacheFile(core, { ...upload, source: file.stream, maxBytes: logLimit });
    if (end === 'taken') return refused(uploadTexts.overwrite);
    return succeeded(`${caller.publicBase}/cache/jedilog/${encodeURIComponent(base)}`);
  });
};

/** An appended log is rewritten as a whole; longer ones are uploaded. */
const appendedLimit = 16 * MB;
const appendTries = 20;

/** updateLog, update_jedi_log: more of a log, packed by zlib. */
export const appendLog: Take = async (core, { caller, file, signal }) => {
  const name = cacheName(file.filename);
  if (name === null) return refused('ERROR: cannot update file with OSError: the name is not possible');
  let more: Buffer;
  try {
    more = inflateSync(await readWhole(file, appendedLimit, signal), { maxOutputLength: appendedLimit });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return refused(`ERROR: cannot update file with ${error.message}`);
  }
  return await writing(uploadTexts.tooLarge, async () => {
    for (let attempt = 0; attempt < appendTries; attempt++) {
      const before = await findCacheFile(core.db.sql, name);
      const owner = ownerOf(caller);
      if (before !== null && !owner.isProduction && before.ownerAccountId !== owner.accountId) {
        return refused(uploadTexts.overwrite);
      }
      if ((before?.sizeBytes ?? 0) + more.length > appendedLimit) return refused(uploadTexts.tooLarge);
      const content = Buffer.concat([await contentOf(core, before), more]);
      // Somebody else who appended at this moment is before us: on to theirs.
      if (await replaceCacheFile(core, name, before, content, before?.ownerAccountId ?? owner.accountId)) {
        return succeeded();
      }
    }
    return refused(`${uploadTexts.write}: too many write it at once`);
  });
};

async function contentOf(core: Core, file: { sha256: string } | null): Promise<Buffer> {
  if (file === null) return Buffer.alloc(0);
  const { stream } = await core.files.open(file.sha256, 'cache');
  return Buffer.concat(await stream.toArray());
}

async function readWhole({ stream }: SentFile, most: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  signal.addEventListener('abort', () => stream.destroy(signal.reason as Error), { once: true });
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > most) throw new Error('it is too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** put_checkpoint, upload_hpo_checkpoint: the state of a search, in the place of the one before. */
export const takeCheckpoint: Take = async (core, { caller, file, announced, signal }) => {
  const ids = /^(\d{1,18})_(\d{1,18})$/.exec(cacheName(file.filename) ?? '');
  if (ids === null) return refused('Failed to extract task and sub IDs');
  if (announced === null) return refused('Cannot get content-length');
  const tooLarge = (bytes: number) => `Exceeded size limit ${bytes}>${checkpointLimit}`;
  if (announced > checkpointLimit) return refused(tooLarge(announced));
  const name = checkpointName(ids[1] ?? '', ids[2] ?? '');
  const upload = { name, owner: ownerOf(caller), overwrite: true, signal };
  if (!(await isFree(core, upload))) return refused(uploadTexts.overwrite);
  return await writing(tooLarge(announced), async () => {
    const end = await putCacheFile(core, { ...upload, source: file.stream, maxBytes: checkpointLimit });
    if (end === 'taken') return refused(uploadTexts.overwrite);
    return succeeded(`/cache/${name}`, `Successfully placed at /cache/${name}`);
  });
};

export function checkpointName(taskId: string, subId: string): string {
  return `hpo_cp_${taskId}_${subId}`;
}

export function ownerOf({ identity, producesFor }: Caller): CacheOwner {
  return { accountId: identity.accountId, isProduction: producesFor(null) };
}

/** A file that turns out too large, and a disk that is nearly full, are answers of the protocol. */
async function writing(tooLarge: string, work: () => Promise<V1Answer>): Promise<V1Answer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'files.size-exceeded') return refused(tooLarge);
    if (error.kind === 'busy') return refused(`${uploadTexts.write}: ${error.message}`);
    throw error;
  }
}
