import { resolveIn } from '../contexts/resolve.ts';
import { isMappingName } from '../rules/index.ts';
import type { RpcCall } from './method.ts';

/** The mapping that a name stands for: its own, or what a symbolic or dated one means now. */
export async function resolved({ core, observatory }: RpcCall, spec: string): Promise<string> {
  return isMappingName(spec) ? spec : await resolveIn(core.db.sql, observatory, spec);
}
