import { affectedResult } from '../affected/affected.ts';
import { type RpcMethod, rpcMethod } from './method.ts';
import { sameObservatory } from './observatory-argument.ts';
import { context, observatoryName, orNull } from './parameters.ts';

/** What a new context changes for datasets. */
export const affectedMethods: readonly RpcMethod[] = [
  rpcMethod(
    'get_affected_datasets',
    'Datasets that get other references under a new context than under an old one.',
    { observatory: orNull(observatoryName), old_context: orNull(context), new_context: orNull(context) },
    async (call, { observatory, old_context, new_context }) => {
      sameObservatory(call, observatory);
      return await affectedResult(call.core, call.observatory.observatory, old_context, new_context);
    },
  ),
];
