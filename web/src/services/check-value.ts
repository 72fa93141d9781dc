import type { UwsParameterDescription } from '@orrery/contracts';
import { exact } from '../shared/format.ts';

/** What is wrong with a value, as a sentence that says what to give; undefined when nothing is. */
export function problemOf(parameter: UwsParameterDescription, value: string): string | undefined {
  if (value === '') {
    return parameter.required && parameter.default === null ? `${parameter.name} is needed.` : undefined;
  }
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
