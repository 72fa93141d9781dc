import { type Answer, notApplicable } from './answer.ts';
import type { Context } from './context.ts';
import { bestReferences } from './context.ts';
import { explainRule } from './explain-selectors.ts';
import type {
  Explanation,
  ExplanationStep,
  ExpressionStep,
  HookStep,
  MatchClause,
  ParameterValue,
} from './explanation.ts';
import { EvaluationError, type Expression, isTrue } from './expression.ts';
import { Failure } from './failure.ts';
import type { Header } from './header.ts';
import type { RawHeader } from './instrument.ts';
import { isUnprocessed, minimized, type NamedHook, type Rmap, withoutIrrelevant } from './rmap.ts';
import { isOmitted, isSpecial } from './specials.ts';

/**
 * The path of decisions that leads to the best reference of one type; the answer is that of `bestReferences`. The
 * instrument must have been loaded. Throws BestReferencesError as that does.
 */
export function explain(context: Context, raw: RawHeader, type: string): Explanation {
  const instrument = context.instrument(context.instrumentOf(raw));
  const name = type.toLowerCase();
  const rules = instrument.types.get(name);
  const header = instrument.headerOf(raw);
  const base = {
    context: context.name,
    instrument: instrument.name,
    type: name,
    answer: bestReferences(context, raw, [name])[name] ?? null,
  };
  if (rules === undefined || typeof rules === 'string') {
    const says = rules ?? 'unknown';
    return { ...base, mapping: null, values: [], steps: [{ kind: 'special', says }] };
  }
  const values = valuesOf([...new Set(rules.required)], header);
  const { steps, answer } = new Walk(rules, header).run();
  return { ...base, mapping: rules.name, answer, values, steps };
}

/** Goes through a lookup step by step, as `lookUp` does. */
class Walk {
  private readonly rmap: Rmap;
  private readonly header: Header;
  private readonly steps: ExplanationStep[] = [];

  constructor(rmap: Rmap, header: Header) {
    this.rmap = rmap;
    this.header = header;
  }

  run(): { steps: ExplanationStep[]; answer: Answer } {
    const answer = this.answer();
    return { steps: this.steps, answer: answer instanceof Failure ? this.failed(answer) : answer };
  }

  private answer(): Answer | Failure {
    const { omit, relevance, precondition } = this.rmap;
    if (omit !== undefined && this.expression('omit', omit) === true) return null;
    if (relevance !== undefined && this.expression('relevance', relevance) === false) return notApplicable;
    const changed = precondition === undefined ? this.header : this.hook('before', precondition);
    if (changed instanceof Failure) return changed;
    const prepared = this.relevant(changed);
    if (prepared instanceof Failure) return prepared;
    let outcome = this.lookup(1, prepared);
    if (outcome instanceof Failure) outcome = this.retried(prepared, outcome);
    if (typeof outcome !== 'string' || !isSpecial(outcome)) return outcome;
    this.verdict(isOmitted(outcome) ? 'says-omitted' : 'says-not-applicable', outcome);
    return isOmitted(outcome) ? null : notApplicable;
  }

  private retried(prepared: Header, failure: Failure): Answer | Failure {
    const { traits, fallback, isRequired } = this.rmap;
    if (traits.hasUnprocessedGains && isUnprocessed(prepared)) {
      this.verdict('unprocessed-gain', null);
      return notApplicable;
    }
    let outcome: Answer | Failure = failure;
    if (fallback !== undefined) {
      const changed = this.hook('after-failure', fallback);
      if (changed instanceof Failure) return changed;
      const second = this.relevant(minimized(this.rmap, changed));
      outcome = second instanceof Failure ? second : this.lookup(2, second);
    }
    if (!(outcome instanceof Failure) || isRequired) return outcome;
    this.verdict('not-required', outcome.text);
    return notApplicable;
  }

  private lookup(attempt: 1 | 2, header: Header): Answer | Failure {
    const { steps, outcome } = explainRule(this.rmap.rule, header);
    const problem = outcome instanceof Failure ? outcome.text : null;
    this.steps.push({ kind: 'lookup', attempt, steps, problem });
    return outcome;
  }

  private expression(decides: 'omit' | 'relevance', expression: Expression): boolean | null {
    const step = explainExpression(decides, null, expression, this.header);
    this.steps.push(step);
    return step.isTrue;
  }

  private relevant(header: Header): Header | Failure {
    for (const { name, expression } of this.rmap.conditional) {
      this.steps.push(explainExpression('parameter', name, expression, header));
    }
    return withoutIrrelevant(this.rmap, header);
  }

  private hook(when: HookStep['when'], { name, run }: NamedHook): Header | Failure {
    const changed = run(this.header);
    const isFailure = changed instanceof Failure;
    const changes = isFailure ? [] : changesBetween(this.header, changed, this.rmap.required);
    this.steps.push({ kind: 'hook', when, name, changes, problem: isFailure ? changed.text : null });
    return changed;
  }

  private failed(failure: Failure): Answer {
    this.verdict('failed', failure.text);
    return `NOT FOUND ${failure.text}`;
  }

  private verdict(
    because: Extract<ExplanationStep, { kind: 'verdict' }>['because'],
    text: string | null,
  ): void {
    this.steps.push({ kind: 'verdict', because, text });
  }
}

function explainExpression(
  decides: ExpressionStep['decides'],
  parameter: string | null,
  expression: Expression | undefined,
  header: Header,
): ExpressionStep {
  const base = { kind: 'expression', decides, parameter } as const;
  if (expression === undefined) {
    return { ...base, expression: null, values: [], isTrue: false, problem: null };
  }
  const values = expression.names.map((name) => ({
    parameter: name,
    value: header.names(name) ?? 'UNDEFINED',
  }));
  const shown = { ...base, expression: expression.source, values };
  try {
    return { ...shown, isTrue: isTrue(expression.evaluate(header.names)), problem: null };
  } catch (error) {
    if (error instanceof EvaluationError) return { ...shown, isTrue: null, problem: error.message };
    throw error;
  }
}

function changesBetween(before: Header, after: Header, names: readonly string[]): HookStep['changes'] {
  return [...new Set(names)].flatMap((parameter) => {
    const from = before.get(parameter) ?? null;
    const to = after.get(parameter) ?? 'UNDEFINED';
    return from === to ? [] : [{ parameter, from, to }];
  });
}

function valuesOf(names: readonly string[], header: Header): ParameterValue[] {
  return names.map((parameter) => ({ parameter, value: header.get(parameter) ?? 'UNDEFINED' }));
}

/** Rules that were ambiguous for a dataset: several clauses matched equally well and were merged without a word. */
export interface AmbiguousRules {
  readonly type: string;
  readonly mapping: string;
  readonly answer: Answer;
  readonly clauses: readonly MatchClause[];
}

/**
 * Best references, and where clauses tied on the way to them. For pages: it explains every type, which takes many
 * times as long as `bestReferences` alone.
 */
export function answersWithWarnings(
  context: Context,
  raw: RawHeader,
  types: readonly string[] | null,
): { answers: Record<string, Answer>; warnings: AmbiguousRules[] } {
  const answers = bestReferences(context, raw, types);
  const warnings = Object.keys(answers).flatMap((type) => {
    const { mapping, answer, steps } = explain(context, raw, type);
    return tiesIn(steps).map((clauses) => ({ type, mapping: mapping ?? '', answer, clauses }));
  });
  return { answers, warnings };
}

/** Groups of more than one clause that were chosen, at any depth. */
function tiesIn(steps: readonly ExplanationStep[]): (readonly MatchClause[])[] {
  return steps.flatMap((step) => {
    if (step.kind === 'lookup' || step.kind === 'entry') return tiesIn(step.steps);
    if (step.kind !== 'match') return [];
    return step.groups
      .filter(({ outcome }) => outcome === 'chosen')
      .flatMap(({ clauses, steps: nested }) => [...(clauses.length > 1 ? [clauses] : []), ...tiesIn(nested)]);
  });
}
