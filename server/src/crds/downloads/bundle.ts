import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { CatalogueFile } from '../catalogue/file.ts';
import { closureOf, filesOf } from '../catalogue/files.store.ts';
import { isShown } from '../catalogue/shown.ts';
import { fileUnknown } from '../errors.ts';
import { referenceFolder } from './cache-layout.ts';
import { mappingTexts } from './downloads.store.ts';
import { heldFile, openBytes } from './open-file.ts';
import { tarEnd, tarHeader, tarPadding } from './tar.ts';

/** Mappings read in one statement; what is in memory at a time. */
const mappingsAtOnce = 32;

export interface Bundle {
  mappings: CatalogueFile[];
  references: CatalogueFile[];
}

/** What a context leads to, before any byte of it is sent. Throws `crds.file-unknown`, `crds.bundle-incomplete`. */
export async function bundleOf(
  core: Core,
  observatory: string,
  context: string,
  withReferences: boolean,
): Promise<Bundle> {
  const { sql } = core.db;
  const names = await closureOf(sql, observatory, context);
  const wanted = withReferences ? [...names.mappings, ...names.references] : names.mappings;
  const files = (await filesOf(sql, observatory, wanted)).filter(isShown).sort(byName);
  if (!files.some(({ name }) => name === context)) throw fileUnknown(observatory, context);
  const there = new Set(files.filter(({ place }) => place !== 'absent').map(({ name }) => name));
  const lacking = wanted.filter((name) => !there.has(name));
  if (lacking.length > 0) throw incomplete(context, lacking);
  return {
    mappings: files.filter(({ kind }) => kind === 'mapping'),
    references: files.filter(({ kind }) => kind === 'reference'),
  };
}

function byName(a: CatalogueFile, b: CatalogueFile): number {
  return a.name < b.name ? -1 : 1;
}

function incomplete(context: string, lacking: readonly string[]): AppError {
  return new AppError(
    'conflict',
    'crds.bundle-incomplete',
    `${lacking.length} files of ${context} are not here, ${lacking[0]} among them.`,
    { next: 'Import them first, or ask for the mappings alone.', details: { files: lacking.slice(0, 100) } },
  );
}

/** The archive in pieces, in the layout of a client's cache: unpacked there it is found. */
export async function* tarOf(
  core: Core,
  observatory: string,
  { mappings, references }: Bundle,
  config: ReadonlyMap<string, Buffer>,
): AsyncGenerator<Buffer> {
  const now = core.clock.now();
  for (const [name, content] of config) {
    yield* whole(`config/${observatory}/${name}`, content, now);
  }
  for (let at = 0; at < mappings.length; at += mappingsAtOnce) {
    const some = mappings.slice(at, at + mappingsAtOnce);
    const texts = await mappingTexts(
      core.db.sql,
      some.flatMap(({ sha256, place }) => (place === 'kept' && sha256 !== null ? [sha256] : [])),
    );
    for (const file of some) {
      const content = texts.get(file.sha256 ?? '');
      const path = `mappings/${observatory}/${file.name}`;
      if (content === undefined) yield* streamed(core, file, path);
      else yield* whole(path, content, file.addedAt);
    }
  }
  for (const file of references) {
    yield* streamed(core, file, `references/${observatory}/${referenceFolder(file)}${file.name}`);
  }
  yield tarEnd;
}

function* whole(name: string, content: Buffer, modifiedAt: Date): Generator<Buffer> {
  yield tarHeader({ name, sizeBytes: content.length, modifiedAt });
  yield content;
  yield tarPadding(content.length);
}

async function* streamed(core: Core, file: CatalogueFile, name: string): AsyncGenerator<Buffer> {
  const held = file.place === 'upstream' ? await heldFile(core, file.observatory, file.name) : file;
  const { stream, sizeBytes } = await openBytes(core, held);
  yield tarHeader({ name, sizeBytes, modifiedAt: file.addedAt });
  let sent = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    sent += chunk.length;
    yield chunk;
  }
  // A shorter file would shift all that follows: the archive is broken off instead.
  if (sent !== sizeBytes) throw new Error(`${file.name} gave ${sent} of ${sizeBytes} bytes`);
  yield tarPadding(sizeBytes);
}
