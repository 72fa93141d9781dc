import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../core/errors.ts';
import { jsonErrors, userBytesHeaders } from '../../core/http/index.ts';
import { shortId } from '../../core/ids.ts';
import type { Routes } from '../../core/module.ts';
import { pilotVos } from '../front/pilot-vos.ts';
import { Adler32Stream } from './adler32-stream.ts';
import { findPlace, isAwaited, isNamed, storageUnknown } from './storage-place.ts';

interface Named {
  Params: { endpoint: string; '*': string };
}

const url = '/api/panda/storage/:endpoint/*';
/** A file of a job; the limits of its queue are smaller. */
const maxBytes = 1024 ** 4;

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
      const place = await findPlace(core.db.sql, request.params.endpoint, request.params['*']);
      if (!(await isAwaited(core.db.sql, place, pilotVos(request.identity)))) throw notAwaited(place.lfn);
      const stored = await receive(request.body as Readable, place.file, request.headers['x-checksum']);
      return reply.code(201).send(stored);
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

/** The file appears whole or not at all; one of an earlier attempt is replaced. */
async function receive(
  body: Readable,
  file: string,
  claimed: unknown,
): Promise<{ sizeBytes: number; checksum: string }> {
  await mkdir(path.dirname(file), { recursive: true });
  const part = `${file}.${shortId()}.part`;
  const sum = new Adler32Stream();
  try {
    await pipeline(body, sum, createWriteStream(part, { flush: true }));
    const checksum = `ad:${sum.hex}`;
    if (typeof claimed === 'string' && claimed !== checksum) throw notWhole(claimed, checksum);
    await rename(part, file);
    return { sizeBytes: sum.sizeBytes, checksum };
  } catch (error) {
    await unlink(part).catch(() => undefined);
    throw error;
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
