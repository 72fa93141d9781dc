import { buildContextOf } from '../contexts/build-context.ts';
import { historyOf } from '../contexts/history.store.ts';
import { resolveIn } from '../contexts/resolve.ts';
import { WrittenResult } from './encoded.ts';
import { plainInstant } from './instants.ts';
import { type RpcMethod, rpcMethod } from './method.ts';
import { sameObservatory } from './observatory-argument.ts';
import { context, observatoryName, orNull, text } from './parameters.ts';
import { serverInfo } from './server-info.ts';

const observatory = orNull(observatoryName);

/** Which contexts are, were and belong to what. */
export const contextMethods: readonly RpcMethod[] = [
  rpcMethod(
    'get_server_info',
    'Contexts in force, all mappings, sizes and checksums, addresses of downloads.',
    {},
    async ({ core, observatory, base }) =>
      new WrittenResult((await serverInfo(core, observatory, base)).json),
  ),
  rpcMethod(
    'get_default_context',
    'The context in use by default; with the state "edit" the newest delivered one.',
    { observatory, state: orNull(text('state', /^(latest|operational|edit|build|versions)$/)) },
    async (call, { observatory, state }) => {
      sameObservatory(call, observatory);
      const spec = `${call.observatory.observatory}-${state ?? 'latest'}`;
      return await resolveIn(call.core.db.sql, call.observatory, spec);
    },
  ),
  rpcMethod(
    'get_build_context',
    'The context that belongs to a version of the calibration software.',
    { observatory, calver: text('version', /^[A-Za-z0-9._+-]{1,128}$/) },
    async (call, { observatory, calver }) => {
      sameObservatory(call, observatory);
      return await buildContextOf(call.core.db.sql, call.observatory, calver);
    },
  ),
  rpcMethod(
    'get_context_by_date',
    'The mapping that a symbolic or dated name stands for.',
    { date: context, observatory },
    async (call, { date, observatory }) => {
      sameObservatory(call, observatory);
      return await resolveIn(call.core.db.sql, call.observatory, date);
    },
  ),
  rpcMethod(
    'get_context_history',
    'When each context came into force, and why.',
    { observatory },
    async (call, { observatory }) => {
      sameObservatory(call, observatory);
      const history = await historyOf(call.core.db.sql, call.observatory.observatory);
      return history
        .toReversed()
        .map(({ startedAt, context, description }) => [plainInstant(startedAt), context, description]);
    },
  ),
];
