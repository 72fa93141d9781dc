import { joinOverdue } from '../core/join-overdue.ts';
import { overdueHarvesters } from './harvester/overdue-harvesters.ts';
import { overdueJobs } from './watch/overdue.ts';

/** Everything of PanDA that may be past its deadline, longest overdue first. */
export const overdueWork = joinOverdue([overdueJobs, overdueHarvesters]);
