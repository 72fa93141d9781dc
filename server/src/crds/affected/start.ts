import { attend } from '../../core/events/index.ts';
import { perCore } from '../per-core.ts';
import { lookAtContexts } from './monitor.ts';

/** Looks for affected data as soon as a latest context changes, until the service stops in this process. */
export const startAffectedMonitor = perCore((core, onStop) => {
  const attention = attend(core, {
    topics: ['crds.context'],
    take: (events) => lookAtContexts(core, events),
    missed: 'the contexts are not followed for a moment',
  });
  onStop(() => attention.stop());
  return attention;
});
