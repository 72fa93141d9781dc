import { type Definition, isDangerousName, type Parameter } from '../definitions/definition.ts';
import { fileNameFault } from '../definitions/file-names.ts';
import type { InputFile, JobParameter } from './job.ts';
import { addressOf, checkValue, valueRefused } from './values.ts';

/** What a caller gave for the parameters: texts by name as sent, and stored uploads by name as sent. */
export interface Given {
  texts: ReadonlyMap<string, readonly string[]>;
  uploads: ReadonlyMap<string, readonly InputFile[]>;
  /**
   * What becomes of texts that the definition does not know. UWS clients may send any field and read it back:
   * `keep` shows it in the job, but the script never sees it. `refuse` finds the misspelt name in a form.
   */
  unknown: 'keep' | 'refuse';
}

/** Files of one parameter: uploads, addresses and what other jobs have together. */
const maxInputFiles = 5000;

/** Throws `uws.parameter-invalid` when a parameter would get more files than one may have. */
export function demandFewFiles(parameter: Parameter, count: number): void {
  if (count > maxInputFiles)
    throw valueRefused(parameter.name, `at most ${maxInputFiles} files may be given.`);
}

/** Fields of OPUS's own client that are no parameters; dropped as OPUS drops them. */
const ignoredNames = new Set(['control_parameters', 'csrf_token', 'uws_quote', 'submit']);

/** The parameter a sent name means: exactly, else in any case (clients write PHASE and phase alike). */
export function parameterNamed(definition: Definition, name: string): Parameter | undefined {
  const parameters = definition.parameters ?? [];
  const lower = name.toLowerCase();
  return (
    parameters.find((parameter) => parameter.name === name) ??
    parameters.find((parameter) => parameter.name.toLowerCase() === lower)
  );
}

/**
 * The complete set of a new job's parameters: what was given, checked, and the defaults of the rest. Throws
 * `uws.parameter-invalid` with the name for an unknown, missing, repeated or unfit one.
 */
export function resolveParameters(definition: Definition, given: Given): JobParameter[] {
  const values = gather(definition, given);
  const parameters = (definition.parameters ?? []).flatMap((parameter): JobParameter[] => {
    const value = values.get(parameter.name) ?? defaultOf(parameter);
    if (value !== null) return [value];
    if (parameter.required === true) throw valueRefused(parameter.name, 'it is required and was not given.');
    return [];
  });
  parameters.push(...unknownOnes(definition, values));
  checkResultNames(definition, parameters);
  return parameters;
}

const maxUnknown = 200;

function unknownOnes(definition: Definition, values: ReadonlyMap<string, JobParameter>): JobParameter[] {
  const known = new Set(definition.parameters?.map((parameter) => parameter.name));
  const others = [...values.values()].filter((value) => !known.has(value.name));
  const excess = others[maxUnknown];
  if (excess !== undefined)
    throw valueRefused(excess.name, `at most ${maxUnknown} parameters may be unknown.`);
  return others;
}

/** A parameter that names a result's file may name nothing outside the job's folder. */
function checkResultNames(definition: Definition, parameters: readonly JobParameter[]): void {
  for (const result of definition.results ?? []) {
    if (result.fromParameter !== true) continue;
    const value = parameters.find((parameter) => parameter.name === result.name)?.value ?? '';
    const fault = value === '' ? null : fileNameFault(value);
    if (fault !== null)
      throw valueRefused(result.name, `"${value.slice(0, 60)}" is no file name for a result. ${fault}`);
  }
}

/** The set after a change of some parameters of a PENDING job; the others stay as they are. */
export function changeParameters(
  definition: Definition,
  present: readonly JobParameter[],
  given: Given,
): JobParameter[] {
  const values = gather(definition, given);
  const before = new Map(present.map((parameter) => [parameter.name, parameter]));
  const parameters = (definition.parameters ?? []).flatMap((parameter): JobParameter[] => {
    const value = values.get(parameter.name) ?? before.get(parameter.name);
    return value === undefined ? [] : [value];
  });
  parameters.push(...unknownOnes(definition, new Map([...before, ...values])));
  checkResultNames(definition, parameters);
  return parameters;
}

function gather(definition: Definition, given: Given): Map<string, JobParameter> {
  const values = new Map<string, JobParameter>();
  const unknown = (name: string) =>
    valueRefused(name.slice(0, 80), `${definition.name} has no such parameter.`);
  for (const [name, texts] of given.texts) {
    const parameter = parameterNamed(definition, name);
    if (parameter === undefined && ignoredNames.has(name.toLowerCase())) continue;
    if (parameter === undefined && given.unknown === 'refuse') throw unknown(name);
    const value = fromTexts(parameter ?? unknownParameter(name), texts);
    if (value === null) continue;
    if (values.has(value.name)) throw valueRefused(value.name, 'it was given several times.');
    values.set(value.name, value);
  }
  for (const [name, uploads] of given.uploads) {
    const parameter = parameterNamed(definition, name);
    if (parameter === undefined) throw unknown(name);
    if (uploads.length > 1 && parameter.multiple !== true) {
      throw valueRefused(parameter.name, 'only one file may be given.');
    }
    const earlier = parameter.multiple === true ? (values.get(parameter.name)?.files ?? []) : [];
    values.set(parameter.name, fromUploads(parameter, [...earlier, ...uploads]));
  }
  return values;
}

const maxUnknownLength = 10_000;

/** TAP clients send LANG=ADQL with every job. It names a locale to a shell, which never sees it. */
const tapNames = new Set(['LANG']);

/** A text that only travels with the job; its name is held to the rule all names are held to. */
function unknownParameter(name: string): Parameter {
  const isUnsafe = isDangerousName(name) && !tapNames.has(name.toUpperCase());
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(name) || isUnsafe) {
    throw valueRefused(name.slice(0, 80), 'this is no name for a parameter.');
  }
  return { name, type: 'string', maxLength: maxUnknownLength };
}

function fromTexts(parameter: Parameter, texts: readonly string[]): JobParameter | null {
  const { name } = parameter;
  const values = parameter.type === 'file' ? texts.filter((text) => text !== '') : texts;
  const [first] = values;
  if (first === undefined) return null;
  if (values.length > 1 && parameter.multiple !== true)
    throw valueRefused(name, 'it was given several times.');
  if (parameter.type !== 'file') {
    // A form sends an empty field for "nothing"; the default then holds, if there is one.
    if (first === '' && (parameter.type !== 'string' || parameter.options !== undefined)) return null;
    return { name, value: checkValue(parameter, first), isDefault: false };
  }
  demandFewFiles(parameter, values.length);
  const files = values.map((value): InputFile => {
    const url = addressOf(parameter, value);
    return {
      fileName: fileNameOf(url),
      mediaType: 'application/octet-stream',
      hash: null,
      sizeBytes: null,
      url,
    };
  });
  return { name, value: values.join(' '), isDefault: false, files };
}

function fromUploads(parameter: Parameter, files: readonly InputFile[]): JobParameter {
  if (parameter.type === 'file') {
    demandFewFiles(parameter, files.length);
    return {
      name: parameter.name,
      value: files.map((file) => file.fileName).join(' '),
      isDefault: false,
      files: [...files],
    };
  }
  throw valueRefused(parameter.name, 'it takes a text, not a file.');
}

function defaultOf(parameter: Parameter): JobParameter | null {
  const { name, default: value } = parameter;
  if (value === undefined || value === '') {
    return parameter.type === 'string' && value === '' && parameter.required !== true
      ? { name, value: '', isDefault: true }
      : null;
  }
  const made =
    parameter.type === 'file' ? fromTexts(parameter, [value]) : { name, value: checkValue(parameter, value) };
  return made === null ? null : { ...made, isDefault: true };
}

/** The last part of an address as a file name. */
function fileNameOf(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  return safeFileName(decoded(last));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A name that is a plain file name on every system: no path, no blank, no leading dot or dash. */
export function safeFileName(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? '';
  const plain = base
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._+-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(-120);
  return plain === '' ? 'input' : plain;
}
