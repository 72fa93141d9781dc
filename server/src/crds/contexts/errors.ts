import { AppError } from '../../core/errors.ts';

export function contextUnknown(observatory: string, spec: string): AppError {
  return new AppError(
    'missing',
    'crds.context-unknown',
    `${observatory} has no context "${spec.slice(0, 128)}".`,
    {
      next: `The contexts are listed at /api/crds/observatories/${observatory}/contexts.`,
    },
  );
}

export function contextUnset(observatory: string, what: string): AppError {
  return new AppError('missing', 'crds.context-unset', `${observatory} has no ${what} context.`, {
    next: 'An operator sets it with "orrery crds context set".',
  });
}

export function contextRefused(
  sentence: string,
  details: Record<string, unknown> = {},
  next?: string,
): AppError {
  return new AppError('conflict', 'crds.context-refused', sentence, {
    details,
    ...(next === undefined ? {} : { next }),
  });
}

export function descriptionInvalid(): AppError {
  return new AppError(
    'invalid',
    'crds.description-invalid',
    'The description is one line of at most 1000 characters.',
  );
}
