import type {
  PandaErrorCodes,
  PandaJobRetryDecisions,
  PandaRetryDecisionPage,
  PandaRetryRule,
  PandaRetryRuleFilter,
  PandaRetryRulePage,
  PandaRetryRuleWish,
  PandaRetryTrial,
} from '@orrery/contracts';
import { queryOptions } from '@tanstack/react-query';
import { call, get, withQuery } from '../shared/api.ts';
import { type KeysetPlace, keysetQuery } from '../shared/keyset-table.tsx';
import { api, jobPath } from './queries.ts';

export const rulesPath = `${api}/retry-rules`;

export const rulesQuery = (filter: PandaRetryRuleFilter, { cursor }: KeysetPlace = {}, limit = 100) =>
  keysetQuery<PandaRetryRulePage>(
    ['panda', 'retry-rules', filter, cursor ?? null, limit],
    withQuery(rulesPath, { ...filter, cursor, limit }),
  );

export const ruleQuery = (id: number) =>
  queryOptions({
    queryKey: ['panda', 'retry-rule', id],
    queryFn: ({ signal }) => get<PandaRetryRule>(`${rulesPath}/${id}`, signal),
    staleTime: 5_000,
  });

export const decisionsQuery = (id: number, cursor: string | undefined) =>
  queryOptions({
    queryKey: ['panda', 'retry-decisions', id, cursor ?? null],
    queryFn: ({ signal }) =>
      get<PandaRetryDecisionPage>(withQuery(`${rulesPath}/${id}/decisions`, { cursor, limit: 20 }), signal),
    staleTime: 10_000,
    placeholderData: (before) => before,
  });

export const jobDecisionsQuery = (id: number) =>
  queryOptions({
    queryKey: ['panda', 'job', String(id), 'retry-decisions'],
    queryFn: ({ signal }) => get<PandaJobRetryDecisions>(`${jobPath(id)}/retry-decisions`, signal),
    staleTime: 10_000,
  });

export const errorCodesQuery = queryOptions({
  queryKey: ['panda', 'error-codes'],
  queryFn: ({ signal }) => get<PandaErrorCodes>(`${api}/error-codes`, signal),
  staleTime: 60_000,
});

/** What a rule would have done; asked for while it is written. */
export const trialQuery = (rule: PandaRetryRuleWish | undefined, id: number | undefined) =>
  queryOptions({
    queryKey: ['panda', 'retry-trial', rule ?? null, id ?? null],
    queryFn: ({ signal }) =>
      call<PandaRetryTrial>('POST', `${rulesPath}/trial`, {
        body: { rule, ...(id === undefined ? {} : { id }) },
        signal,
      }),
    enabled: rule !== undefined,
    staleTime: 30_000,
    retry: false,
    placeholderData: (before) => before,
  });
