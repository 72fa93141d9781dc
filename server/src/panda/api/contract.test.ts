import * as contracts from '@orrery/contracts';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { endJobs } from '../jobs/archive.store.ts';

const server = await testServer([panda], { role: 'web' });
const { app, core, adminToken } = server;
const { db } = core;
const headers = { authorization: `Bearer ${adminToken}` };

const live = (await aJob(db, { status: 'running', queue: 'LOCAL', debug: true })).jobId;
const final = (await aJob(db, { status: 'running', queue: 'LOCAL', taskId: 10_000_000 })).jobId;
for (const jobId of [live, final]) {
  await db.sql`
    insert into panda.heartbeat (job_id, at, cpu_seconds, mean_cores, max_rss_kb)
    values (${jobId}, clock_timestamp(), 10, 0.5, 1000)`;
  await db.sql`
    insert into panda.file (job_id, ordinal, type, lfn, status, size_bytes) values (${jobId}, 0, 'log', 'x.tgz', 'ready', 5)`;
  await db.sql`insert into panda.job_text (job_id, kind, content) values (${jobId}, 'metadata', '{}')`;
  await db.sql`
    insert into panda.worker (harvester_id, worker_id, queue, status, submitted_at)
    values ('h', ${jobId}, 'LOCAL', 'running', clock_timestamp())`;
  await db.sql`
    insert into panda.worker_node (site, host, cpu_model, cpu_model_normalized) values ('NORTH', 'n1', 'cpu', 'CPU')
    on conflict do nothing`;
  await db.sql`insert into panda.job_worker (harvester_id, worker_id, job_id) values ('h', ${jobId}, ${jobId})`;
}
const errors = { pilot: { code: 1305, diag: 'no' }, trans: { code: 3, diag: '' } };
await db.transaction((tx) => endJobs(tx, [{ jobId: final, status: 'failed', why: '', by: 'test', errors }]));

/** Every call of the API that reads, with the schema its answer has by the contract. */
const answers: Array<[string, TSchema]> = [
  ['overview', contracts.PandaOverview],
  ['throughput', contracts.PandaThroughput],
  ['queues', contracts.PandaQueueList],
  ['endpoints', contracts.PandaEndpointList],
  ['queues/schema', contracts.PandaQueueSchema],
  ['queues/LOCAL', contracts.PandaQueue],
  ['queues/LOCAL/versions/1', contracts.PandaQueueVersion],
  ['queues/LOCAL/why', contracts.Why],
  ['jobs', contracts.PandaJobPage],
  ['jobs/facets', contracts.PandaJobFacets],
  [`jobs/${live}`, contracts.PandaJob],
  [`jobs/${final}`, contracts.PandaJob],
  [`jobs/${live}/why`, contracts.Why],
  [`jobs/${final}/why`, contracts.Why],
  [`jobs/${live}/stdout`, contracts.PandaDebugOutput],
  ['errors', contracts.PandaErrorSummary],
  ['errors?by=task', contracts.PandaErrorSummary],
  ['shares', contracts.PandaShareTree],
  ['resource-types', contracts.PandaResourceTypeList],
  ['workers', contracts.PandaWorkerPage],
  [`workers/h/${live}`, contracts.PandaWorker],
  ['error-codes', contracts.PandaErrorCodes],
  ['retry-rules', contracts.PandaRetryRulePage],
  ['retry-rules/1', contracts.PandaRetryRule],
  ['retry-rules/1/decisions', contracts.PandaRetryDecisionPage],
  [`jobs/${final}/retry-decisions`, contracts.PandaJobRetryDecisions],
  ['harvesters', contracts.PandaHarvesterList],
  ['harvesters/local', contracts.PandaHarvester],
  ['harvesters/local/dialogs', contracts.PandaDialogPage],
  ['harvesters/local/commands', contracts.PandaCommandPage],
  ['harvesters/local/metrics', contracts.PandaHarvesterMetrics],
  ['nodes', contracts.PandaNodePage],
  ['nodes/bad', contracts.PandaBadNodeList],
  ['nodes/NORTH/n1', contracts.PandaNode],
];

test.each(answers)('GET %s answers what the contract says', async (url, schema) => {
  const reply = await app.inject({ url: `/api/panda/${url}`, headers });
  expect(reply.statusCode, reply.body).toBe(200);
  const wrong = [...Value.Errors(schema, reply.json())].map(
    ({ instancePath, message }) => `${instancePath} ${message}`,
  );
  expect(wrong).toEqual([]);
});

test('every GET of the API is checked here, but for those that answer text', () => {
  const texts = ['jobs/export', 'jobs/:id/texts/:kind', 'jobs/:id/files/:file', 'jobs/:id/script'];
  const patterns = server.routes.rows
    .filter(({ method, family }) => method === 'GET' && family === 'PanDA page')
    .map(({ url }) => url.slice('/api/panda/'.length))
    .filter((url) => !texts.includes(url));
  const checked = answers.map(([url]) => url.split('?')[0] ?? '');
  const unchecked = patterns.filter(
    (pattern) => !checked.some((url) => new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+')}$`).test(url)),
  );
  expect(patterns.length).toBeGreaterThan(15);
  expect(unchecked).toEqual([]);
});
