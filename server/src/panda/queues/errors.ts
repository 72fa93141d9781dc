import { AppError } from '../../core/errors.ts';

/** `faults`: each a key and what is wrong with it. */
export function queueRefused(faults: readonly string[]): AppError {
  return new AppError(
    'invalid',
    'panda.queue-refused',
    `The queue is not as it should be: ${faults.slice(0, 5).join('; ')}.`,
    {
      next: 'Correct the description; the editor of queues explains every key.',
      details: { faults: faults.slice(0, 50) },
    },
  );
}

/** Somebody else was faster. */
export function queueChanged(name: string, version: number): AppError {
  const now = version === 0 ? 'is gone' : `has version ${version} now`;
  return new AppError('conflict', 'panda.queue-changed', `The queue ${name} ${now}.`, {
    next: 'Read it again, and make your change in what it is now.',
    details: { version },
  });
}

export function queueUnknown(name: string): AppError {
  return new AppError('missing', 'panda.queue-unknown', `There is no queue "${name.slice(0, 128)}".`, {
    next: 'See "orrery panda queue list" for those there are.',
  });
}

export function downtimeRefused(sentence: string): AppError {
  return new AppError('invalid', 'panda.downtime-refused', sentence, {
    next: 'A downtime begins before it ends, ends in the future, and has a reason.',
  });
}

export function downtimeUnknown(id: number): AppError {
  return new AppError('missing', 'panda.downtime-unknown', `There is no downtime ${id}.`, {
    next: 'It may have been removed just now; look at the queue again.',
  });
}

export function endpointRefused(fault: string): AppError {
  return new AppError('invalid', 'panda.endpoint-refused', `The endpoint is not as it should be: ${fault}.`, {
    next: 'Correct the description: name, state, type, site, token, is_deterministic, arprotocols.',
  });
}

/** A file that holds no JSON object of the kind that was asked for. */
export function documentUnreadable(sentence: string): AppError {
  return new AppError('invalid', 'panda.document-unreadable', sentence, {
    next: 'Give a file with one JSON object.',
  });
}
