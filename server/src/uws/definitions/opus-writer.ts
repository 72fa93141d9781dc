import type { Definition, Parameter, ResultPattern } from './definition.ts';
import type { OpusDefinition, OpusMember } from './opus-json.ts';

const typesToOpus: Record<Parameter['type'], string> = {
  string: 'xs:string',
  url: 'xs:anyURI',
  number: 'xs:double',
  integer: 'xs:integer',
  boolean: 'xs:boolean',
  file: 'file',
};

/**
 * Our definition in OPUS's terms. What OPUS has no word for is left out, and so does not come back:
 * - of the definition: `title`, `program`, `maxExecutionDuration`, `keepDays`, `maxUploadBytes`, `memoryMb`, and an
 *   expected duration of 0 s;
 * - of a parameter: `maxLength`, media types after the first, those of a parameter that is neither file nor plain
 *   text, the difference between an empty default and none, and options with commas or blanks at their ends;
 * - of a result: `required`. One that has the name of a parameter comes back with `fromParameter`;
 * - the order between inputs and other parameters: inputs come first.
 * VOTable also drops blanks around descriptions, and cannot carry the signs that XML cannot.
 */
export function definitionToOpus(definition: Definition): OpusDefinition {
  const parameters = definition.parameters ?? [];
  return {
    name: definition.name,
    fields: {
      annotation: definition.description ?? '',
      doculink: definition.documentation ?? '',
      type: definition.type ?? '',
      subtype: definition.subtype ?? '',
      version: definition.version ?? '',
      contact_name: definition.contactName ?? '',
      contact_email: definition.contactEmail ?? '',
      executionDuration: String(definition.executionDuration ?? ''),
      quote: String(definition.expectedSeconds ?? ''),
      ...(definition.script === undefined ? {} : { script: definition.script }),
    },
    // An input of the same name among the parameters says that it is required.
    parameters: parameters.filter((each) => !isUsed(each) || each.required === true).map(writeParameter),
    used: parameters.filter(isUsed).map(writeUsed),
    generated: (definition.results ?? []).map(writeGenerated),
  };
}

/** What the server itself takes of every job, with OPUS's names; its form offers them one by one. */
const controlParameters = {
  runId: 'User specific label for the job',
  executionDuration: 'Required execution duration in seconds',
  destruction: 'Date of destruction of the job',
};

/** The JSON that OPUS answers under `/jdl/{name}/json`. */
export function writeOpusJson({ name, fields, parameters, used, generated }: OpusDefinition) {
  return {
    control_parameters: controlParameters,
    control_parameters_keys: Object.keys(controlParameters),
    name,
    parameters: group(parameters),
    generated: group(generated),
    used: group(used),
    ...fields,
    parameters_keys: parameters.map((each) => each.name),
    used_keys: used.map((each) => each.name),
    generated_keys: generated.map((each) => each.name),
  };
}

function group(members: readonly OpusMember[]): Record<string, Record<string, string>> {
  return Object.fromEntries(members.map(({ name, ...fields }) => [name, fields]));
}

/** Files, and texts that say nothing but what OPUS says of an input. */
function isUsed(parameter: Parameter): boolean {
  const { type, mediaTypes, role, options, unit, ucd, utype } = parameter;
  if (type === 'file') return true;
  const isPlain = [options, unit, ucd, utype].every((each) => each === undefined);
  return type === 'string' && isPlain && (mediaTypes !== undefined || role !== undefined);
}

function writeParameter(parameter: Parameter): OpusMember {
  const { name, min, max, options } = parameter;
  const isBounded = min !== undefined || max !== undefined || options !== undefined;
  return {
    name,
    datatype: typesToOpus[parameter.type],
    required: String(parameter.required === true),
    default: parameter.default ?? '',
    unit: parameter.unit ?? '',
    ucd: parameter.ucd ?? '',
    utype: parameter.utype ?? '',
    annotation: parameter.description ?? '',
    ...(min === undefined ? {} : { min: String(min) }),
    ...(max === undefined ? {} : { max: String(max) }),
    ...(isBounded ? { options: (options ?? []).join(',') } : {}),
  };
}

function writeUsed(parameter: Parameter): OpusMember {
  return {
    name: parameter.name,
    datatype: 'xs:string',
    annotation: parameter.description ?? '',
    url: parameter.template ?? (parameter.type === 'file' ? 'file://$ID' : ''),
    role: parameter.role ?? '',
    multiplicity: parameter.multiple === true ? '*' : '1',
    default: parameter.default ?? '',
    content_type: parameter.mediaTypes?.[0] ?? '',
  };
}

function writeGenerated(result: ResultPattern): OpusMember {
  return {
    name: result.name,
    annotation: result.description ?? '',
    role: result.role ?? '',
    multiplicity: result.multiple === true ? '*' : '1',
    default: result.file,
    content_type: result.mediaType ?? '',
  };
}
