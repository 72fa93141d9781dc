import { AppError } from '../../core/errors.ts';

export function datasetIdInvalid(id: string): AppError {
  return new AppError('invalid', 'crds.dataset-id-invalid', `"${id.slice(0, 140)}" is no id of a dataset.`, {
    next: 'Ids have 1 to 128 letters, digits and . _ : + -',
  });
}

export function sinceInvalid(text: string): AppError {
  return new AppError('invalid', 'crds.date-invalid', `"${text.slice(0, 60)}" is no date.`, {
    next: 'Write a date like 2031-01-01 or 2031-01-01T10:00:00.',
  });
}

export function datasetUnknown(observatory: string, id: string): AppError {
  return new AppError(
    'missing',
    'crds.dataset-unknown',
    `${observatory} has no dataset "${id.slice(0, 140)}".`,
    {
      next: `Datasets are registered with "orrery crds dataset load" or at /api/crds/observatories/${observatory}/datasets.`,
    },
  );
}

export function datasetsMany(limit: number): AppError {
  return new AppError(
    'too-large',
    'crds.datasets-many',
    `The answer would have more than ${limit} datasets.`,
    {
      next: 'Ask for fewer ids, or for exposures since a later date.',
    },
  );
}
