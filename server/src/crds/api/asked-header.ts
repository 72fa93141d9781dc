import type { CrdsHeader } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { headerRefused } from '../bestrefs/best-references.ts';
import { contextOf } from '../bestrefs/rules-of.ts';
import { resolveIn } from '../contexts/resolve.ts';
import { datasetUnknown } from '../datasets/errors.ts';
import { headersByAsked } from '../datasets/read.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { BestReferencesError, type Context, type Instrument, type RawHeader } from '../rules/index.ts';

/** A dataset in a context, with the rules of its instrument in memory. */
export interface Asked {
  observatory: string;
  /** Name of the mapping. */
  context: string;
  rules: Context;
  instrument: Instrument;
  header: RawHeader;
  headerSize: number;
  /** Its full id; null when only a header was given. */
  dataset: string | null;
}

interface Wish {
  context?: string;
  dataset?: string;
  header?: CrdsHeader;
}

/**
 * Finds the context, the header and the rules that a question is about. Throws `crds.context-unknown`,
 * `crds.dataset-unknown`, `crds.dataset-ambiguous`, `crds.header-missing`, `crds.header-refused`.
 */
export async function findAsked(core: Core, observatory: Observatory, wish: Wish): Promise<Asked> {
  const context = await resolveIn(core.db.sql, observatory, wish.context ?? null);
  const { dataset, header } = await headerAsked(core, observatory.observatory, wish);
  return await inContext(core, observatory.observatory, context, header, dataset);
}

/** The same header in a context. Throws `crds.header-refused`, and what reading the rules throws. */
export async function inContext(
  core: Core,
  observatory: string,
  context: string,
  header: ReadonlyMap<string, unknown>,
  dataset: string | null,
): Promise<Asked> {
  const rules = await contextOf(core, observatory, context);
  try {
    const instrument = await rules.load(rules.instrumentOf(header));
    return { observatory, context, rules, instrument, header, headerSize: header.size, dataset };
  } catch (thrown) {
    throw thrown instanceof BestReferencesError ? headerRefused(thrown) : thrown;
  }
}

async function headerAsked(
  core: Core,
  observatory: string,
  { dataset: asked, header = {} }: Wish,
): Promise<{ header: Map<string, unknown>; dataset: string | null }> {
  const own = new Map<string, unknown>(Object.entries(header));
  if (asked === undefined) {
    if (own.size === 0) throw headerMissing();
    return { header: own, dataset: null };
  }
  const [found, ...others] = (await headersByAsked(core, observatory, [asked])).get(asked) ?? [];
  if (found === undefined) throw datasetUnknown(observatory, asked);
  if (others.length > 0) throw datasetAmbiguous(asked, [found.id, ...others.map(({ id }) => id)]);
  return { header: new Map([...Object.entries(found.header), ...own]), dataset: found.id };
}

function headerMissing(): AppError {
  return new AppError('invalid', 'crds.header-missing', 'There is nothing to find references for.', {
    next: 'Give a header, or the id of a registered dataset.',
  });
}

function datasetAmbiguous(asked: string, ids: readonly string[]): AppError {
  return new AppError('conflict', 'crds.dataset-ambiguous', `"${asked}" stands for ${ids.length} datasets.`, {
    next: 'Name one of them by its whole id, product:exposure.',
    details: { ids: ids.slice(0, 50) },
  });
}
