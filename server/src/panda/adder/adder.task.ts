import Type from 'typebox';
import { defineTask } from '../../core/queue/index.ts';

/** Makes the final state of a job of its pilot's last report. Added in the transaction that takes the report. */
export const addOutputTask = defineTask({
  name: 'panda.add-output',
  payload: Type.Object({ jobId: Type.Integer(), attempt: Type.Integer() }),
  run: async () => {},
});
