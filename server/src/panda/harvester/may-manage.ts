import type { Queue } from '../queues/queues.store.ts';
import type { Manager } from './manager.ts';

/** True when a caller with a production role has it for the VO of the queue; a queue without a VO is everybody's. */
export function mayManage({ identity }: Pick<Manager, 'identity'>, { vo }: Pick<Queue, 'vo'>): boolean {
  if (vo === null) return true;
  return (identity.vo ?? vo) === vo && identity.may('panda.production', vo);
}
