import type { FileKind } from '../catalogue/file.ts';
import { closureOf, filesOf, listNames, mappingsUnder } from '../catalogue/files.store.ts';
import { isShown, shownStates } from '../catalogue/shown.ts';
import { fileRecord, recordFields } from './file-record.ts';
import { knownFile } from './known-file.ts';
import { mostNames } from './limits.ts';
import { type RpcCall, type RpcMethod, rpcMethod } from './method.ts';
import { sameObservatory } from './observatory-argument.ts';
import { context, fileName, glob, listOf, observatoryName, orNull, text } from './parameters.ts';

import { resolved } from './resolved.ts';
import { listAllFiles } from './server-info.store.ts';

const observatory = orNull(observatoryName);

/** Names of files, their records, and which of them a context leads to. */
export const catalogueMethods: readonly RpcMethod[] = [
  listing('list_mappings', 'Names of mappings that match a pattern.', 'mapping'),
  listing('list_references', 'Names of references that match a pattern.', 'reference'),
  rpcMethod(
    'get_mapping_names',
    'All mappings that a context leads to, itself first, sorted.',
    { context },
    async (call, { context }) => {
      const mapping = await knownMapping(call, context);
      return await mappingsUnder(call.core.db.sql, call.observatory.observatory, mapping);
    },
  ),
  rpcMethod(
    'get_reference_names',
    'All references that a context leads to, sorted.',
    { context },
    async (call, { context }) => {
      const mapping = await knownMapping(call, context);
      return (await closureOf(call.core.db.sql, call.observatory.observatory, mapping)).references;
    },
  ),
  url('get_mapping_url'),
  url('get_reference_url'),
  url('get_url'),
  rpcMethod(
    'get_file_info',
    'The record of one file.',
    { context: orNull(text('context')), file: fileName },
    async ({ core, observatory }, { file }) =>
      fileRecord(await knownFile(core.db.sql, observatory.observatory, file)),
  ),
  rpcMethod(
    'get_file_info_map',
    'Records of files, of all when no names are given; "NOT FOUND" for a name that is unknown.',
    {
      observatory,
      files: orNull(listOf(text('file name'), mostNames)),
      fields: orNull(listOf(text('field'), 100)),
    },
    recordsOf,
  ),
];

function listing(name: string, summary: string, kind: FileKind): RpcMethod {
  return rpcMethod(name, summary, { observatory, glob: orNull(glob) }, async (call, values) => {
    sameObservatory(call, values.observatory);
    const filter = { kind, states: shownStates, ...(values.glob === null ? {} : { glob: values.glob }) };
    return await listNames(call.core.db.sql, call.observatory.observatory, filter);
  });
}

async function knownMapping(call: RpcCall, spec: string): Promise<string> {
  const mapping = await resolved(call, spec);
  await knownFile(call.core.db.sql, call.observatory.observatory, mapping);
  return mapping;
}

/** Where to download a file; clients ask to find out whether it is known. */
function url(name: string): RpcMethod {
  return rpcMethod(
    name,
    'Address of a file.',
    { context: orNull(text('context')), file: fileName },
    async ({ core, observatory, base }, { file }) => {
      const { kind } = await knownFile(core.db.sql, observatory.observatory, file);
      return `${base}/unchecked_get/${kind}s/${observatory.observatory}/${encodeURIComponent(file)}`;
    },
  );
}

async function recordsOf(
  call: RpcCall,
  values: { observatory: string | null; files: string[] | null; fields: string[] | null },
): Promise<Record<string, unknown>> {
  sameObservatory(call, values.observatory);
  const { sql } = call.core.db;
  const fields = recordFields.filter((field) => values.fields?.includes(field) ?? true);
  const { observatory } = call.observatory;
  const files =
    values.files === null
      ? await listAllFiles(sql, observatory)
      : await filesOf(sql, observatory, values.files);
  const records = new Map<string, unknown>(values.files?.map((name) => [name, 'NOT FOUND']) ?? []);
  for (const file of files.filter(isShown)) {
    const record = fileRecord(file);
    records.set(file.name, Object.fromEntries(fields.map((field) => [field, record[field]])));
  }
  return Object.fromEntries(records);
}
