import { affectedMethods } from './affected.methods.ts';
import { bestrefsMethods } from './bestrefs.methods.ts';
import { catalogueMethods } from './catalogue.methods.ts';
import { contextMethods } from './context.methods.ts';
import { datasetMethods } from './dataset.methods.ts';
import type { RpcMethod } from './method.ts';
import { remoteMethods } from './remote.methods.ts';
import { systemMethods } from './system.methods.ts';

/** Everything that can be called, by name. */
export const rpcMethods: ReadonlyMap<string, RpcMethod> = new Map(
  [
    ...contextMethods,
    ...catalogueMethods,
    ...bestrefsMethods,
    ...datasetMethods,
    ...affectedMethods,
    ...remoteMethods,
    ...systemMethods,
  ].map((method) => [method.name, method]),
);
