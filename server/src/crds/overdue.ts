import { joinOverdue } from '../core/join-overdue.ts';
import { contextsOverdue } from './contexts/overdue.ts';
import { wrongFilesOverdue } from './scrub/health.ts';

/** Everything of this service that is past its deadline, longest overdue first; each feature watches its own objects. */
export const crdsOverdue = joinOverdue([contextsOverdue, wrongFilesOverdue]);
