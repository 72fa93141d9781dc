import { pushRemoteContext, remoteContextOf } from '../contexts/remote-contexts.ts';
import { type RpcMethod, rpcMethod } from './method.ts';
import { sameObservatory } from './observatory-argument.ts';
import { context, observatoryName, orNull, text } from './parameters.ts';

const observatory = orNull(observatoryName);

/** What pipelines elsewhere say of the context they use. */
export const remoteMethods: readonly RpcMethod[] = [
  rpcMethod(
    'push_remote_context',
    'A pipeline says which context it uses; the name is said back.',
    { observatory, kind: text('kind'), key: text('key of a pipeline'), context },
    async (call, { observatory, kind, key, context }) => {
      sameObservatory(call, observatory);
      const push = { kind, pipeline: key, context };
      return await pushRemoteContext(call.core, call.observatory.observatory, push);
    },
  ),
  rpcMethod(
    'get_remote_context',
    'The context that a pipeline named last.',
    { observatory, key: text('key of a pipeline') },
    async (call, { observatory, key }) => {
      sameObservatory(call, observatory);
      return (await remoteContextOf(call.core, call.observatory.observatory, key)).context;
    },
  ),
];
