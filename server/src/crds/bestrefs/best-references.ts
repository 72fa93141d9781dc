import { setImmediate } from 'node:timers/promises';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { type Answer, BestReferencesError, bestReferences, type RawHeader } from '../rules/index.ts';
import { contextOf } from './rules-of.ts';

/** What is recommended, by type in lower case. */
export type Recommendations = Record<string, Answer>;

/** Longest time in which nobody else is answered, milliseconds. */
const longestTurnMs = 10;

/**
 * Best references of one dataset. `types` null or empty stands for all of the instrument. Throws
 * `crds.header-refused` when the instrument cannot be told, and what `contextOf` throws.
 */
export async function bestReferencesOf(
  core: Core,
  observatory: string,
  context: string,
  header: RawHeader,
  types: readonly string[] | null,
): Promise<Recommendations> {
  const rules = await contextOf(core, observatory, context);
  try {
    await rules.load(rules.instrumentOf(header));
    return bestReferences(rules, header, types);
  } catch (thrown) {
    throw thrown instanceof BestReferencesError ? headerRefused(thrown) : thrown;
  }
}

/** The same for many, each by its own: what one of them lacks is said in its place. */
export async function bestReferencesOfEach<K>(
  core: Core,
  observatory: string,
  context: string,
  headers: Iterable<readonly [K, RawHeader]>,
  types: readonly string[] | null,
): Promise<Map<K, Recommendations | AppError>> {
  const found = new Map<K, Recommendations | AppError>();
  let turnBeganMs = performance.now();
  for (const [key, header] of headers) {
    found.set(
      key,
      await bestReferencesOf(core, observatory, context, header, types).catch((thrown: unknown) => {
        if (thrown instanceof AppError && thrown.code === 'crds.header-refused') return thrown;
        throw thrown;
      }),
    );
    if (performance.now() - turnBeganMs > longestTurnMs) {
      await setImmediate();
      turnBeganMs = performance.now();
    }
  }
  return found;
}

/** The instrument cannot be told from a header, or is not in the context. */
export function headerRefused(cause: BestReferencesError): AppError {
  return new AppError('invalid', 'crds.header-refused', cause.message, { cause });
}
