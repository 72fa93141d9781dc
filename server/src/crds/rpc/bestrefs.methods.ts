import type { AppError } from '../../core/errors.ts';
import { bestReferencesOf, bestReferencesOfEach, type Recommendations } from '../bestrefs/best-references.ts';
import { contextOf } from '../bestrefs/rules-of.ts';
import { type FoundDataset, headersByAsked, notFoundText } from '../datasets/read.ts';
import { mostArchiveIds, mostHeaders } from './limits.ts';
import { type RpcCall, type RpcMethod, rpcMethod } from './method.ts';
import { context, datasetId, flag, header, headers, listOf, orNull, text, types } from './parameters.ts';
import { resolved } from './resolved.ts';

/** Which files suit a dataset. */
export const bestrefsMethods: readonly RpcMethod[] = [
  rpcMethod(
    'get_required_parkeys',
    'Parameters of headers that a context asks for, by instrument.',
    { context },
    async (call, { context }) => await requiredParameters(call, await resolved(call, context)),
  ),
  rpcMethod(
    'get_best_references',
    'Best references of a dataset, by type.',
    { context, header, reftypes: types },
    async (call, { context, header, reftypes }) => {
      const { core, observatory } = call;
      const name = await resolved(call, context);
      return await bestReferencesOf(core, observatory.observatory, name, header, reftypes);
    },
  ),
  rpcMethod(
    'get_best_references_by_header_map',
    'Best references of many datasets, by id and type.',
    { context, header_map: headers(mostHeaders), reftypes: types },
    async (call, { context, header_map, reftypes }) => {
      const name = await resolved(call, context);
      const found = await each(call, name, header_map, reftypes);
      return Object.fromEntries(
        [...found].map(([id, one]) => [id, one instanceof Error ? `NOT FOUND ${one.message}` : one]),
      );
    },
  ),
  rpcMethod(
    'get_best_references_by_ids',
    'Best references of registered datasets: [true, recommendations], or [false, why not], by id.',
    {
      context,
      dataset_ids: listOf(datasetId, mostHeaders),
      reftypes: types,
      include_headers: flag,
    },
    async (call, { context, dataset_ids, reftypes, include_headers }) => {
      const name = await resolved(call, context);
      return await byIds(call, name, dataset_ids, reftypes, (one, { header }) =>
        include_headers ? [true, one, header] : [true, one],
      );
    },
  ),
  rpcMethod(
    'get_aui_best_references',
    'Files that registered datasets need: [true, names], or [false, why not], by id.',
    { date: orNull(text('context or date')), dataset_ids: listOf(datasetId, mostArchiveIds) },
    async (call, { date, dataset_ids }) => {
      const name = await resolved(call, date ?? `${call.observatory.observatory}-latest`);
      return await byIds(call, name, dataset_ids, null, (one) => [true, namesIn(one)]);
    },
  ),
];

async function requiredParameters(call: RpcCall, name: string): Promise<unknown> {
  const rules = await contextOf(call.core, call.observatory.observatory, name);
  const lists: [string, string[]][] = [];
  for (const instrument of rules.instruments) {
    lists.push([instrument, await rules.requiredParameters(instrument)]);
  }
  return name.endsWith('.pmap') ? Object.fromEntries(lists) : (lists[0]?.[1] ?? []);
}

function each(
  { core, observatory }: RpcCall,
  context: string,
  all: Iterable<readonly [string, Readonly<Record<string, unknown>>]>,
  types: readonly string[] | null,
): Promise<Map<string, Recommendations | AppError>> {
  return bestReferencesOfEach(core, observatory.observatory, context, all, types);
}

/** Answers by the full ids of what was found, and by what was asked where nothing was. */
async function byIds(
  call: RpcCall,
  context: string,
  ids: readonly string[],
  types: readonly string[] | null,
  render: (one: Recommendations, dataset: FoundDataset) => readonly unknown[],
): Promise<Record<string, unknown>> {
  const asked = await headersByAsked(call.core, call.observatory.observatory, ids);
  const datasets = new Map([...asked.values()].flat().map((dataset) => [dataset.id, dataset]));
  const found = await each(
    call,
    context,
    [...datasets].map(([id, { header }]) => [id, header] as const),
    types,
  );
  const answers = new Map<string, readonly unknown[]>();
  for (const [id, some] of asked) if (some.length === 0) answers.set(id, [false, notFoundText(id)]);
  for (const [id, dataset] of datasets) {
    const one = found.get(id);
    if (one === undefined) continue;
    answers.set(id, one instanceof Error ? [false, `NOT FOUND ${one.message}`] : render(one, dataset));
  }
  return Object.fromEntries(answers);
}

/** Every file that is recommended, each once, in the order of the types. */
function namesIn(recommendations: Recommendations): string[] {
  const names = new Set<string>();
  const add = (answer: unknown): void => {
    if (typeof answer === 'string') {
      if (!answer.startsWith('NOT FOUND')) names.add(answer);
    } else if (typeof answer === 'object' && answer !== null) {
      for (const one of Object.values(answer)) add(one);
    }
  };
  for (const answer of Object.values(recommendations)) add(answer);
  return [...names];
}
