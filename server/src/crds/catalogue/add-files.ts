import type { Tx } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { lockObservatory } from '../observatory/lock-observatory.ts';
import { markBlacklisted } from './blacklist.store.ts';
import { digestsOf } from './digests.ts';
import type { NewFile } from './file.ts';
import { isFileName } from './file-name.ts';
import { storeRows } from './file-rows.store.ts';

/** What became of the files that were brought. */
export interface AddedFiles {
  /** Names that were not known. */
  added: string[];
  /** Known ones of which more is known now (size, digests, a nearer place, texts). */
  completed: string[];
  /** Known ones whose size or digest is another: nothing of these was taken, files never change. */
  different: string[];
}

/** Rows that one statement takes. */
const rowsAtOnce = 2000;
const usesAtOnce = 50_000;
const contentBytesAtOnce = 4 * 1024 * 1024;

/**
 * Enters files into the catalogue, with the bytes of mappings and what they use. Those that are known are completed:
 * what was unknown is filled in, state and marks stay. Bringing the same twice changes nothing. Files that only a
 * mapping names may come in any order, before or after it.
 *
 * Throws `crds.file-name-invalid`, `crds.observatory-unknown`; then nothing is entered.
 */
export async function addFiles(tx: Tx, observatory: string, files: readonly NewFile[]): Promise<AddedFiles> {
  for (const { name } of files) if (!isFileName(name)) throw fileNameInvalid(name);
  await lockObservatory(tx, observatory);
  const result: AddedFiles = { added: [], completed: [], different: [] };
  const whole = mergeTwins(files).map(withDigests);
  for (let at = 0; at < whole.length; at += rowsAtOnce) {
    const rows = await storeRows(tx, observatory, whole.slice(at, at + rowsAtOnce));
    for (const { name, outcome } of rows) result[outcome].push(name);
  }
  const refused = new Set(result.different);
  const accepted = refused.size === 0 ? whole : whole.filter(({ name }) => !refused.has(name));
  await storeContents(tx, accepted);
  await storeUses(tx, observatory, accepted);
  const touchesRules = accepted.some(({ uses, rejected }) => (uses?.length ?? 0) > 0 || rejected === true);
  if (touchesRules) await markBlacklisted(tx, observatory);
  return result;
}

function fileNameInvalid(name: string): AppError {
  return new AppError('invalid', 'crds.file-name-invalid', `"${name.slice(0, 140)}" is no name of a file.`, {
    next: 'Names have 1 to 128 letters, digits, dots, dashes, blanks and underscores, and no dot in front.',
  });
}

/** A name that is brought twice is one file: what came first counts, what came later completes it. */
function mergeTwins(files: readonly NewFile[]): NewFile[] {
  const byName = new Map<string, NewFile>();
  for (const file of files) {
    const known = byName.get(file.name);
    byName.set(file.name, known === undefined ? file : { ...file, ...known });
  }
  return [...byName.values()];
}

function withDigests(file: NewFile): NewFile {
  const { content } = file;
  return content === undefined ? file : { ...file, place: 'kept', ...digestsOf(content) };
}

async function storeContents(tx: Tx, files: readonly NewFile[]): Promise<void> {
  let batch: Array<{ sha256: string; hex: string }> = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    await tx`
      insert into crds.mapping_text (sha256, content)
      select sha256, decode(hex, 'hex') from unnest(
        ${batch.map((one) => one.sha256)}::text[], ${batch.map((one) => one.hex)}::text[]) b(sha256, hex)
      on conflict do nothing`;
    batch = [];
    bytes = 0;
  };
  const seen = new Set<string>();
  for (const { content, sha256 } of files) {
    if (content === undefined || sha256 == null || seen.has(sha256)) continue;
    seen.add(sha256);
    batch.push({ sha256, hex: Buffer.from(content).toString('hex') });
    bytes += content.length;
    if (bytes >= contentBytesAtOnce) await flush();
  }
  await flush();
}

/** Mappings do not change: those whose uses are known keep them. */
async function storeUses(tx: Tx, observatory: string, files: readonly NewFile[]): Promise<void> {
  const users = files.filter(({ uses = [] }) => uses.length > 0);
  if (users.length === 0) return;
  const known = await tx<{ name: string }[]>`
    select name from unnest(${users.map(({ name }) => name)}::text[]) n(name)
    where exists (select from crds.mapping_use u where u.observatory = ${observatory} and u.mapping = n.name)`;
  const isKnown = new Set(known.map(({ name }) => name));
  const mappings: string[] = [];
  const used: string[] = [];
  for (const { name, uses = [] } of users) {
    if (isKnown.has(name)) continue;
    for (const one of new Set(uses)) {
      mappings.push(name);
      used.push(one);
    }
  }
  for (let at = 0; at < mappings.length; at += usesAtOnce) {
    const until = at + usesAtOnce;
    await tx`
      insert into crds.mapping_use (observatory, mapping, used)
      select ${observatory}, mapping, used
      from unnest(${mappings.slice(at, until)}::text[], ${used.slice(at, until)}::text[]) u(mapping, used)`;
  }
}
