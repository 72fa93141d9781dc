import {
  type PandaRetryActionRow,
  type PandaRetryRule,
  type PandaRetryRulePage,
  PandaRetryRuleQuery,
  PandaRetrySwitch,
} from '@orrery/contracts/panda';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, type Identity } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { countDecisions } from '../retry/decisions.store.ts';
import {
  countRules,
  listActions,
  listRules,
  type RuleFilter,
  type RulePlace,
  type StoredRule,
} from '../retry/list.store.ts';
import { forgetRules } from '../retry/rules.store.ts';
import {
  addRule,
  changeRule,
  getRule,
  removeRule,
  restoreRule,
  switchAction,
  switchRule,
} from '../retry/rules.ts';
import { checked } from './body.ts';
import { apiConfig } from './config.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { versionOf } from './if-match.ts';
import { apiAction, apiRule, countedSince } from './retry-rule.wire.ts';

const usualRows = 100;

/** A number that no rule has is for the operation to refuse. */
export function ruleIdOf(request: FastifyRequest): number {
  const { id } = request.params as { id: string };
  return /^\d{1,15}$/.test(id) ? Number(id) : -1;
}

/** Retry rules: what becomes of jobs that fail with a certain error. */
export function retryRuleRoutes(scope: App, core: Core): void {
  const reading = apiConfig('panda.read');
  scope.get(
    '/api/panda/retry-rules',
    { schema: { querystring: PandaRetryRuleQuery }, config: reading },
    (request): Promise<PandaRetryRulePage> =>
      pageOfRules(core, request.query as PandaRetryRuleQuery, request.identity),
  );
  scope.get('/api/panda/retry-rules/:id', { config: reading }, async (request, reply) =>
    answer(core, reply, await getRule(core, ruleIdOf(request))),
  );
  changeRoutes(scope, core);
}

function changeRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.operate');
  const done = async (reply: FastifyReply, rule: Promise<StoredRule>) => {
    const stored = await rule;
    forgetRules(core);
    return await answer(core, reply, stored);
  };
  scope.post('/api/panda/retry-rules', { config }, async (request, reply) => {
    const rule = await done(reply, addRule(core, actorOf(request), request.body));
    return reply.code(201).header('location', `/api/panda/retry-rules/${rule.id}`).send(rule);
  });
  scope.put('/api/panda/retry-rules/:id', { config }, (request, reply) =>
    done(reply, changeRule(core, actorOf(request), ruleIdOf(request), request.body, versionOf(request))),
  );
  scope.patch('/api/panda/retry-rules/:id', { config }, (request, reply) => {
    const { active } = checked(PandaRetrySwitch, request.body);
    return done(reply, switchRule(core, actorOf(request), ruleIdOf(request), active, versionOf(request)));
  });
  scope.delete('/api/panda/retry-rules/:id', { config }, (request, reply) =>
    done(reply, removeRule(core, actorOf(request), ruleIdOf(request), versionOf(request))),
  );
  scope.post('/api/panda/retry-rules/:id/restore', { config }, (request, reply) =>
    done(reply, restoreRule(core, actorOf(request), ruleIdOf(request), versionOf(request))),
  );
  scope.patch(
    '/api/panda/retry-actions/:action',
    { config },
    async (request): Promise<PandaRetryActionRow> => {
      const { active } = checked(PandaRetrySwitch, request.body);
      const { action } = request.params as { action: string };
      const stored = await switchAction(core, actorOf(request), action, active, versionOf(request));
      forgetRules(core);
      return apiAction(stored);
    },
  );
}

/** With its figures, and its version as the tag that a change of it has to name. */
async function answer(core: Core, reply: FastifyReply, rule: StoredRule): Promise<PandaRetryRule> {
  const now = core.clock.now();
  const counts = await countDecisions(core.db.sql, [rule.retryRuleId], countedSince(now));
  void reply.header('etag', `"${rule.version}"`);
  return apiRule(rule, counts, now);
}

async function pageOfRules(
  { db, clock }: Core,
  { limit = usualRows, cursor, ...filter }: PandaRetryRuleQuery,
  identity: Identity,
): Promise<PandaRetryRulePage> {
  const startedMs = performance.now();
  const now = clock.now();
  const place = cursor === undefined ? undefined : placeOf(cursor);
  const wanted: RuleFilter = filter;
  const [found, about, actions] = await Promise.all([
    // One more than wanted tells whether there is anything further that way.
    listRules(db.sql, wanted, { limit: limit + 1, ...(place === undefined ? {} : { place }) }),
    countRules(db.sql, wanted),
    listActions(db.sql),
  ]);
  const goesNewer = place?.direction === 'newer';
  const hasMore = found.length > limit;
  const rules = !hasMore ? found : goesNewer ? found.slice(1) : found.slice(0, limit);
  const counts = await countDecisions(
    db.sql,
    rules.map(({ retryRuleId }) => retryRuleId),
    countedSince(now),
  );
  const byRule = Map.groupBy(counts, ({ retryRuleId }) => retryRuleId);
  const cursorOf = (direction: 'older' | 'newer', rule: StoredRule | undefined) =>
    rule === undefined ? null : writeCursor({ direction, jobId: rule.retryRuleId });
  return {
    rows: rules.map((rule) => apiRule(rule, byRule.get(rule.retryRuleId) ?? [], now)),
    newer: (goesNewer ? hasMore : place !== undefined) ? cursorOf('newer', rules[0]) : null,
    older: goesNewer || hasMore ? cursorOf('older', rules.at(-1)) : null,
    about,
    actions: actions.map(apiAction),
    mayChange: identity.may('panda.operate'),
    tookMs: performance.now() - startedMs,
  };
}

/** Throws `panda.cursor-invalid`. */
function placeOf(cursor: string): RulePlace {
  const { direction, jobId } = readCursor(cursor);
  return { direction, ruleId: jobId };
}
