import type { UwsDefinition } from '@orrery/contracts';
import { instantOf } from '../shared/instant.ts';
import { linesOf } from './stored-input.ts';

/** Text by parameter; of a file parameter its addresses and references, one on each line. */
export type Values = Record<string, string>;

/** What the form holds at the moment. */
export interface Given {
  values: Values;
  files: Record<string, File[]>;
  runId: string;
  /** Seconds; empty = as the definition says. */
  limit: string;
  /** Destruction time as a form field writes it, in UTC; empty = as the definition says. */
  until: string;
}

/** Text values that were given; a file takes the place of an address unless there may be several. */
export function givenValues(
  definition: UwsDefinition,
  { values, files }: Pick<Given, 'values' | 'files'>,
): Record<string, string | string[]> {
  const given: Record<string, string | string[]> = {};
  for (const { name, type, multiple } of definition.parameters) {
    const value = values[name];
    if (value === undefined || value === '') continue;
    if (type !== 'file') given[name] = value;
    else if (multiple) given[name] = linesOf(value);
    else if ((files[name] ?? []).length === 0) given[name] = value;
  }
  return given;
}

/** JSON without files, multipart with them: one field `job`, each file named after its parameter. */
export function bodyOf(definition: UwsDefinition, given: Given & { run: boolean }): unknown {
  const destruction = instantOf(given.until);
  const body = {
    definition: definition.name,
    parameters: givenValues(definition, given),
    run: given.run,
    ...(given.runId === '' ? {} : { runId: given.runId }),
    ...(given.limit === '' ? {} : { executionDuration: Number(given.limit) }),
    ...(destruction === undefined ? {} : { destruction }),
  };
  const uploads = Object.entries(given.files).flatMap(([name, list]) =>
    list.map((file) => [name, file] as const),
  );
  if (uploads.length === 0) return body;
  const form = new FormData();
  form.append('job', JSON.stringify(body));
  for (const [name, file] of uploads) form.append(name, file, file.name);
  return form;
}
