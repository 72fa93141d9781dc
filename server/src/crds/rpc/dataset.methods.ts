import { datasetHeaders, datasetIds } from '../datasets/read.ts';
import { mostHeaders } from './limits.ts';
import { type RpcMethod, rpcMethod } from './method.ts';
import { datasetId, instrument, listOf, orNull, text } from './parameters.ts';

const context = orNull(text('context'));
const since = orNull(text('date'));

/** Headers of exposures that were registered. */
export const datasetMethods: readonly RpcMethod[] = [
  rpcMethod(
    'get_dataset_ids',
    'Ids of the datasets of an instrument, of those since a date when one is given.',
    { context, instrument, datasets_since: since },
    ({ core, observatory }, { instrument, datasets_since }) =>
      datasetIds(core, observatory.observatory, instrument, datasets_since),
  ),
  rpcMethod(
    'get_dataset_headers_by_id',
    'Headers by full id; what is asked may be a whole id or either half of one.',
    { context, dataset_ids: listOf(datasetId, mostHeaders), datasets_since: since },
    ({ core, observatory }, { dataset_ids, datasets_since }) =>
      datasetHeaders(core, observatory.observatory, dataset_ids, datasets_since),
  ),
];
