import type { UwsDefinition, UwsJob, UwsParameterDescription } from '@orrery/contracts';
import { fieldOf } from '../shared/instant.ts';
import type { Given, Values } from './form-values.ts';
import { sameFiles } from './stored-input.ts';

/** How a form begins, and what of it could not be filled. */
export interface Start extends Omit<Given, 'files'> {
  /** Names in the address that the form does not know. */
  unknown: string[];
  /** File parameters that must be given anew: their bytes are gone, or the browser has forgotten the file. */
  lost: Record<string, string>;
}

const draftKey = (name: string) => `orrery.draft.${name}`;

interface Draft {
  values: Values;
  runId: string;
  limit: string;
  until: string;
  /** Names of files that were chosen; a browser gives none back after a reload. */
  fileNames: Record<string, string[]>;
}

export function keepDraft(name: string, { files, ...given }: Given): void {
  const fileNames = Object.fromEntries(
    Object.entries(files).map(([parameter, list]) => [parameter, list.map((file) => file.name)]),
  );
  sessionStorage.setItem(draftKey(name), JSON.stringify({ ...given, fileNames }));
}

export const dropDraft = (name: string): void => sessionStorage.removeItem(draftKey(name));

function readDraft(name: string): Partial<Draft> {
  try {
    return JSON.parse(sessionStorage.getItem(draftKey(name)) ?? '{}') as Partial<Draft>;
  } catch {
    return {};
  }
}

/** Words of the address that are the page's own. */
const pageWords = new Set(['again', 'json']);

/** The values of an earlier job, else of a draft, else nothing; what the address says wins over all. */
export function startOf(definition: UwsDefinition, earlier: UwsJob | undefined, address: string): Start {
  const start = earlier === undefined ? fromDraft(definition) : fromJob(definition, earlier);
  const unknown = new Set<string>();
  const asked = new URLSearchParams(address);
  for (const name of new Set(asked.keys())) {
    const values = asked.getAll(name);
    const parameter = parameterNamed(definition, name);
    const word = name.toLowerCase();
    if (parameter !== undefined)
      start.values[parameter.name] = parameter.multiple ? values.join('\n') : (values.at(-1) ?? '');
    else if (word === 'runid') start.runId = values.at(-1) ?? '';
    else if (word === 'executionduration') start.limit = (values.at(-1) ?? '').replace(/\D/g, '');
    else if (word === 'destruction') start.until = untilOf(values.at(-1) ?? '');
    else if (!pageWords.has(name)) unknown.add(name);
  }
  return { ...start, unknown: [...unknown] };
}

/** A clock without a zone is UTC, as everywhere in UWS. */
function untilOf(text: string): string {
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(text) || !text.includes('T') ? text : `${text}Z`;
  return Number.isNaN(Date.parse(zoned)) ? '' : fieldOf(zoned);
}

/** Exactly, else in any case: OPUS's links and UWS clients write both. */
function parameterNamed(definition: UwsDefinition, name: string): UwsParameterDescription | undefined {
  const lower = name.toLowerCase();
  return (
    definition.parameters.find((parameter) => parameter.name === name) ??
    definition.parameters.find((parameter) => parameter.name.toLowerCase() === lower)
  );
}

function fromDraft(definition: UwsDefinition): Start {
  const { values = {}, runId = '', limit = '', until = '', fileNames = {} } = readDraft(definition.name);
  const lost = Object.entries(fileNames)
    .filter(([, names]) => names.length > 0)
    .map(([name, names]) => [
      name,
      `${names.join(', ')} was chosen before the page was loaded anew; choose it again.`,
    ]);
  return { values: { ...values }, runId, limit, until, unknown: [], lost: Object.fromEntries(lost) };
}

function fromJob(definition: UwsDefinition, job: UwsJob): Start {
  const values: Values = {};
  const lost: Record<string, string> = {};
  const known = new Set(definition.parameters.map((parameter) => parameter.name));
  for (const parameter of job.parameters) {
    if (parameter.isDefault || !known.has(parameter.name)) continue;
    const value = parameter.type === 'file' ? sameFiles(job, parameter) : parameter.value;
    if (value === undefined) lost[parameter.name] = `${parameter.value} is no longer kept; give it again.`;
    else values[parameter.name] = value;
  }
  const usual = job.executionDuration === definition.executionDuration;
  return {
    values,
    runId: job.runId ?? '',
    limit: usual ? '' : String(job.executionDuration),
    until: '',
    unknown: [],
    lost,
  };
}
