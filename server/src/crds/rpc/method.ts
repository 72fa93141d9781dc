import type { Identity } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import type { Observatory } from '../observatory/observatory.ts';
import type { RpcRequest } from './envelope.ts';
import type { Parameter } from './parameters.ts';
import { quoted, rpcRefused } from './refused.ts';

/** Who calls, and of which observatory. */
export interface RpcCall {
  readonly core: Core;
  readonly observatory: Observatory;
  readonly identity: Identity;
  /** Address of the observatory as the caller knows it, without a slash at the end. */
  readonly base: string;
}

export interface RpcMethod {
  readonly name: string;
  readonly summary: string;
  /** In the order of their positions. Those that may be null may be left out. */
  readonly parameters: Readonly<Record<string, Parameter<unknown>>>;
  run(call: RpcCall, params: RpcRequest['params']): unknown;
}

type ValuesOf<P> = { readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never };

/** A method whose arguments are checked before it runs. */
export function rpcMethod<P extends Readonly<Record<string, Parameter<unknown>>>>(
  name: string,
  summary: string,
  parameters: P,
  run: (call: RpcCall, values: ValuesOf<P>) => unknown,
): RpcMethod {
  return {
    name,
    summary,
    parameters,
    run: (call, params) => run(call, bind(name, parameters, params) as ValuesOf<P>),
  };
}

/** Clients of different ages give one method more or fewer arguments: what is missing at the end is null. */
function bind(
  method: string,
  parameters: RpcMethod['parameters'],
  params: RpcRequest['params'],
): Record<string, unknown> {
  const names = Object.keys(parameters);
  const given = params instanceof Map ? params : byPosition(method, names, params as readonly unknown[]);
  for (const name of given.keys()) {
    if (!names.includes(name)) throw rpcRefused(`${method} has no parameter ${quoted(name)}.`);
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [
      name,
      parameter.read(given.get(name) ?? null, name),
    ]),
  );
}

function byPosition(
  method: string,
  names: readonly string[],
  params: readonly unknown[],
): Map<string, unknown> {
  if (params.length > names.length) {
    throw rpcRefused(`${method} takes at most ${names.length} arguments; ${params.length} were given.`);
  }
  return new Map(params.map((value, at) => [names[at] ?? '', value]));
}
