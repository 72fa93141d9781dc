import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { jsonErrors, userBytesHeaders } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import { pilotVos } from '../front/pilot-vos.ts';
import { Adler32Stream } from './adler32-stream.ts';
import { reserve } from './storage-limits.ts';
import { findAwaiting, findPlace, isNamed, storageUnknown } from './storage-place.ts';
import { deleteUpload, noteStored, noteUploadSeen, type Upload } from './storage-use.store.ts';

interface Named {
  Params: { endpoint: string; '*': string };
}

const url = '/api/panda/storage/:endpoint/*';
/** A file of a job; the limits of its queue are smaller. */
const maxBytes = 1024 ** 4;
/** An upload says so often that it goes on. */
const aliveMs = 60_000;

const config = {
  allow: 'panda.pilot',
  errors: jsonErrors,
  credentials: { session: false },
  originIsData: true,
  family: 'PanDA storage',
} as const;

/**
 * The folders of endpoints on this host, for pilots that are kept from seeing them: what a job may not read or write
 * on the disk of the server goes through here, one file at a time.
 */
export const storageRoutes: Routes = async (app, core) => {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.put<Named>(url, { config, bodyLimit: maxBytes }, async (request, reply) => {
      const { endpoint } = request.params;
      const place = await findPlace(core.db.sql, endpoint, request.params['*']);
      const job = await findAwaiting(core.db.sql, place, pilotVos(request.identity));
      if (job === null) throw notAwaited(place.lfn);
      const bytes = announcedBytes(request.headers['content-length']);
      const upload = await reserve(core, endpoint, place, job, bytes);
      const { 'x-checksum': checksum } = request.headers;
      return reply
        .code(201)
        .send(await receive(core, upload, request.body as Readable, place.file, checksum));
    });
  });
  app.get<Named>(url, { config }, async (request, reply) => {
    const place = await findPlace(core.db.sql, request.params.endpoint, request.params['*']);
    const found = await stat(place.file).catch(() => null);
    const isTheirs = await isNamed(core.db.sql, place, pilotVos(request.identity));
    if (found?.isFile() !== true || !isTheirs) throw storageUnknown(request.params.endpoint);
    void userBytesHeaders(reply, 'application/octet-stream', place.lfn).header('content-length', found.size);
    return reply.send(createReadStream(place.file));
  });
};

/** What may be counted before it comes. Throws `panda.storage-length-missing`. */
function announcedBytes(length: string | undefined): number {
  if (length !== undefined && /^\d{1,15}$/.test(length)) return Number(length);
  throw new AppError(
    'invalid',
    'panda.storage-length-missing',
    'The request does not say how many bytes come.',
    {
      next: 'Send the header Content-Length.',
    },
  );
}

/**
 * The file appears whole or not at all; one of an earlier attempt is replaced. No more bytes are taken than room was
 * taken for.
 */
async function receive(
  core: Core,
  upload: Upload,
  body: Readable,
  file: string,
  claimed: unknown,
): Promise<{ sizeBytes: number; checksum: string }> {
  const sum = new Adler32Stream(upload.bytes);
  const alive = setInterval(() => {
    // A database that is away for a while changes nothing for the file.
    noteUploadSeen(core.db.sql, upload.uploadId).catch(() => undefined);
  }, aliveMs);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await pipeline(body, sum, createWriteStream(upload.part, { flush: true }));
    const checksum = `ad:${sum.hex}`;
    if (typeof claimed === 'string' && claimed !== checksum) throw notWhole(claimed, checksum);
    await rename(upload.part, file);
    await core.db.transaction((tx) => noteStored(tx, upload, sum.sizeBytes));
    return { sizeBytes: sum.sizeBytes, checksum };
  } catch (error) {
    await unlink(upload.part).catch(() => undefined);
    await deleteUpload(core.db.sql, upload.uploadId).catch(() => undefined);
    throw error;
  } finally {
    clearInterval(alive);
  }
}

function notAwaited(lfn: string): AppError {
  return new AppError(
    'conflict',
    'panda.storage-not-awaited',
    `No job that a pilot holds is to make "${lfn}".`,
    {
      next: 'Store the outputs of a job before its final report.',
    },
  );
}

function notWhole(claimed: string, checksum: string): AppError {
  return new AppError(
    'invalid',
    'panda.storage-not-whole',
    `The bytes that arrived have ${checksum}, not ${claimed.slice(0, 60)}.`,
    { next: 'Send the file again.' },
  );
}
