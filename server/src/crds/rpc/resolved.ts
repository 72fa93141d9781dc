import { resolveIn } from '../contexts/resolve.ts';
import { isMappingName } from '../rules/index.ts';
import type { RpcCall } from './method.ts';
import { quoted, rpcRefused } from './refused.ts';

/** The mapping that a name stands for: its own, or what a symbolic or dated one means now. */
export async function resolved({ core, observatory }: RpcCall, spec: string): Promise<string> {
  return isMappingName(spec) ? spec : await resolveIn(core.db.sql, observatory, spec);
}

/** The same where only a whole context will do. */
export async function resolvedPmap(call: RpcCall, spec: string): Promise<string> {
  const name = await resolved(call, spec);
  if (name.endsWith('.pmap')) return name;
  throw rpcRefused(`${quoted(name)} is no context: its name would end in .pmap.`);
}
