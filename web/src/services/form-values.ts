import type { UwsDefinition } from '@orrery/contracts';

export type Values = Record<string, string>;

/** What the form holds at the moment. */
export interface Given {
  values: Values;
  files: Record<string, File[]>;
  runId: string;
  limit: string;
}

/** Text values that were given; a file in their place wins. */
export function givenValues(definition: UwsDefinition, { values, files }: Given): Record<string, string> {
  const given: Record<string, string> = {};
  for (const { name } of definition.parameters) {
    const value = values[name];
    if (value !== undefined && value !== '' && (files[name] ?? []).length === 0) given[name] = value;
  }
  return given;
}

/** JSON without files, multipart with them: one field `job`, each file named after its parameter. */
export function bodyOf(definition: UwsDefinition, given: Given & { run: boolean }): unknown {
  const body = {
    definition: definition.name,
    parameters: givenValues(definition, given),
    run: given.run,
    ...(given.runId === '' ? {} : { runId: given.runId }),
    ...(given.limit === '' ? {} : { executionDuration: Number(given.limit) }),
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
