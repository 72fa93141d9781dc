import type { CrdsExplore, CrdsExploreWish } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import { resolveIn } from '../contexts/resolve.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { answersWithWarnings } from '../rules/index.ts';
import { inContext } from './asked-header.ts';
import { parametersToChoose } from './explore-values.ts';
import { recommendationsOf } from './recommendation.ts';

/**
 * What the rules of an instrument let one choose, and what they recommend for the choices so far. Throws
 * `crds.context-unknown`, `crds.header-refused` for an unknown instrument.
 */
export async function explore(
  core: Core,
  observatory: Observatory,
  { context: spec, instrument: name, types: wanted = [], choices = {} }: CrdsExploreWish,
): Promise<CrdsExplore> {
  const startedMs = performance.now();
  const context = await resolveIn(core.db.sql, observatory, spec ?? null);
  const chosen = new Map(
    Object.entries(choices)
      .filter(([, value]) => value !== '')
      .map(([key, value]) => [key.toUpperCase(), value]),
  );
  const header = new Map<string, unknown>(chosen);
  // Under this name every observatory finds its instrument, whatever its own keyword is.
  for (const keyword of ['INSTRUME', 'META.INSTRUMENT.NAME', 'ROMAN.META.INSTRUMENT.NAME'])
    header.set(keyword, name);
  const asked = await inContext(core, observatory.observatory, context, header, null);
  const { instrument, rules } = asked;
  const types =
    wanted.length === 0
      ? [...instrument.types.keys()].toSorted()
      : [...new Set(wanted.map((type) => type.toLowerCase()))];
  const { answers, warnings } = answersWithWarnings(rules, header, types);
  return {
    observatory: observatory.observatory,
    context,
    instrument: instrument.name,
    parameters: parametersToChoose(instrument, types, instrument.headerOf(header), chosen),
    types: await recommendationsOf(core, asked, answers, types, new Set(warnings.map(({ type }) => type))),
    tookMs: performance.now() - startedMs,
  };
}
