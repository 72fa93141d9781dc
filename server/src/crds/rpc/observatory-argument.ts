import type { RpcCall } from './method.ts';
import { quoted, rpcRefused } from './refused.ts';

/** Many methods name the observatory once more; null means the one of the address. */
export function sameObservatory({ observatory }: RpcCall, given: string | null): void {
  if (given === null || given.toLowerCase() === observatory.observatory) return;
  throw rpcRefused(`This address serves ${observatory.observatory}, not ${quoted(given)}.`);
}
