/**
 * The JSON API of workload management, below `/api/panda`.
 *
 * | call | body or query | answer |
 * |---|---|---|
 * | `GET overview` | – | `PandaOverview` |
 * | `GET throughput` | `PandaThroughputQuery` | `PandaThroughput` |
 * | `GET queues` | `PandaQueueQuery` | `PandaQueueList` |
 * | `GET queues/schema` | – | `PandaQueueSchema` |
 * | `POST queues/import` | `PandaQueueImport` | `PandaQueueImported` |
 * | `GET queues/:queue` | – | `PandaQueue` |
 * | `PUT queues/:queue` | `PandaQueuePut` | `PandaQueue`; 409 when somebody else was faster |
 * | `POST queues/:queue/status` | `PandaQueueStatusChange` | `PandaQueue` |
 * | `GET queues/:queue/versions/:version` | – | `PandaQueueVersion` |
 * | `GET queues/:queue/why` | – | `Why` |
 * | `POST queues/:queue/downtimes` | `PandaDowntimeWish` | 201 `PandaDowntime` |
 * | `PUT queues/:queue/downtimes/:id` | `PandaDowntimeWish` | `PandaDowntime` |
 * | `DELETE queues/:queue/downtimes/:id` | – | 204 |
 * | `POST queues/:queue/end-pilots` | `PandaPilotEnd` | `PandaPilotEnded`; all that this server has started for it |
 * | `POST pilots/:id/end` | `PandaPilotEnd` | `PandaPilotEnded`; the number is that of a worker of "orrery" |
 * | `GET endpoints` | – | `PandaEndpointList` |
 * | `GET jobs` | `PandaJobFilter` + `limit`, `cursor` | `PandaJobPage` |
 * | `GET jobs/facets` | `PandaJobFilter` | `PandaJobFacets` |
 * | `GET jobs/export` | `PandaJobFilter` + `format` | the whole view as CSV, or one `PandaJobRow` a line |
 * | `POST jobs/acts` | `PandaBulkAct` | `PandaBulkActed`: kill, retry, priority for several |
 * | `GET jobs/:id` | – | `PandaJob` |
 * | `GET jobs/:id/why` | – | `Why` |
 * | `GET jobs/:id/texts/:kind` | – | text/plain: `pilot-log`, `metadata` |
 * | `GET jobs/:id/files/:file` | – | the bytes of an output or log that is stored on this server |
 * | `GET jobs/:id/stdout` | – | `PandaDebugOutput`: what the pilot last sent in debug mode |
 * | `GET jobs/:id/script` | – | text/x-shellscript: runs the payload again without PanDA |
 * | `POST jobs/:id/kill` | – | `PandaJob` |
 * | `POST jobs/:id/retry` | `PandaJobRetry` | 201 `PandaJob`: a new job like this one |
 * | `POST jobs/:id/debug` | `PandaJobDebug` | `PandaJob` |
 * | `POST jobs/:id/command` | `PandaJobCommand` | `PandaJob` |
 * | `POST jobs/:id/priority` | `PandaJobPriority` | `PandaJob` |
 * | `GET errors` | `PandaErrorQuery` | `PandaErrorSummary` |
 * | `GET error-codes` | – | `PandaErrorCodes` |
 * | `GET retry-rules` | `PandaRetryRuleQuery` | `PandaRetryRulePage` |
 * | `POST retry-rules` | `PandaRetryRuleWish` | 201 `PandaRetryRule` |
 * | `POST retry-rules/trial` | `PandaRetryTrialWish` | `PandaRetryTrial`: which jobs it would have met |
 * | `GET retry-rules/:id` | – | `PandaRetryRule` |
 * | `PUT retry-rules/:id` | `PandaRetryRuleWish`, `If-Match` | `PandaRetryRule`; 409 when somebody else was faster |
 * | `PATCH retry-rules/:id` | `PandaRetrySwitch`, `If-Match` | `PandaRetryRule` |
 * | `DELETE retry-rules/:id` | `If-Match` | `PandaRetryRule`, as it can be brought back |
 * | `POST retry-rules/:id/restore` | `If-Match` | `PandaRetryRule` |
 * | `GET retry-rules/:id/decisions` | `PandaRetryDecisionQuery` | `PandaRetryDecisionPage` |
 * | `PATCH retry-actions/:action` | `PandaRetrySwitch`, `If-Match` | `PandaRetryActionRow` |
 * | `GET jobs/:id/retry-decisions` | – | `PandaJobRetryDecisions` |
 * | `GET shares` | – | `PandaShareTree` |
 * | `PATCH shares/:name` | `PandaShareChange` | `PandaShareTree` |
 * | `GET resource-types` | – | `PandaResourceTypeList` |
 * | `GET workers` | `PandaWorkerQuery` | `PandaWorkerPage` |
 * | `GET workers/:harvester/:id` | – | `PandaWorker` |
 * | `GET harvesters` | – | `PandaHarvesterList` |
 * | `GET harvesters/:harvester` | – | `PandaHarvester` |
 * | `GET harvesters/:harvester/dialogs` | `PandaDialogQuery` | `PandaDialogPage`: its messages |
 * | `GET harvesters/:harvester/metrics` | `PandaMetricQuery` | `PandaHarvesterMetrics` |
 * | `GET harvesters/:harvester/commands` | `PandaCommandQuery` | `PandaCommandPage`: orders to it |
 * | `DELETE harvesters/:harvester/commands/:command` | – | 204; 409 when it was taken already |
 * | `POST harvesters/:harvester/kill-workers` | `PandaKillWorkers` | `PandaWorkersKilled` |
 * | `POST queues/:queue/sweep` | `PandaSweep` | 204: its Harvester is told to kill workers there |
 * | `PUT queues/:queue/target-slots` | `PandaTargetSlotsWish` | 204 |
 * | `GET nodes` | `PandaNodeQuery` | `PandaNodePage` |
 * | `GET nodes/bad` | `PandaBadNodeQuery` | `PandaBadNodeList`: nodes that fail more than their queue |
 * | `GET nodes/:site/:host` | `PandaNodeDetailQuery` | `PandaNode` |
 *
 * Callers without a production or operator role see their own jobs; numbers over all jobs are everybody's.
 * Every change of a job is an event of topic `panda.job`, key = job id, data = `PandaJobEvent`.
 */
export * from './panda-endpoints.ts';
export * from './panda-errors.ts';
export * from './panda-flow.ts';
export * from './panda-harvesters.ts';
export * from './panda-job.ts';
export * from './panda-jobs.ts';
export * from './panda-nodes.ts';
export * from './panda-pilots.ts';
export * from './panda-queues.ts';
export * from './panda-retry.ts';
export * from './panda-shares.ts';
export * from './panda-states.ts';
export * from './panda-workers.ts';
