import { Value } from 'typebox/value';
import { AppError, messageOf } from '../../core/errors.ts';
import { checkValue } from '../jobs/values.ts';
import {
  builtinPrograms,
  Definition,
  isControlName,
  isDangerousName,
  type Parameter,
  type ResultPattern,
  reservedNames,
} from './definition.ts';
import { fileNameFault } from './file-names.ts';
import { variableName } from './variable-name.ts';

/** A parser may quote a whole line of the source in its reason, and JSON has one line. */
const maxReason = 500;

/** A definition that cannot be accepted: where in it, and why. */
export function definitionBroken(place: string, reason: string): AppError {
  const where = place === '' ? '' : `${place}: `;
  const shown = reason.length > maxReason ? `${reason.slice(0, maxReason).toWellFormed()}….` : reason;
  return new AppError('invalid', 'uws.definition-broken', `The definition is not valid. ${where}${shown}`, {
    next: 'Correct the place that is named and load it again.',
    details: { place },
  });
}

/** Checks a definition of unknown origin as a whole; throws `uws.definition-broken` with place and reason. */
export function checkDefinition(candidate: unknown): Definition {
  if (!Value.Check(Definition, candidate)) {
    const [first] = Value.Errors(Definition, candidate);
    const place = (first?.instancePath ?? '').slice(1).replaceAll('/', '.');
    const extra = first?.keyword === 'additionalProperties' ? ` (${JSON.stringify(first.params)})` : '';
    throw definitionBroken(place, `${first?.message ?? 'wrong form'}${extra}.`);
  }
  if (
    candidate.name.toLowerCase() !== candidate.name &&
    reservedNames.some((word) => word === candidate.name.toLowerCase())
  ) {
    throw definitionBroken('name', `"${candidate.name}" is a reserved word.`);
  }
  if (reservedNames.some((word) => word === candidate.name)) {
    throw definitionBroken('name', `"${candidate.name}" is a reserved word.`);
  }
  checkWork(candidate);
  checkDurations(candidate);
  checkParameters(candidate.parameters ?? []);
  checkResults(candidate);
  return candidate;
}

function checkWork(definition: Definition): void {
  const { script, program } = definition;
  if ((script === undefined) === (program === undefined)) {
    throw definitionBroken('script', 'Give either script or program, one of them.');
  }
  if (program !== undefined && !builtinPrograms.some((name) => name === program)) {
    throw definitionBroken('program', `"${program}" is unknown; there is ${builtinPrograms.join(', ')}.`);
  }
  if (script?.includes('\0')) throw definitionBroken('script', 'It holds a NUL character.');
}

function checkDurations(definition: Definition): void {
  const { executionDuration, maxExecutionDuration } = definition;
  if (executionDuration !== undefined && maxExecutionDuration !== undefined) {
    if (executionDuration > maxExecutionDuration) {
      throw definitionBroken(
        'executionDuration',
        `It is above maxExecutionDuration, ${maxExecutionDuration} s.`,
      );
    }
  }
}

function checkParameters(parameters: readonly Parameter[]): void {
  const seen = new Set<string>();
  parameters.forEach((parameter, index) => {
    const place = `parameters.${index} (${parameter.name})`;
    const key = parameter.name.toLowerCase().replaceAll('-', '_');
    if (seen.has(key))
      throw definitionBroken(place, 'The name is used twice; upper and lower case count as one.');
    seen.add(key);
    if (isControlName(parameter.name)) throw definitionBroken(place, 'UWS itself uses this name.');
    if (isDangerousName(parameter.name))
      throw definitionBroken(place, 'A shell gives this name a meaning of its own.');
    if (parameter.min !== undefined && parameter.max !== undefined && parameter.min > parameter.max) {
      throw definitionBroken(place, 'min is above max.');
    }
    if (parameter.multiple === true && parameter.type !== 'file') {
      throw definitionBroken(place, 'Only files may be given several times.');
    }
    if (parameter.type === 'file' || parameter.default === undefined || parameter.default === '') return;
    try {
      checkValue(parameter, parameter.default);
    } catch (error) {
      throw definitionBroken(`${place}.default`, messageOf(error));
    }
  });
}

function checkResults(definition: Definition): void {
  const names = new Set<string>();
  const variables = new Map<string, string>();
  (definition.results ?? []).forEach((result, index) => {
    const place = `results.${index} (${result.name})`;
    if (names.has(result.name)) throw definitionBroken(place, 'The name is used twice.');
    names.add(result.name);
    checkVariable(place, result, definition.parameters ?? [], variables);
    if (['stdout', 'stderr'].includes(result.name))
      throw definitionBroken(place, 'The server makes this result itself.');
    if (isDangerousName(result.name))
      throw definitionBroken(place, 'A shell gives this name a meaning of its own.');
    if (result.fromParameter === true) {
      const source = definition.parameters?.find((parameter) => parameter.name === result.name);
      if (source === undefined) throw definitionBroken(place, 'There is no parameter of this name.');
    }
    const reason = fileNameFault(result.file);
    if (reason !== null) throw definitionBroken(`${place}.file`, reason);
  });
}

/** Parameters and results are variables of one script: two of them may not be the same one. */
function checkVariable(
  place: string,
  result: ResultPattern,
  parameters: readonly Parameter[],
  taken: Map<string, string>,
): void {
  const variable = variableName(result.name);
  const parameter = parameters.find(({ name }) => variableName(name) === variable);
  // A result may take its file name from the parameter of its name.
  const isLinked = parameter?.name === result.name && result.fromParameter === true;
  const other = taken.get(variable) ?? (isLinked ? undefined : parameter?.name);
  if (other !== undefined)
    throw definitionBroken(place, `A script has one variable, $${variable}, for it and for ${other}.`);
  taken.set(variable, result.name);
}
