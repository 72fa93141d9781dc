import type { UwsDefinition, UwsParameterDescription } from '@orrery/contracts';
import { bytes, exact } from '../shared/format.ts';
import { linesOf, readStoredInput } from './stored-input.ts';

/** What is wrong with a value, as a sentence that says what to give; undefined when nothing is. */
export function problemOf(parameter: UwsParameterDescription, value: string): string | undefined {
  if (value === '') {
    return parameter.required && parameter.default === null ? `${parameter.name} is needed.` : undefined;
  }
  if (parameter.type === 'file') return problemOfFiles(parameter, linesOf(value));
  if (parameter.options !== null && !parameter.options.includes(value)) {
    return `Choose one of ${parameter.options.join(', ')}.`;
  }
  if (parameter.maxLength !== null && value.length > parameter.maxLength) {
    return `At most ${exact(parameter.maxLength)} characters; these are ${exact(value.length)}.`;
  }
  if (parameter.type === 'integer' || parameter.type === 'number') return problemOfNumber(parameter, value);
  if (parameter.type === 'url' && !/^https?:\/\/\S+$/i.test(value))
    return 'Give an address that begins with http:// or https://.';
  return undefined;
}

/** An identifier may stand for an address, so only what looks like an address is held to its form. */
function problemOfFiles(parameter: UwsParameterDescription, lines: readonly string[]): string | undefined {
  if (lines.length > 1 && !parameter.multiple) return 'Only one file may be given.';
  const wrong = lines.find((line) =>
    /^orrery:/i.test(line)
      ? readStoredInput(line) === undefined
      : /\s/.test(line) || /^(?!https?:)[a-z]+:/i.test(line),
  );
  return wrong === undefined
    ? undefined
    : 'Give an address that begins with http:// or https://, or choose a file or a result.';
}

function problemOfNumber(
  { type, min, max, unit }: UwsParameterDescription,
  value: string,
): string | undefined {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) return 'Give a number; the decimal sign is a point.';
  if (type === 'integer' && !Number.isInteger(number)) return 'Give a whole number.';
  if ((min === null || number >= min) && (max === null || number <= max)) return undefined;
  const suffix = unit === null ? '' : ` ${unit}`;
  if (min !== null && max !== null) return `Give a number from ${min} to ${max}${suffix}.`;
  return min === null ? `Give at most ${max}${suffix}.` : `Give at least ${min}${suffix}.`;
}

/** Everything that is wrong in a form, by parameter. */
export function findProblems(
  definition: UwsDefinition,
  values: Readonly<Record<string, string>>,
  files: Readonly<Record<string, File[]>>,
): Map<string, string> {
  const problems = new Map<string, string>();
  for (const parameter of definition.parameters) {
    const chosen = files[parameter.name] ?? [];
    const value = values[parameter.name] ?? '';
    const big = chosen.find((file) => file.size > definition.maxUploadBytes);
    const problem =
      big !== undefined
        ? `${big.name} has ${bytes(big.size)}; at most ${bytes(definition.maxUploadBytes)} are taken.`
        : chosen.length > 0 && value === ''
          ? undefined
          : problemOf(parameter, value);
    if (problem !== undefined) problems.set(parameter.name, problem);
  }
  return problems;
}
