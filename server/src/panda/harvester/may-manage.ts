import type { Caller } from '../front/caller.ts';
import type { Queue } from '../queues/queues.store.ts';

/** True when a caller with a production role has it for the VO of the queue; a queue without a VO is everybody's. */
export function mayManage({ identity }: Caller, { vo }: Queue): boolean {
  if (vo === null) return true;
  return (identity.vo ?? vo) === vo && identity.may('panda.production', vo);
}
