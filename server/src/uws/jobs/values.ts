import { AppError } from '../../core/errors.ts';
import type { Parameter } from '../definitions/definition.ts';

const defaultMaxLength = 100_000;
const trueWords = new Set(['true', '1', 'yes', 'on']);
const falseWords = new Set(['false', '0', 'no', 'off']);

function valueRefused(name: string, reason: string): AppError {
  return new AppError('invalid', 'uws.parameter-invalid', `Parameter ${name}: ${reason}`, {
    next: 'Send a value that the definition of the job allows.',
    details: { parameter: name },
  });
}

/**
 * Checks one value against its description and gives it back as it is stored: numbers and texts unchanged,
 * booleans as `true` or `false`. Throws `uws.parameter-invalid` with the name of the parameter.
 */
export function checkValue(parameter: Parameter, value: string): string {
  const { name } = parameter;
  if (value.includes('\0')) throw valueRefused(name, 'the value holds a NUL character.');
  if (!value.isWellFormed()) throw valueRefused(name, 'the value holds half a character.');
  const maxLength = parameter.maxLength ?? defaultMaxLength;
  if (value.length > maxLength) {
    throw valueRefused(name, `the value has ${value.length} characters; at most ${maxLength} are allowed.`);
  }
  const checked = checkType(parameter, value);
  if (parameter.options !== undefined && !parameter.options.includes(checked)) {
    throw valueRefused(name, `"${shorten(value)}" is not one of ${parameter.options.join(', ')}.`);
  }
  return checked;
}

function checkType(parameter: Parameter, value: string): string {
  const { name } = parameter;
  switch (parameter.type) {
    case 'integer':
      if (!/^[+-]?\d{1,30}$/.test(value.trim())) {
        throw valueRefused(name, `"${shorten(value)}" is not a whole number.`);
      }
      checkBounds(parameter, Number(value));
      return value.trim();
    case 'number':
      if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/.test(value.trim())) {
        throw valueRefused(name, `"${shorten(value)}" is not a number.`);
      }
      checkBounds(parameter, Number(value));
      return value.trim();
    case 'boolean': {
      const word = value.trim().toLowerCase();
      if (trueWords.has(word)) return 'true';
      if (falseWords.has(word)) return 'false';
      throw valueRefused(name, `"${shorten(value)}" is neither true nor false.`);
    }
    case 'url':
      if (!/^[a-z][a-z0-9+.-]*:/i.test(value) || !URL.canParse(value)) {
        throw valueRefused(name, `"${shorten(value)}" is not an address with a scheme.`);
      }
      return value;
    case 'string':
    case 'file':
      return value;
  }
}

function checkBounds(parameter: Parameter, value: number): void {
  const unit = parameter.unit === undefined ? '' : ` ${parameter.unit}`;
  if (!Number.isFinite(value)) throw valueRefused(parameter.name, 'the number is too large.');
  if (parameter.min !== undefined && value < parameter.min) {
    throw valueRefused(parameter.name, `${value} is below the smallest value, ${parameter.min}${unit}.`);
  }
  if (parameter.max !== undefined && value > parameter.max) {
    throw valueRefused(parameter.name, `${value} is above the largest value, ${parameter.max}${unit}.`);
  }
}

/** The address an identifier or address of a file parameter stands for; throws when it is none. */
export function addressOf(parameter: Parameter, value: string): string {
  const address = parameter.template?.replace('$ID', encodeURIComponent(value)) ?? value;
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    throw valueRefused(
      parameter.name,
      `"${shorten(value)}" is neither an uploaded file nor an http address.`,
    );
  }
  return address;
}

export { valueRefused };

function shorten(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value;
}
