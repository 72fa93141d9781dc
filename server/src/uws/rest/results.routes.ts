import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../core/http/index.ts';
import { partUnknown } from '../errors.ts';
import { renderResults, resultsAsJson, uwsMediaType } from '../jobs/jobs.wire.ts';
import { readLog } from '../results/log.ts';
import { resultNamed } from '../results/result-named.ts';
import { sendFile } from '../results/send-file.ts';
import type { Service } from '../service.ts';
import { jobUrl, paramsOf } from './addresses.ts';
import { formatOf } from './format.ts';
import { plain, seenJob } from './job.routes.ts';
import { resource } from './resource.ts';

/** `{jobs}/{id}/results` and below, and the two logs under their old names. */
export function resultRoutes(scope: App, service: Service): void {
  resource(scope, '/:id/results', {
    GET: {
      allow: 'uws.job.read',
      async run(request, reply) {
        const job = await seenJob(service, request);
        void reply.header('vary', 'Accept');
        if (formatOf(request) === 'json') return reply.send(resultsAsJson(job, jobUrl(request)));
        return reply.type(uwsMediaType).send(renderResults(job, jobUrl(request)));
      },
    },
  });
  resource(scope, '/:id/results/:part', {
    GET: {
      allow: 'uws.job.read',
      run: (request, reply) => answerResult(service, request, reply, paramsOf(request).part ?? ''),
    },
  });
  for (const stream of ['stdout', 'stderr'] as const) {
    resource(scope, `/:id/${stream}`, {
      GET: {
        allow: 'uws.job.read',
        async run(request, reply) {
          const job = await seenJob(service, request);
          if (job.phase === 'ARCHIVED' || job.results.some((result) => result.name === stream)) {
            return await answerResult(service, request, reply, stream);
          }
          if (job.computeRunId === null) throw partUnknown(`${stream} yet`);
          const { text } = await readLog(service.core, job, stream, 0, 1_048_576);
          return plain(reply, text);
        },
      },
    });
  }
}

async function answerResult(service: Service, request: FastifyRequest, reply: FastifyReply, name: string) {
  const job = await seenJob(service, request);
  const result = resultNamed(job, name);
  return await sendFile(service.core, request, reply, result);
}
