import type { Core } from '../../core/core.ts';
import { isAskedId } from './dataset-id.ts';
import { type DatasetRow, findDatasets, listIds } from './datasets.store.ts';
import { datasetIdInvalid, datasetsMany, sinceInvalid } from './errors.ts';
import { earliest, instantOf } from './exposure-date.ts';
import { readHeader } from './header-text.ts';
import { placesOf } from './parameters.ts';

/** Ids that one answer may have; more is a matter for the API that pages. */
const mostIds = 5_000_000;
const idsAtOnce = 50_000;
/** A product may have many exposures: this many datasets for the ids of one question. */
const mostFound = 20_000;

export type HeaderValues = Record<string, string>;

/** The full id of a dataset. */
export function idOf({ product, exposure }: Pick<DatasetRow, 'product' | 'exposure'>): string {
  return `${product}:${exposure}`;
}

/** What clients are told of an id that nobody has registered (crds 13.2.7: the words an archive's page looks for). */
export function notFoundText(id: string): string {
  return `NOT FOUND dataset ID does not exist '${id}'`;
}

/** Ids of an instrument's datasets since a date, in order of exposure. Throws `crds.date-invalid`, `crds.datasets-many`. */
export async function datasetIds(
  core: Core,
  observatory: string,
  instrument: string,
  since: string | null = null,
): Promise<string[]> {
  const from = sinceOf(since);
  const ids: string[] = [];
  for (let cursor = { at: earliest, id: 0 }; ; ) {
    const rows = await listIds(core.db.sql, observatory, instrument.toLowerCase(), from, cursor, idsAtOnce);
    for (const row of rows) ids.push(idOf(row));
    const last = rows.at(-1);
    if (rows.length < idsAtOnce || last === undefined) return ids;
    if (ids.length >= mostIds) throw datasetsMany(mostIds);
    cursor = { at: last.exposedAt, id: last.datasetId };
  }
}

/**
 * Headers by full id. Each text is a whole id or either half of one; one that names nothing stands there itself, with
 * a sentence instead of a header. Throws `crds.dataset-id-invalid`, `crds.date-invalid`, `crds.datasets-many`.
 */
export async function datasetHeaders(
  core: Core,
  observatory: string,
  ids: readonly string[],
  since: string | null = null,
): Promise<Record<string, HeaderValues | string>> {
  const found = await headersByAsked(core, observatory, ids, since);
  const entries: Array<[string, HeaderValues | string]> = [];
  for (const [asked, datasets] of found) {
    if (datasets.length === 0) entries.push([asked, notFoundText(asked)]);
    for (const { id, header } of datasets) entries.push([id, header]);
  }
  return Object.fromEntries(entries);
}

export interface FoundDataset {
  id: string;
  instrument: string;
  header: HeaderValues;
}

/** The datasets that each text names; an empty list for what is not known. */
export async function headersByAsked(
  core: Core,
  observatory: string,
  ids: readonly string[],
  since: string | null = null,
): Promise<Map<string, FoundDataset[]>> {
  const wrong = ids.find((id) => !isAskedId(id));
  if (wrong !== undefined) throw datasetIdInvalid(wrong);
  const asked = [...new Set(ids)];
  const rows = await findDatasets(core.db.sql, observatory, asked, sinceOf(since), mostFound + 1);
  if (rows.length > mostFound) throw datasetsMany(mostFound);
  const found = new Map<string, FoundDataset[]>(asked.map((id) => [id, []]));
  for (const row of rows) {
    const header = await headerOf(core, observatory, row);
    found.get(row.asked)?.push({ id: idOf(row), instrument: row.instrument, header });
  }
  return found;
}

/** The header of a row by name. */
export async function headerOf(
  core: Core,
  observatory: string,
  row: Pick<DatasetRow, 'instrument' | 'header'>,
): Promise<HeaderValues> {
  const values = readHeader(row.header);
  const { names } = await placesOf(core, observatory, row.instrument, values.length);
  // From entries: a parameter may be called as it likes, also __proto__.
  return Object.fromEntries(
    values.flatMap((value, place) => (value === undefined ? [] : [[names[place] ?? '', value]])),
  );
}

function sinceOf(text: string | null): Date | null {
  if (text === null || text === '') return null;
  const since = instantOf(text);
  if (since === null) throw sinceInvalid(text);
  return since;
}
