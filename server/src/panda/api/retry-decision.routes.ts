import {
  type PandaErrorCodes,
  type PandaJobRetryDecisions,
  type PandaRetryDecisionPage,
  PandaRetryDecisionQuery,
  type PandaRetryTrial,
  PandaRetryTrialWish,
} from '@orrery/contracts/panda';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import {
  type DecisionPlace,
  listJobDecisions,
  listRuleDecisions,
  type RuleDecision,
} from '../retry/decisions.store.ts';
import { getRule } from '../retry/rules.ts';
import { tryRule } from '../retry/try-rule.ts';
import { checkRule } from '../retry/wish.ts';
import { checked } from './body.ts';
import { apiConfig } from './config.ts';
import { cursorInvalid } from './cursor.ts';
import { errorClass, errorMeaning, knownErrors } from './error-meanings.ts';
import { countByCounters } from './errors.store.ts';
import { ruleIdOf } from './retry-rule.routes.ts';
import { apiDecision } from './retry-rule.wire.ts';
import { jobIdOf, seenJob } from './seen-job.ts';
import { maySee, type Sight, sightOf } from './sight.ts';

const usualRows = 100;
const usualTrial = 500;
const shownOfTrial = 20;
const codesOfDays = 7;

/** What retry rules decided, what one would have decided, and which errors there are to write rules about. */
export function retryDecisionRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.read');
  scope.get(
    '/api/panda/jobs/:id/retry-decisions',
    { config },
    async (request): Promise<PandaJobRetryDecisions> => {
      const { id } = request.params as { id: string };
      const { jobId } = await seenJob(core, request.identity, jobIdOf(id));
      const rows = await listJobDecisions(core.db.sql, jobId);
      return {
        rows: rows.map(({ description, removed, ...decision }) => ({
          ...apiDecision(decision),
          description: description ?? '',
          removed,
        })),
      };
    },
  );
  scope.get(
    '/api/panda/retry-rules/:id/decisions',
    { schema: { querystring: PandaRetryDecisionQuery }, config },
    async (request): Promise<PandaRetryDecisionPage> => {
      const { retryRuleId } = await getRule(core, ruleIdOf(request));
      const query = request.query as PandaRetryDecisionQuery;
      return await pageOfDecisions(core, retryRuleId, query, sightOf(request.identity));
    },
  );
  scope.get('/api/panda/error-codes', { config }, (): Promise<PandaErrorCodes> => listCodes(core));
  scope.post(
    '/api/panda/retry-rules/trial',
    { config: apiConfig('panda.operate') },
    async (request): Promise<PandaRetryTrial> =>
      await tryOne(core, checked(PandaRetryTrialWish, request.body), sightOf(request.identity)),
  );
}

async function pageOfDecisions(
  { db }: Core,
  ruleId: number,
  { limit = usualRows, cursor }: PandaRetryDecisionQuery,
  sight: Sight,
): Promise<PandaRetryDecisionPage> {
  const before = cursor === undefined ? undefined : readPlace(cursor);
  const found = await listRuleDecisions(db.sql, ruleId, limit + 1, before);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return {
    // A job that is no longer kept is nobody's; what is said of it tells nothing but its number.
    rows: rows.filter((row) => maySee(sight, row)).map((row) => ({ ...apiDecision(row), queue: row.queue })),
    older: found.length > limit && last !== undefined ? writePlace(last) : null,
  };
}

function writePlace({ at, jobId }: RuleDecision): string {
  return `${at.getTime().toString(36)}-${jobId.toString(36)}`;
}

/** Throws `panda.cursor-invalid`. */
function readPlace(text: string): DecisionPlace {
  const [, at = '', job = ''] = /^([0-9a-z]{1,9})-([0-9a-z]{1,10})$/.exec(text) ?? [];
  const jobId = Number.parseInt(job, 36);
  if (!Number.isSafeInteger(jobId)) throw cursorInvalid();
  return { at: new Date(Number.parseInt(at, 36)), jobId };
}

async function tryOne(
  { db }: Core,
  { rule, id, last = usualTrial }: PandaRetryTrialWish,
  sight: Sight,
): Promise<PandaRetryTrial> {
  const startedMs = performance.now();
  const { looked, since, met, exact } = await tryRule(db.sql, checkRule(rule), { ruleId: id ?? null, last });
  return {
    looked,
    since: since?.toISOString() ?? null,
    met: met.length,
    behind: met.filter(({ behind }) => behind !== null).length,
    rows: met
      .filter(({ job }) => maySee(sight, job))
      .slice(0, shownOfTrial)
      .map(({ job, diag, behind }) => ({
        job: job.jobId,
        queue: job.queue,
        endedAt: job.endedAt.toISOString(),
        diag: diag.slice(0, 300),
        behind,
      })),
    exact,
    tookMs: performance.now() - startedMs,
  };
}

async function listCodes({ db, clock }: Core): Promise<PandaErrorCodes> {
  const since = new Date(clock.now().getTime() - codesOfDays * 86_400_000);
  const counts = await countByCounters(db.sql, 'code', { since });
  const failed = new Map<string, PandaErrorCodes['rows'][number]>();
  const row = (source: Parameters<typeof errorMeaning>[0], code: number) => {
    const key = `${source} ${code}`;
    const known = failed.get(key) ?? {
      source,
      code,
      meaning: errorMeaning(source, code),
      class: errorClass(source, code),
      failed: 0,
    };
    failed.set(key, known);
    return known;
  };
  for (const { source, code, failed: jobs } of counts) {
    if (source !== null && code !== null && code !== 0) row(source, code).failed += jobs;
  }
  for (const { source, code } of knownErrors()) row(source, code);
  return { rows: [...failed.values()].toSorted((a, b) => b.failed - a.failed) };
}
