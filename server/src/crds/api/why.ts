import type { CrdsRecommendation, CrdsWhy, CrdsWhyLevel, CrdsWhyWish } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { type Explanation, type ExplanationStep, explain } from '../rules/index.ts';
import { type Asked, findAsked } from './asked-header.ts';
import { contextTree } from './context-tree.ts';
import { parametersOf, recommendationsOf } from './recommendation.ts';
import { changesOf } from './why-changes.ts';
import { levelsOf } from './why-levels.ts';
import { whyOf } from './why-sentences.ts';

/** Why rules recommend what they recommend for one type. Throws what `findAsked` throws. */
export async function explainAnswer(
  core: Core,
  observatory: Observatory,
  wish: CrdsWhyWish,
): Promise<CrdsWhy> {
  const startedMs = performance.now();
  const asked = await findAsked(core, observatory, wish);
  const explanation = explain(asked.rules, asked.header, wish.type);
  const { type, answer, mapping } = explanation;
  const rules = asked.instrument.types.get(type);
  const levels = levelsOf(explanation, rules === undefined || typeof rules === 'string' ? null : rules.rule);
  const isTied = levels.some(({ joined }) => joined > 1);
  const answers = answer === null ? {} : { [type]: answer };
  const [recommendation] = await recommendationsOf(
    core,
    asked,
    answers,
    [type],
    new Set(isTied ? [type] : []),
  );
  const recommended = recommendation ?? missingRecommendation(type);
  const imap = await imapOf(core, observatory, asked);
  return {
    observatory: asked.observatory,
    context: asked.context,
    instrument: asked.instrument.name,
    imap,
    rmap: mapping,
    type,
    recommendation: recommended,
    why: whyOf({ asked, explanation, recommendation: recommended, levels, imap }),
    conditions: conditionsOf(explanation),
    levels,
    parameters: rolesOf(asked, explanation, levels),
    changes: changesOf(asked, type, levels),
    tookMs: performance.now() - startedMs,
  };
}

function missingRecommendation(type: string): CrdsRecommendation {
  return { type, outcome: 'omitted', files: [], message: '', rmap: null, ambiguous: false };
}

async function imapOf(
  core: Core,
  observatory: Observatory,
  { context, instrument }: Asked,
): Promise<string | null> {
  if (!context.endsWith('.pmap')) return null;
  const { instruments } = await contextTree(core, observatory, context);
  return instruments.find((one) => one.instrument === instrument.name)?.imap ?? null;
}

const conditionNames = {
  omit: 'rmap_omit',
  relevance: 'rmap_relevance',
  parameter: 'parkey_relevance',
} as const;

function conditionsOf({ steps }: Explanation): CrdsWhy['conditions'] {
  return steps.flatMap((step) => {
    if (step.kind !== 'expression') return [];
    const isComment = step.expression === null;
    return [
      {
        name: isComment ? 'comment_parkeys' : conditionNames[step.decides],
        parameter: step.parameter,
        expression: step.expression ?? '',
        holds: step.isTrue,
        text: conditionText(step),
      },
    ];
  });
}

function conditionText(step: Extract<ExplanationStep, { kind: 'expression' }>): string {
  const { decides, parameter, isTrue, expression, problem } = step;
  if (expression === null) return `${parameter} is a comment in these rules and never compared.`;
  if (isTrue === null) return `It cannot be evaluated and is ignored: ${problem?.trim() ?? ''}`.trimEnd();
  if (decides === 'omit') return isTrue ? 'The type is left out.' : 'The type is not left out.';
  if (decides === 'relevance') return isTrue ? 'The rules apply.' : 'The type does not apply.';
  return isTrue ? `${parameter} counts.` : `${parameter} counts as not applicable.`;
}

/** The values that decided, with what each of them did. */
function rolesOf(
  asked: Asked,
  { values, steps }: Explanation,
  levels: readonly CrdsWhyLevel[],
): CrdsWhy['parameters'] {
  const roles = new Map<string, CrdsWhy['parameters'][number]['role']>();
  for (const step of steps) {
    if (step.kind === 'expression')
      for (const { parameter } of step.values) roles.set(parameter, 'relevance');
  }
  for (const level of levels) {
    const rule = level.rules.find(({ chosen }) => chosen) ?? level.rules[0];
    for (const [at, name] of level.parameters.entries()) {
      const verdict = level.selector === 'Match' ? rule?.values[at]?.verdict : undefined;
      const role =
        level.selector !== 'Match'
          ? level.face === 'bad'
            ? 'failed'
            : 'decides'
          : verdict === 'match'
            ? 'matched'
            : verdict === 'fails'
              ? 'failed'
              : 'ignored';
      roles.set(name, role);
    }
  }
  const used = new Set(values.map(({ parameter }) => parameter.toUpperCase()));
  return parametersOf(asked)
    .filter(({ name }) => used.has(name))
    .map((parameter) => ({ ...parameter, role: roles.get(parameter.name) ?? 'ignored' }));
}
