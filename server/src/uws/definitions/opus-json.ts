import { definitionBroken } from './check.ts';
import type { Definition, Parameter, ResultPattern } from './definition.ts';

type OpusFields = Record<string, string>;
/** One parameter, used or generated entity: `name` and texts. */
export type OpusMember = { name: string } & OpusFields;

/** A definition as OPUS exchanges it under `/jdl/{name}/json`: every value is text. */
export interface OpusDefinition {
  name: string;
  /** annotation, doculink, type, subtype, version, contact_name, executionDuration, quote, script … */
  fields: OpusFields;
  parameters: OpusMember[];
  used: OpusMember[];
  generated: OpusMember[];
}

/** Reads the JSON form; the `…_keys` lists give the order. */
export function readOpusJson(source: unknown): OpusDefinition {
  if (!isRecord(source)) throw definitionBroken('', 'It is not a JSON object.');
  const name = source.name;
  if (typeof name !== 'string' || name === '') throw definitionBroken('name', 'There is none.');
  const fields: OpusFields = {};
  for (const [key, value] of Object.entries(source)) {
    if (typeof value === 'string' || typeof value === 'number') fields[key] = String(value);
  }
  delete fields.name;
  return {
    name: name.split('/').at(-1) ?? name,
    fields,
    parameters: readGroup(source, 'parameters'),
    used: readGroup(source, 'used'),
    generated: readGroup(source, 'generated'),
  };
}

function readGroup(source: Record<string, unknown>, group: string): OpusMember[] {
  const members = source[group] ?? {};
  if (!isRecord(members)) throw definitionBroken(group, 'It is not an object.');
  const keys = source[`${group}_keys`];
  const order = Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [];
  const names = [
    ...order.filter((key) => key in members),
    ...Object.keys(members).filter((key) => !order.includes(key)),
  ];
  return names.map((name) => {
    const member = members[name];
    if (!isRecord(member)) throw definitionBroken(`${group}.${name}`, 'It is not an object.');
    const texts = Object.entries(member)
      .filter(([, value]) => value !== null && typeof value !== 'object')
      .map(([key, value]) => [key, String(value)]);
    return { ...Object.fromEntries(texts), name };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const typesOfOpus: Record<string, Parameter['type']> = {
  'xs:string': 'string',
  'xs:anyuri': 'url',
  'xs:float': 'number',
  'xs:double': 'number',
  'xs:decimal': 'number',
  'xs:int': 'integer',
  'xs:integer': 'integer',
  'xs:long': 'integer',
  'xs:short': 'integer',
  'xs:unsignedbyte': 'integer',
  'xs:boolean': 'boolean',
  file: 'file',
};

const rangeOfOpus: Record<string, readonly [number, number]> = {
  'xs:int': [-2_147_483_648, 2_147_483_647],
  'xs:short': [-32_768, 32_767],
  'xs:unsignedbyte': [0, 255],
};

/** The same definition in our own terms, not yet checked as a whole. */
export function definitionFromOpus(opus: OpusDefinition): Definition {
  const { fields } = opus;
  const linked = new Set(opus.generated.map((entity) => entity.name));
  const used = opus.used.map((entity) => readUsed(entity, opus.parameters));
  const usedNames = new Set(used.map((parameter) => parameter.name));
  const parameters = opus.parameters.filter((each) => !usedNames.has(each.name)).map(readParameter);
  const parameterNames = new Set(parameters.map((parameter) => parameter.name));
  return {
    name: opus.name,
    ...text('description', fields.annotation),
    ...text('documentation', fields.doculink),
    ...text('version', fields.version),
    ...text('type', fields.type),
    ...text('subtype', fields.subtype),
    ...text('contactName', fields.contact_name),
    ...text('contactEmail', fields.contact_email),
    ...seconds('executionDuration', fields.executionDuration),
    ...seconds('expectedSeconds', fields.quote),
    ...text('script', fields.script),
    parameters: [...used, ...parameters],
    results: opus.generated.map((entity) =>
      readGenerated(entity, linked.has(entity.name) && parameterNames.has(entity.name)),
    ),
  };
}

function readParameter(fields: OpusMember): Parameter {
  const datatype = (fields.datatype ?? 'xs:string').toLowerCase();
  const type = typesOfOpus[datatype];
  const place = `parameters.${fields.name}`;
  if (type === undefined) throw definitionBroken(`${place}.datatype`, `"${fields.datatype}" is unknown.`);
  const [lowest, highest] = rangeOfOpus[datatype] ?? [undefined, undefined];
  const min = bound(`${place}.min`, fields.min) ?? lowest;
  const max = bound(`${place}.max`, fields.max) ?? highest;
  const options = fields.options === undefined || fields.options === '' ? [] : fields.options.split(',');
  return {
    name: fields.name,
    type,
    required: fields.required?.toLowerCase() === 'true',
    ...text('default', fields.default),
    ...text('description', fields.annotation),
    ...text('unit', fields.unit),
    ...text('ucd', fields.ucd),
    ...text('utype', fields.utype),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(options.length === 0 ? {} : { options: options.map((option) => option.trim()) }),
  };
}

/** `file://$ID` is a file, another template an identifier to be fetched, none a plain value. */
function readUsed(fields: OpusMember, parameters: OpusDefinition['parameters']): Parameter {
  const url = fields.url ?? '';
  const isFile = url.startsWith('file:');
  const isTemplate = /^https?:\/\/.*\$ID/.test(url);
  const same = parameters.find((parameter) => parameter.name === fields.name);
  const multiplicity = fields.multiplicity ?? '';
  return {
    name: fields.name,
    type: isFile || isTemplate ? 'file' : 'string',
    required: same?.required?.toLowerCase() === 'true',
    ...text('default', fields.default),
    ...text('description', fields.annotation),
    ...((isFile || isTemplate) && (multiplicity === '*' || multiplicity === 'n') ? { multiple: true } : {}),
    ...(fields.content_type ? { mediaTypes: [fields.content_type] } : {}),
    ...(isTemplate ? { template: url } : {}),
    ...text('role', fields.role),
  };
}

function readGenerated(fields: OpusMember, fromParameter: boolean): ResultPattern {
  const multiplicity = fields.multiplicity ?? '';
  return {
    name: fields.name,
    file: fields.default || fields.name,
    ...text('mediaType', fields.content_type),
    ...text('description', fields.annotation),
    ...text('role', fields.role),
    ...(multiplicity === '*' || multiplicity === 'n' ? { multiple: true } : {}),
    ...(fromParameter ? { fromParameter: true } : {}),
  };
}

function text<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined || value === '' ? {} : ({ [key]: value } as { [P in K]?: string });
}

function seconds<K extends string>(key: K, value: string | undefined): { [P in K]?: number } {
  const number = Number(value);
  if (value === undefined || value === '' || number === 0) return {};
  if (!Number.isInteger(number)) throw definitionBroken(key, `"${value}" is not a whole number of seconds.`);
  return { [key]: number } as { [P in K]?: number };
}

function bound(place: string, value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const number = Number(value);
  if (!Number.isFinite(number)) throw definitionBroken(place, `"${value}" is not a number.`);
  return number;
}
