import { buffer } from 'node:stream/consumers';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { openFile } from '../downloads/open-file.ts';
import { fileUnknown } from '../errors.ts';
import { inTurns, isMappingName, type Mapping, MappingError, readingMapping } from '../rules/index.ts';

/** Texts of mappings by name, fetched from upstream when they are not here. Throws `crds.file-unknown`, `crds.file-absent`. */
export async function mappingTexts(
  core: Core,
  observatory: string,
  names: readonly string[],
): Promise<Map<string, string>> {
  const rows = await core.db.sql<{ name: string; content: Uint8Array }[]>`
    select f.name, t.content from crds.file f join crds.mapping_text t using (sha256)
    where f.observatory = ${observatory} and f.name = any(${[...names]}::text[]) and f.kind = 'mapping'`;
  const contents = new Map(rows.map(({ name, content }) => [name, content]));
  const texts = new Map<string, string>();
  for (const name of names) {
    const content = contents.get(name) ?? (await wholeFile(core, observatory, name));
    texts.set(name, Buffer.from(content).toString('utf8'));
  }
  return texts;
}

async function wholeFile(core: Core, observatory: string, name: string): Promise<Buffer> {
  if (!isMappingName(name)) throw fileUnknown(observatory, name);
  const { stream } = await openFile(core, observatory, name);
  return await buffer(stream);
}

/** Mappings as they were read, by name. Throws as `mappingTexts` does, and `crds.mapping-unreadable`. */
export async function mappingsNamed(
  core: Core,
  observatory: string,
  names: readonly string[],
): Promise<Map<string, Mapping>> {
  const texts = await mappingTexts(core, observatory, names);
  const mappings = new Map<string, Mapping>();
  for (const [name, text] of texts) mappings.set(name, await read(name, text));
  return mappings;
}

/** One of them. */
export async function mappingNamed(core: Core, observatory: string, name: string): Promise<Mapping> {
  const mapping = (await mappingsNamed(core, observatory, [name])).get(name);
  if (mapping === undefined) throw fileUnknown(observatory, name);
  return mapping;
}

async function read(name: string, text: string): Promise<Mapping> {
  try {
    return await inTurns(readingMapping(text, { name, ignoreSum: true }));
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    throw new AppError('conflict', 'crds.mapping-unreadable', `The rules cannot be read: ${error.message}.`, {
      next: 'Import a sound copy of the file, or mark it bad.',
      details: { file: name, line: error.line, column: error.column, expected: error.expected },
    });
  }
}
