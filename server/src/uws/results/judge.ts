import type { Definition, ResultPattern } from '../definitions/definition.ts';
import type { Ending, JobResult } from '../jobs/job.ts';
import { globTest, isGlob } from './patterns.ts';

/**
 * The sentence of a failed script is what it said itself (`words`); a missing result is a failure as well, and so are
 * results that could not be kept (`fault`).
 */
export function judge(
  ending: Ending,
  definition: Definition,
  results: readonly JobResult[],
  words: string,
  fault: string | null = null,
): Ending {
  if (ending.phase !== 'COMPLETED') return withDetail(withWords(ending, words), fault);
  if (fault !== null) return failedBy(ending, fault);
  const missing = (definition.results ?? []).filter(
    (pattern) => pattern.required === true && !results.some((result) => belongsTo(result, pattern)),
  );
  const [first] = missing;
  if (first === undefined) return ending;
  return failedBy(ending, `The run ended well but made no ${first.file} (result ${first.name}).`);
}

function withWords(ending: Ending, words: string): Ending {
  if (ending.phase !== 'ERROR' || ending.error === null || words === '') return ending;
  const isExit = ending.why.startsWith('The run ended with exit code');
  const message = isExit ? words : ending.error.message;
  return { ...ending, error: { ...ending.error, message, detail: isExit ? ending.why : words } };
}

function withDetail(ending: Ending, fault: string | null): Ending {
  if (ending.error === null || fault === null) return ending;
  const detail = [ending.error.detail, fault].filter((part) => part !== null).join('\n');
  return { ...ending, error: { ...ending.error, detail } };
}

function failedBy(ending: Ending, message: string): Ending {
  return { ...ending, phase: 'ERROR', why: message, error: { type: 'fatal', message, detail: null } };
}

function belongsTo(result: JobResult, pattern: ResultPattern): boolean {
  return result.name === pattern.name || (isGlob(pattern.file) && globTest(pattern.file)(result.fileName));
}
