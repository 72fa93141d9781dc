import { type Answer, notApplicable } from './answer.ts';
import { EvaluationError, type Expression, isTrue, readExpression } from './expression.ts';
import { ExpressionSyntaxError } from './expression-tokens.ts';
import { Failure } from './failure.ts';
import type { Header } from './header.ts';
import { type Hook, hookNamed } from './hooks.ts';
import { isSelector, type Mapping } from './mapping.ts';
import { readFloat } from './python-text.ts';
import { RmapHeader } from './rmap-header.ts';
import { compilingSelector } from './selectors/compile.ts';
import type { Rule } from './selectors/rule.ts';
import { isOmitted, isSpecial } from './specials.ts';
import { atOnce, type Steps } from './steps.ts';
import { type Traits, traitsOf } from './traits.ts';
import { compareText } from './values.ts';

/** The rules of one type, ready to be asked. */
export interface Rmap {
  readonly name: string;
  readonly observatory: string;
  readonly instrument: string;
  readonly filekind: string;
  /** Parameters that a lookup needs, as the header names them. */
  readonly required: readonly string[];
  readonly traits: Traits;
  readonly rule: Rule;
  /** When true, the type is left out. */
  readonly omit: Expression | undefined;
  /** When false, the type does not apply. */
  readonly relevance: Expression | undefined;
  /** Parameters that become `N/A` when their expression is false; always, when they have none. */
  readonly conditional: readonly ConditionalParameter[];
  readonly precondition: NamedHook | undefined;
  readonly fallback: NamedHook | undefined;
  /** Whether a failed lookup is an error. */
  readonly isRequired: boolean;
}

export interface ConditionalParameter {
  readonly name: string;
  readonly expression: Expression | undefined;
}

export interface NamedHook {
  readonly name: string;
  readonly run: Hook;
}

/** Makes an rmap's lookups from what its file says. Throws MappingError. */
export function compileRmap(mapping: Mapping): Rmap {
  return atOnce(compilingRmap(mapping));
}

/** The same in steps, for `inTurns`. */
export function* compilingRmap(mapping: Mapping): Steps<Rmap> {
  const header = new RmapHeader(mapping);
  if (!isSelector(mapping.selector)) return header.fail('an rmap');
  const [observatory = '', instrument = '', filekind = ''] = ['observatory', 'instrument', 'filekind'].map(
    (key) => header.text(key),
  );
  const traits = traitsOf(observatory);
  const levels = header.levels();
  const required = requiredOf(header, levels, traits);
  const expression: ExpressionReader = (source, key) => readFor(source, key, required, header);
  const omit = header.text('rmap_omit') ?? 'False';
  const relevance = (header.text('rmap_relevance') ?? 'always').replaceAll('always', 'True');
  return {
    name: mapping.name,
    observatory,
    instrument,
    filekind,
    required,
    traits,
    rule: yield* compilingSelector(mapping.selector, {
      file: mapping.name,
      levels,
      substitutions: header.substitutions(),
      isMerging: header.isMerging(),
    }),
    omit: omit === 'False' ? undefined : expression(omit, 'rmap_omit'),
    relevance: relevance === 'True' ? undefined : expression(relevance, 'rmap_relevance'),
    conditional: conditionalOf(header, required, expression),
    precondition: hookOf('precondition_header', mapping, header, traits),
    fallback: hookOf('fallback_header', mapping, header, traits),
    isRequired: ['yes', 'none'].includes((header.text('reffile_required') ?? 'none').toLowerCase()),
  };
}

function requiredOf(header: RmapHeader, levels: readonly string[][], traits: Traits): string[] {
  const switchName = (header.text('reffile_switch') ?? 'none').toUpperCase();
  return [
    ...levels.flat(),
    ...(switchName === 'NONE' ? [] : [switchName]),
    ...header.names('extra_keys'),
    ...traits.extraParameters,
  ];
}

/** Reads the expression that a value of the header is. */
type ExpressionReader = (source: string, key: string) => Expression;

/** Expressions say dotted names with dots; they are read with underscores. */
function readFor(source: string, key: string, required: readonly string[], header: RmapHeader): Expression {
  let text = source;
  for (const name of required) {
    if (name.includes('.')) text = text.replaceAll(name, name.replaceAll('.', '_'));
  }
  try {
    return readExpression(text);
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    const at = error.at < 0 ? source.length : error.at;
    return header.fail(`${error.expected} in the expression ${source.slice(0, 200)}`, key, at);
  }
}

function conditionalOf(
  header: RmapHeader,
  required: readonly string[],
  read: ExpressionReader,
): ConditionalParameter[] {
  const expressions = new Map<string, Expression | undefined>();
  for (const [name, source] of header.pairs('parkey_relevance'))
    expressions.set(name.toLowerCase(), read(source, `parkey_relevance.${name}`));
  for (const name of header.names('comment_parkeys')) expressions.set(name.toLowerCase(), undefined);
  return required.flatMap((name) => {
    const key = name.toLowerCase();
    return expressions.has(key) ? [{ name, expression: expressions.get(key) }] : [];
  });
}

function hookOf(
  generic: string,
  mapping: Mapping,
  header: RmapHeader,
  traits: Traits,
): NamedHook | undefined {
  if (!traits.hasHooks) return undefined;
  const hooks = new Map(header.pairs('hooks'));
  const implied = `${generic}_${header.text('instrument')}_${header.text('filekind')}_v1`;
  const name = hooks.size > 0 ? (hooks.get(generic) ?? generic) : implied;
  // Hooks belong to the instrument's module; one of another instrument does not exist there.
  const run = name.includes(`_${header.text('instrument')}_`) ? hookNamed(name) : undefined;
  return run === undefined || mapping.kind !== 'rmap' ? undefined : { name, run };
}

/** What the rules recommend; a failure, or null when the type is left out. */
export function lookUp(rmap: Rmap, header: Header): Answer | Failure | null {
  if (rmap.omit !== undefined && holds(rmap.omit, header) === true) return null;
  if (rmap.relevance !== undefined && holds(rmap.relevance, header) === false) return notApplicable;
  const prepared = prepare(rmap, header);
  if (prepared instanceof Failure) return prepared;
  let outcome = rmap.rule.choose(prepared);
  if (outcome instanceof Failure) outcome = retry(rmap, header, prepared, outcome);
  if (typeof outcome === 'string' && isSpecial(outcome)) return isOmitted(outcome) ? null : notApplicable;
  return outcome;
}

/** Whether an expression is true; undefined when it cannot be evaluated, which then counts as if it were not there. */
export function holds(expression: Expression, header: Header): boolean | undefined {
  try {
    return isTrue(expression.evaluate(header.names));
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

/** The header as the selector tree sees it. */
function prepare(rmap: Rmap, header: Header): Header | Failure {
  if (rmap.precondition === undefined) return withoutIrrelevant(rmap, header);
  const changed = rmap.precondition.run(header);
  return changed instanceof Failure ? changed : withoutIrrelevant(rmap, changed);
}

/** Parameters that do not matter for this dataset become `N/A`. */
export function withoutIrrelevant(rmap: Rmap, header: Header): Header | Failure {
  let changes: Map<string, string> | undefined;
  for (const { name, expression } of rmap.conditional) {
    try {
      if (expression !== undefined && isTrue(expression.evaluate(header.names))) continue;
    } catch (error) {
      if (error instanceof EvaluationError) return new Failure(error.message);
      throw error;
    }
    changes ??= new Map();
    changes.set(name, 'N/A');
  }
  return changes === undefined ? header : header.with(changes);
}

function retry(rmap: Rmap, given: Header, prepared: Header, failure: Failure): Answer | Failure {
  if (rmap.traits.hasUnprocessedGains && isUnprocessed(prepared)) return notApplicable;
  let outcome: Answer | Failure = failure;
  if (rmap.fallback !== undefined) {
    const changed = rmap.fallback.run(given);
    if (changed instanceof Failure) return changed;
    const second = withoutIrrelevant(rmap, minimized(rmap, changed));
    outcome = second instanceof Failure ? second : rmap.rule.choose(second);
  }
  return outcome instanceof Failure && !rmap.isRequired ? notApplicable : outcome;
}

/** The header with only what this type asks for. */
export function minimized(rmap: Rmap, header: Header): Header {
  return header.restricted(rmap.required);
}

/** Data of the wide field camera with these gains is not processed again and needs no references. */
export function isUnprocessed(header: Header): boolean {
  if (header.get('DETECTOR') !== 'WFC') return false;
  const gain = readFloat(header.get('CCDGAIN') ?? '');
  return gain === 0.5 || gain === 1.4;
}

/** References that the rules may recommend, sorted, each once. */
export function referencesOf(rmap: Rmap): string[] {
  const files = new Set<string>();
  addFiles(rmap.rule, files);
  return [...files].sort(compareText);
}

function addFiles(rule: Rule, files: Set<string>): void {
  for (const branch of rule.branches) {
    if (branch.rule !== null) addFiles(branch.rule, files);
    else addNames(branch.answer, files);
  }
}

function addNames(answer: Answer, files: Set<string>): void {
  if (typeof answer === 'string') {
    if (!isSpecial(answer)) files.add(answer);
  } else if (typeof answer === 'object' && answer !== null) {
    for (const item of Object.values(answer)) addNames(item, files);
  }
}
