import { catalogueMethods } from './catalogue.methods.ts';
import { contextMethods } from './context.methods.ts';
import type { RpcMethod } from './method.ts';

/** Everything that can be called, by name. */
export const rpcMethods: ReadonlyMap<string, RpcMethod> = new Map(
  [...contextMethods, ...catalogueMethods].map((method) => [method.name, method]),
);
