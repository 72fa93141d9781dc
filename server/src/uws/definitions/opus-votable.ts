import { childNamed, childrenNamed, parseXml, type XmlElement } from '../xml/parse.ts';
import { attributes, escapeText } from '../xml/write.ts';
import { definitionBroken } from './check.ts';
import type { OpusDefinition } from './opus-json.ts';

type Fields = { name: string } & Record<string, string>;

const typesOfVotable: Record<string, string> = {
  boolean: 'xs:boolean',
  unsignedByte: 'xs:unsignedByte',
  short: 'xs:short',
  int: 'xs:integer',
  long: 'xs:long',
  float: 'xs:float',
  double: 'xs:double',
  char: 'xs:string',
  unicodeChar: 'xs:string',
};

/** Reads an ActivityDescription as OPUS keeps it in `{name}_vot.xml`, the older PARAM + LINK style included. */
export function readOpusVotable(source: string): OpusDefinition {
  const root = parseXml(source);
  if (root.name !== 'VOTABLE')
    throw definitionBroken(`line ${root.line}`, `The root is ${root.name}, not VOTABLE.`);
  const resource = childNamed(root, 'RESOURCE');
  if (resource === undefined) throw definitionBroken(`line ${root.line}`, 'There is no RESOURCE.');
  const name = resource.attributes.name ?? resource.attributes.ID;
  if (name === undefined || name === '')
    throw definitionBroken(`line ${resource.line}`, 'RESOURCE has no name.');
  const fields: Record<string, string> = {};
  const annotation = description(resource);
  if (annotation !== '') fields.annotation = annotation;
  for (const param of childrenNamed(resource, 'PARAM')) {
    const key = param.attributes.name;
    if (key !== undefined) fields[key] = param.attributes.value ?? '';
  }
  const members = (title: string) =>
    childrenNamed(resource, 'GROUP')
      .filter((group) => group.attributes.name === title)
      .flatMap((group) => group.children)
      .filter((child) => child.name === 'PARAM' || child.name === 'GROUP');
  return {
    name,
    fields,
    parameters: members('InputParams').map(readParam),
    used: members('Used').map((member) => readEntity(member)),
    generated: members('Generated').map((member) => readEntity(member)),
  };
}

function description(element: XmlElement): string {
  return childNamed(element, 'DESCRIPTION')?.text.trim() ?? '';
}

function nameOf(element: XmlElement): string {
  const name = element.attributes.name ?? element.attributes.ID;
  if (name === undefined) throw definitionBroken(`line ${element.line}`, `${element.name} has no name.`);
  return name;
}

function readParam(param: XmlElement): Fields {
  const given = param.attributes.datatype ?? 'char';
  const datatype = typesOfVotable[given];
  if (datatype === undefined)
    throw definitionBroken(`line ${param.line}`, `The datatype "${given}" is unknown.`);
  const values = childNamed(param, 'VALUES');
  const limit = (name: string) =>
    values === undefined ? '' : (childNamed(values, name)?.attributes.value ?? '');
  const options = values === undefined ? [] : childrenNamed(values, 'OPTION');
  const xtype = param.attributes.xtype;
  return {
    name: nameOf(param),
    datatype: xtype === 'application/octet-stream' ? 'file' : xtype === 'anyURI' ? 'xs:anyURI' : datatype,
    default: param.attributes.value ?? '',
    required: String(param.attributes.type !== 'no_query'),
    annotation: description(param),
    unit: param.attributes.unit ?? '',
    ucd: param.attributes.ucd ?? '',
    utype: param.attributes.utype ?? '',
    min: limit('MIN'),
    max: limit('MAX'),
    options: options.map((option) => option.attributes.value ?? '').join(','),
  };
}

function readEntity(member: XmlElement): Fields {
  const fields: Fields = { name: nameOf(member), annotation: description(member) };
  if (member.name === 'PARAM') {
    // Old style: the value is the default, the media type and the address stand in a LINK.
    const link = childNamed(member, 'LINK');
    return {
      ...fields,
      default: member.attributes.value ?? '',
      content_type: link?.attributes['content-type'] ?? member.attributes.xtype ?? '',
      url: link?.attributes.href ?? '',
      role: '',
      multiplicity: '',
    };
  }
  for (const param of childrenNamed(member, 'PARAM')) fields[nameOf(param)] = param.attributes.value ?? '';
  return fields;
}

const typesToVotable: Record<string, string> = {
  'xs:boolean': 'boolean',
  'xs:unsignedByte': 'unsignedByte',
  'xs:short': 'short',
  'xs:int': 'int',
  'xs:integer': 'int',
  'xs:long': 'long',
  'xs:float': 'float',
  'xs:double': 'double',
};

/** Writes the VOTable that OPUS reads; `xtype="anyURI"` keeps what OPUS itself forgets. */
export function writeOpusVotable(opus: OpusDefinition): string {
  const { annotation = '', ...fields } = opus.fields;
  const head = Object.entries(fields).flatMap(([key, value]) => {
    const isSeconds = key === 'executionDuration' || key === 'quote';
    if (!isSeconds) return [textParam(4, key, value, utypeOf(key))];
    // An empty text is no int.
    if (value === '') return [];
    return [`    <PARAM${attributes({ name: key, value, datatype: 'int', utype: `uws:Job.${key}` })}/>`];
  });
  const names = new Set(opus.parameters.map((each) => each.name));
  const used = opus.used.map((each) => entity(each, names, 'voprov:UsedDescription', 'UsedDescription'));
  const generated = opus.generated.map((each) =>
    entity(each, names, 'voprov:WasGeneratedBy', 'WasGeneratedByDescription'),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<VOTABLE xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://www.ivoa.net/xml/VOTable/v1.3" version="1.3" xsi:schemaLocation="http://www.ivoa.net/xml/VOTable/v1.3 http://www.ivoa.net/xml/VOTable/v1.3">
  <RESOURCE${attributes({ ID: opus.name, name: opus.name, type: 'meta', utype: 'voprov:ActivityDescription' })}>
    <DESCRIPTION>${escapeText(annotation)}</DESCRIPTION>
${head.join('\n')}
${membersOf('InputParams', opus.parameters.map(param))}
${membersOf('Used', used)}
${membersOf('Generated', generated)}
  </RESOURCE>
</VOTABLE>
`;
}

function membersOf(name: string, members: readonly string[]): string {
  if (members.length === 0) return `    <GROUP name="${name}"/>`;
  return `    <GROUP name="${name}">\n${members.join('\n')}\n    </GROUP>`;
}

function utypeOf(key: string): string | undefined {
  if (key === 'contact_name') return 'voprov:Agent.name';
  if (key === 'contact_email') return 'voprov:Agent.email';
  return key === 'script' ? undefined : `voprov:ActivityDescription.${key}`;
}

function textParam(indent: number, name: string, value: string, utype: string | undefined): string {
  return `${' '.repeat(indent)}<PARAM${attributes({ name, value, arraysize: '*', datatype: 'char', utype })}/>`;
}

function param(fields: Fields): string {
  const datatype = typesToVotable[fields.datatype ?? ''] ?? 'char';
  const xtypes: Record<string, string> = { file: 'application/octet-stream', 'xs:anyURI': 'anyURI' };
  const given = (name: string) => fields[name] || undefined;
  const head = attributes({
    ID: fields.name,
    name: fields.name,
    datatype,
    value: fields.default ?? '',
    arraysize: datatype === 'char' ? '*' : undefined,
    xtype: xtypes[fields.datatype ?? ''],
    type: fields.required === 'true' ? undefined : 'no_query',
    unit: given('unit'),
    ucd: given('ucd'),
    utype: given('utype'),
  });
  const values = [
    ...(given('min') === undefined ? [] : [`          <MIN${attributes({ value: fields.min })}/>`]),
    ...(given('max') === undefined ? [] : [`          <MAX${attributes({ value: fields.max })}/>`]),
    ...(given('options') ?? '')
      .split(',')
      .filter((option) => option !== '')
      .map((value) => `          <OPTION${attributes({ value })}/>`),
  ];
  const limits = values.length === 0 ? '' : `\n        <VALUES>\n${values.join('\n')}\n        </VALUES>`;
  return `      <PARAM${head}>
        <DESCRIPTION>${escapeText(fields.annotation ?? '')}</DESCRIPTION>${limits}
      </PARAM>`;
}

/** `ref` links an entity to the parameter of its name: that gives the name of a file, or is the input itself. */
function entity(fields: Fields, parameters: ReadonlySet<string>, utype: string, model: string): string {
  const utypes: Record<string, string> = {
    role: `voprov:${model}.role`,
    multiplicity: `voprov:${model}.multiplicity`,
    default: 'voprov:Entity.id',
    content_type: 'voprov:EntityDescription.content_type',
    url: 'voprov:EntityDescription.url',
  };
  const params = Object.keys(utypes)
    .filter((key) => fields[key] !== undefined)
    .map((key) => textParam(8, key, fields[key] ?? '', utypes[key]));
  const ref = parameters.has(fields.name) ? fields.name : undefined;
  return `      <GROUP${attributes({ name: fields.name, utype, ref })}>
        <DESCRIPTION>${escapeText(fields.annotation ?? '')}</DESCRIPTION>
${params.join('\n')}
      </GROUP>`;
}
