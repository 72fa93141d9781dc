import type { Answer } from '../answer.ts';
import type { Failure } from '../failure.ts';
import { Failure as FailureClass } from '../failure.ts';
import type { Header, Parameters } from '../header.ts';
import type { Literal } from '../literal.ts';
import type { SelectorName } from '../mapping.ts';
import { quoted } from '../python-text.ts';

/** One compiled level of rules. */
export interface Rule {
  readonly selector: SelectorName;
  readonly parameters: Parameters;
  readonly branches: readonly Branch[];
  /** What these rules recommend for a dataset, or why nothing. */
  choose(header: Header): Answer | Failure;
}

/** One entry of a level. Keys are for showing; every selector keeps its own form of them for searching. */
export interface Branch {
  /** The conditioned key; of a Match its elements. */
  readonly key: string | readonly string[];
  readonly line: number;
  /** The next level, or null. */
  readonly rule: Rule | null;
  /** What is recommended when there is no next level. */
  readonly answer: Answer;
  /** The answer as it is written in the file. */
  readonly literal: Literal;
}

/** What a branch leads to. */
export function follow(branch: Branch, header: Header): Answer | Failure {
  if (branch.rule === null) return branch.answer;
  const outcome = branch.rule.choose(header);
  return outcome instanceof FailureClass && outcome.isLookup ? allFailed(outcome) : outcome;
}

/** How a level other than Match reports that the level below found nothing. */
function allFailed(last: Failure): Failure {
  return new FailureClass(`All lookup attempts failed. last exception: ${last.text}`, true);
}

/** The parameter's value as a number of Python, or why it is none. */
export function missing(name: string): Failure {
  return new FailureClass(quoted(name));
}

/** The name of a type in Python's messages. */
export function typeName(branch: Branch): string {
  if (branch.rule !== null) return `${branch.rule.selector}Selector`;
  const { literal } = branch;
  if (literal === null) return 'NoneType';
  if (typeof literal === 'string') return 'str';
  if (typeof literal === 'boolean') return 'bool';
  if (Array.isArray(literal)) return 'list';
  const names: Readonly<Record<string, string>> = { Tuple: 'tuple', Dict: 'dict', NumberLiteral: 'float' };
  return names[literal.constructor.name] ?? 'object';
}
