import type { Definition } from '../definitions/definition.ts';
import { variableName } from '../definitions/variable-name.ts';
import type { Job, JobParameter } from '../jobs/job.ts';
import { safeFileName } from '../jobs/parameters.ts';

/** A value between single quotes, where a shell takes every sign as it is. */
export function shellQuote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** Above this a value is no environment variable: one argument or variable may have 128 KiB on Linux. */
const maxExported = 32_768;

/** Where the files of a parameter are put, relative to the job's folder. */
export function inputPaths(parameter: JobParameter): string[] {
  const names = new Set<string>();
  return (parameter.files ?? []).map((file, index) => {
    const plain = safeFileName(file.fileName);
    const name = names.has(plain) ? `${index}-${plain}` : plain;
    names.add(name);
    return `inputs/${parameter.name}/${name}`;
  });
}

/** The file name a result is to have: its own, or the value of the parameter of its name. */
export function resultFile(
  result: { name: string; file: string; fromParameter?: boolean },
  job: Pick<Job, 'parameters'>,
): string {
  if (result.fromParameter !== true) return result.file;
  const value = job.parameters.find((parameter) => parameter.name === result.name)?.value;
  return value === undefined || value === '' ? result.file : value;
}

/**
 * The variables a script finds: every parameter (empty when it has no value), every file parameter as the path of
 * its file, every result as the name of the file to write.
 */
export function variables(job: Pick<Job, 'parameters'>, definition: Definition): Map<string, string> {
  const values = new Map<string, string>();
  for (const result of definition.results ?? [])
    values.set(variableName(result.name), resultFile(result, job));
  for (const description of definition.parameters ?? []) {
    const parameter = job.parameters.find((each) => each.name === description.name);
    const value = parameter?.files === undefined ? (parameter?.value ?? '') : inputPaths(parameter).join(' ');
    values.set(variableName(description.name), value);
  }
  return values;
}

/** A file to be sourced by bash. Values stand between single quotes, so none of them can become code. */
export function parametersSh(values: ReadonlyMap<string, string>): string {
  const lines = [...values].map(([name, value]) => {
    const isShort = Buffer.byteLength(value) <= maxExported;
    return `${name}=${shellQuote(value)}\n${isShort ? `export ${name}\n` : ''}`;
  });
  return lines.join('');
}
