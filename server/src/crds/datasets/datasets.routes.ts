import type { FastifyRequest } from 'fastify';
import { demandPermission } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { jsonErrors } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import type { LoadReport } from './load.ts';
import { registerDatasets } from './register.ts';

const GB = 1024 ** 3;
const mediaTypes = ['application/x-ndjson', 'application/jsonl', 'application/json-lines'];

/** `POST /api/crds/observatories/:observatory/datasets`: headers of exposures as lines of JSON. */
export const datasetRoutes: Routes = async (app, core) => {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Read by the load itself, line by line; never in memory as a whole.
    scope.addContentTypeParser(mediaTypes, (_request, payload, done) => done(null, payload));
    scope.addContentTypeParser('*', (_request, _payload, done) => done(notLines()));
    scope.post(
      '/api/crds/observatories/:observatory/datasets',
      {
        bodyLimit: 64 * GB,
        config: { allow: 'crds.register', errors: jsonErrors, family: 'Calibration datasets' },
      },
      (request) => answerLoad(core, request),
    );
  });
};

async function answerLoad(core: Core, request: FastifyRequest): Promise<LoadReport> {
  const { observatory } = request.params as { observatory: string };
  demandPermission(request.identity, 'crds.register', observatory);
  if (request.body == null) throw notLines();
  const actor = { name: request.identity.name, requestId: request.id, address: request.clientAddress };
  return await registerDatasets(core, observatory, request.body as AsyncIterable<Uint8Array>, actor);
}

function notLines(): AppError {
  return new AppError('unsupported-type', 'crds.lines-wanted', 'This address takes lines of JSON.', {
    next: 'Send one object {id, instrument, header, date} a line with the content type application/x-ndjson.',
  });
}
