import type { CrdsChange, CrdsDifferenceRow } from '@orrery/contracts/crds';
import type { Difference, Step } from '../rules/index.ts';

/** Names of steps that are mappings (crds 13.2.7). */
const mappingSteps: readonly Step[] = ['PipelineContext', 'InstrumentContext', 'ReferenceMapping'];

/** A difference with its way split into mappings and the rule. */
export function apiDifference({
  values,
  parameterNames,
  instrument,
  filekind,
}: Difference): CrdsDifferenceRow {
  const message = values.at(-1);
  const text = typeof message === 'string' ? message : '';
  const row: CrdsDifferenceRow = {
    files: [],
    instrument,
    type: filekind,
    change: changeOf(text),
    rule: [],
    message: text,
  };
  for (const [at, name] of parameterNames.slice(0, -1).entries()) {
    const value = values[at] ?? '';
    if (mappingSteps.includes(name)) row.files.push(pairOf(value));
    else row.rule.push(...named(name, value));
  }
  return row;
}

function pairOf(step: Step): { old: string | null; new: string | null } {
  const [old = null, current = null] = typeof step === 'string' ? [step] : step;
  return { old, new: current };
}

function named(name: Step, value: Step): Array<{ name: string; value: string }> {
  const names = typeof name === 'string' ? [name] : name;
  const values = typeof value === 'string' ? [value] : value;
  return values.map((one, at) => ({ name: names[at] ?? '', value: one }));
}

function changeOf(message: string): CrdsChange {
  const [, word] = /^(?:header )?(added|deleted|replaced)\b/.exec(message) ?? [];
  return word === 'added' || word === 'deleted' || word === 'replaced' ? word : 'other';
}

/** The mappings that a message names as new, gone or replaced; null when it names none. */
export function filesOfMessage(message: string): { old: string | null; new: string | null } | null {
  const isMapping = (name: string | undefined) => name !== undefined && /\.[pir]map$/.test(name);
  const [, change, first, second] =
    /^(added|deleted|replaced) '([^']+)'(?: with '([^']+)')?$/.exec(message) ?? [];
  if (change === 'replaced' && first !== undefined && second !== undefined) {
    if (!isMapping(first) && !isMapping(second)) return null;
    return { old: isMapping(first) ? first : null, new: isMapping(second) ? second : null };
  }
  if (first === undefined || !isMapping(first)) return null;
  return change === 'added' ? { old: null, new: first } : { old: first, new: null };
}
