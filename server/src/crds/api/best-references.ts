import type { CrdsBestReferences, CrdsBestReferencesWish, CrdsRecommendation } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import { fileOf } from '../catalogue/files.store.ts';
import { resolveIn } from '../contexts/resolve.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { type Answer, answersWithWarnings, bestReferences } from '../rules/index.ts';
import { type Asked, findAsked, inContext } from './asked-header.ts';
import { answerText, parametersOf, recommendationsOf } from './recommendation.ts';

/** Best references of one dataset with everything that makes people hesitate. Throws what `findAsked` throws. */
export async function answerBestReferences(
  core: Core,
  observatory: Observatory,
  wish: CrdsBestReferencesWish,
): Promise<CrdsBestReferences> {
  const startedMs = performance.now();
  const asked = await findAsked(core, observatory, wish);
  const types = typesAsked(asked, wish.types);
  const { answers, warnings: ties } = answersWithWarnings(asked.rules, asked.header, types);
  const ambiguous = new Map(ties.map(({ type, clauses }) => [type, clauses.length]));
  const recommended = await recommendationsOf(core, asked, answers, types, new Set(ambiguous.keys()));
  const parameters = parametersOf(asked);
  const missing = parameters.filter(({ written }) => written === null).map(({ name }) => name);
  return {
    observatory: asked.observatory,
    context: asked.context,
    instrument: asked.instrument.name,
    dataset: asked.dataset,
    types: recommended,
    parameters,
    headerSize: asked.headerSize,
    compared:
      wish.compareWith === undefined
        ? null
        : await compareWith(core, observatory, asked, answers, types, wish.compareWith),
    warnings: [
      ...(await contextWarnings(core, asked)),
      ...recommended.flatMap((one) => fileWarnings(one, ambiguous.get(one.type) ?? 0)),
      ...missingWarning(missing),
    ],
    command: commandOf(asked, wish.types ?? []),
    tookMs: performance.now() - startedMs,
  };
}

/** Types in lower case, each once; of an empty list all that the instrument has. */
function typesAsked({ instrument }: Asked, types: readonly string[] = []): string[] {
  if (types.length === 0) return [...instrument.types.keys()].toSorted();
  return [...new Set(types.map((type) => type.toLowerCase()))];
}

async function compareWith(
  core: Core,
  observatory: Observatory,
  { header, dataset }: Asked,
  answers: Readonly<Record<string, Answer>>,
  types: readonly string[],
  spec: string,
): Promise<CrdsBestReferences['compared']> {
  const context = await resolveIn(core.db.sql, observatory, spec);
  const other = await inContext(
    core,
    observatory.observatory,
    context,
    header as ReadonlyMap<string, unknown>,
    dataset,
  );
  const others = bestReferences(other.rules, header, types);
  const different = types.flatMap((type) => {
    const here = answerText(answers[type] ?? null);
    const there = answerText(others[type] ?? null);
    return here === there ? [] : [{ type, here, there }];
  });
  return { context, different };
}

async function contextWarnings(core: Core, { observatory, context }: Asked): Promise<string[]> {
  const file = await fileOf(core.db.sql, observatory, context);
  if (file === null || (!file.rejected && !file.blacklisted)) return [];
  const why = file.rejected ? `is marked bad: ${file.badReason}` : 'leads to rules that are marked bad';
  return [`${context} ${why}.`];
}

function fileWarnings({ type, files }: CrdsRecommendation, joined: number): string[] {
  const bad = files.filter(({ rejected }) => rejected);
  const unknown = files.filter(({ known }) => !known);
  return [
    ...bad.map(({ name, badReason }) => `${name} (${type}) is marked bad: ${badReason}.`),
    ...unknown.map(({ name }) => `${name} (${type}) is named by the rules, but is not in the catalogue.`),
    ...(joined > 1
      ? [`${joined} rules for ${type} fit equally well, and what they lead to was joined.`]
      : []),
  ];
}

const shownMissing = 8;

function missingWarning(missing: readonly string[]): string[] {
  if (missing.length === 0) return [];
  const more = missing.length > shownMissing ? ` and ${missing.length - shownMissing} more` : '';
  return [`Not in the header: ${missing.slice(0, shownMissing).join(', ')}${more}.`];
}

/** The same question for a shell. */
function commandOf({ observatory, context, dataset }: Asked, types: readonly string[]): string {
  const source = dataset === null ? '--header HEADER.json' : `--dataset ${dataset}`;
  const wanted = types.length === 0 ? '' : ` --types ${types.join(',')}`;
  return `orrery crds bestrefs --observatory ${observatory} --context ${context} ${source}${wanted}`;
}
