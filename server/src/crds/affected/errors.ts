import { AppError } from '../../core/errors.ts';

/** Clients look for these words (crds 13.2.7, query_affected). */
export function affectedMissing(old: string | null, current: string | null): AppError {
  const pair = old === null || current === null ? '' : ` for ${old} --> ${current}`;
  return new AppError(
    'missing',
    'crds.affected-missing',
    `No precomputed affected datasets results exist${pair}.`,
    { next: 'An operator starts the comparison with "orrery crds affected OLD NEW".' },
  );
}

export function runUnknown(runId: number | string): AppError {
  return new AppError(
    'missing',
    'crds.affected-run-unknown',
    `There is no comparison ${String(runId).slice(0, 20)}.`,
    {
      next: 'The list of affected data has them all.',
    },
  );
}

export function runEnded(runId: number, state: string): AppError {
  return new AppError('conflict', 'crds.affected-run-ended', `Comparison ${runId} is ${state} already.`, {
    next: 'Start a new one.',
  });
}

export function contextUnsuitable(name: string): AppError {
  return new AppError(
    'invalid',
    'crds.context-unsuitable',
    `${name.slice(0, 128)} is no whole context: its name would end in .pmap.`,
    { next: 'Name two contexts, for example hst_0298.pmap and hst_0299.pmap.' },
  );
}

/** A comparison that cannot be made, whoever tries again. */
export function comparisonImpossible(why: string): AppError {
  return new AppError('conflict', 'crds.comparison-impossible', why, {
    next: 'Import the mapping that is missing or broken, and start the comparison again.',
  });
}
