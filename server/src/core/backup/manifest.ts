import { hash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { AppError } from '../errors.ts';

/** Raised when an older program could not read the backup any more. */
export const formatVersion = 1;

const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const count = Type.Integer({ minimum: 0 });
/** `schema.table`, as we name them. */
const tableName = Type.String({ pattern: '^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$' });

const manifestSchema = Type.Object({
  formatVersion: Type.Literal(formatVersion),
  programVersion: Type.String(),
  postgresVersion: Type.String(),
  /** When the snapshot was taken. */
  takenAt: Type.String(),
  migrations: Type.Array(
    Type.Object({ module: Type.String(), number: count, name: Type.String(), checksum: sha256 }),
  ),
  /** In the order in which they are loaded. */
  tables: Type.Array(
    Type.Object({
      name: tableName,
      columns: Type.Array(Type.String()),
      partitions: Type.Array(
        Type.Object({
          name: tableName,
          bounds: Type.String({ pattern: '^(DEFAULT|FOR VALUES FROM \\([^;()]*\\) TO \\([^;()]*\\))$' }),
        }),
      ),
      file: Type.String({ pattern: '^tables/[a-z0-9_.]+\\.copy\\.zst$' }),
      rows: count,
      bytes: count,
      rowDigest: sha256,
      sha256,
      fileBytes: count,
    }),
  ),
  skippedTables: Type.Array(Type.String()),
  sequences: Type.Array(Type.Object({ name: tableName, value: Type.Integer() })),
  blobs: Type.Object({
    /** Lines of realm, SHA-256, size and how it was taken, separated by tabs. */
    file: Type.Literal('blobs.tsv.zst'),
    sha256,
    fileBytes: count,
    count,
    bytes: count,
    hardLinks: count,
    reflinks: count,
    copies: count,
    /** Known to the database, not in the store: they were lost before the backup. */
    missing: count,
  }),
  /** The key of secrets at rest, when it was asked for. */
  keys: Type.Optional(Type.Object({ file: Type.Literal('secret.key'), sha256 })),
});

export type Manifest = Static<typeof manifestSchema>;
export type CopiedTable = Manifest['tables'][number];

const fileName = 'manifest.json';
const checksumName = 'manifest.json.sha256';

/** Writes the manifest and its checksum, in the form that `sha256sum -c` reads. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  await writeDurably(path.join(folder, fileName), text);
  await writeDurably(path.join(folder, checksumName), `${hash('sha256', text)}  ${fileName}\n`);
}

export async function writeDurably(file: string, content: string | Buffer): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Reads the manifest of a finished backup. Throws invalid `backup.not-one`, `backup.damaged` or `backup.format-newer`. */
export async function readManifest(folder: string): Promise<Manifest> {
  const [text, checksum] = await Promise.all(
    [fileName, checksumName].map((name) => readFile(path.join(folder, name), 'utf8').catch(asMissing)),
  );
  if (text === undefined) {
    throw new AppError('invalid', 'backup.not-one', `${folder} is not a backup: it has no ${fileName}.`, {
      next: 'Name the folder that "orrery backup" made. One that ends in .partial was never finished.',
    });
  }
  if (checksum?.split(' ')[0] !== hash('sha256', text)) throw damaged(fileName, 'its checksum differs');
  const parsed = JSON.parse(text) as { formatVersion?: unknown };
  if (typeof parsed.formatVersion === 'number' && parsed.formatVersion > formatVersion) {
    throw new AppError('invalid', 'backup.format-newer', 'This backup was made by a newer release.', {
      next: 'Restore it with that release or a later one.',
    });
  }
  const [problem] = Value.Errors(manifestSchema, parsed);
  if (problem !== undefined) throw damaged(fileName, `${problem.instancePath} ${problem.message}`);
  return parsed as Manifest;
}

export function damaged(file: string, why: string): AppError {
  return new AppError('invalid', 'backup.damaged', `The backup is damaged: ${file}: ${why}.`, {
    next: 'Nothing was changed. Use another backup, or put back this file from a copy.',
    details: { file },
  });
}

function asMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
