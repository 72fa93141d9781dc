import { describe, expect, test } from 'vitest';
import { type Touched, touchedTypes } from '../../../server/src/crds/affected/changed-rules.ts';
import { compareDatasets } from '../../../server/src/crds/affected/compare.thread.ts';
import { type NewDataset, readDatasetLine } from '../../../server/src/crds/datasets/dataset-line.ts';
import { writeHeader } from '../../../server/src/crds/datasets/header-text.ts';
import { type Answer, bestReferences, Context, closureOf } from '../../../server/src/crds/rules/index.ts';
import { datasetLines, seeded } from '../../bench/crds-affected/headers.ts';
import { PublishedMappings } from './mappings.ts';

const suite = 'affected data on published contexts';
const mappings = new PublishedMappings(suite);
const datasetsOfPair = 3000;
const dayMs = 86_400_000;

/**
 * Changes of each dataset, found without anything that a comparison leaves out or remembers, but for types whose
 * headers alone differ: these do not count (crds 13.2.7).
 */
async function expectedChanges(
  [old, current]: readonly [string, string],
  datasets: readonly NewDataset[],
): Promise<string[][]> {
  const contexts = await Promise.all([old, current].map((name) => Context.open(name, mappings)));
  for (const context of contexts) await context.loadAll();
  const touched = await touchedOf([old, current]);
  return datasets.map(({ header, instrument }) => {
    const [before = {}, after = {}] = contexts.map((context) => bestReferences(context, header, null));
    const types = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...types].flatMap((type) => {
      const [from, to] = [shown(before[type]), shown(after[type])];
      if (!touched.some((one) => one.instrument === instrument && one.type === type)) return [];
      return from === to ? [] : [`${type}: ${from} -> ${to}`];
    });
  });
}

function touchedOf([old, current]: readonly [string, string]): Promise<Touched[]> {
  return touchedTypes(mappings.read(old), mappings.read(current), async (name) => mappings.read(name));
}

function shown(answer: Answer | undefined): string {
  if (answer === undefined || answer === 'NOT FOUND n/a') return 'N/A';
  if (typeof answer !== 'string') return JSON.stringify(answer);
  return answer.startsWith('NOT FOUND') ? 'NOT FOUND' : answer;
}

/** The same by the way that runs take: since the first rules that differ, in pieces, with a memory. */
async function foundChanges(
  [old, current]: readonly [string, string],
  datasets: readonly NewDataset[],
): Promise<string[][]> {
  const found: string[][] = datasets.map(() => []);
  const touched = await touchedOf([old, current]);
  const names = [old, current].flatMap((name) => closureOf(name, mappings.read).mappings);
  const texts = new Map(names.map((name) => [name, mappings.text(name)]));
  for (const [instrument, types] of Map.groupBy(touched, (one) => one.instrument)) {
    const places = new Map<string, number>();
    const lines = datasets.flatMap((dataset, at) => {
      if (dataset.instrument !== instrument) return [];
      const values: Array<string | undefined> = [];
      for (const [name, value] of dataset.header) {
        if (!places.has(name)) places.set(name, places.size);
        values[places.get(name) as number] = value;
      }
      return [`${at}\u001f${Math.floor(dataset.exposedAt.getTime() / dayMs)}\u001f${writeHeader(values)}`];
    });
    const key = `${old} ${current} ${instrument}`;
    const work = {
      oldContext: old,
      newContext: current,
      instrument,
      types,
      texts,
      places: [...places.keys()],
    };
    for (let at = 0; at < lines.length; at += 500) {
      const piece = lines.slice(at, at + 500).join('\n');
      const result = await compareDatasets(key, piece, at === 0 ? work : null);
      if (result === null) throw new Error('the rules were forgotten');
      for (const [dataset, , changes] of result.rows) {
        found[dataset] = changes.map((change) => {
          const [type, from, to] = result.changes[change] as readonly [string, string, string];
          return `${type}: ${from} -> ${to}`;
        });
      }
    }
  }
  return found;
}

/** Headers as archives do not write them: values missing, dates in other forms or none, another case. */
function disturbed(line: string, random: () => number): string {
  const dataset = JSON.parse(line) as { header: Record<string, string>; date: string };
  const names = Object.keys(dataset.header).filter((name) => name !== 'INSTRUME');
  const name = names[Math.floor(random() * names.length)] as string;
  const turn = Math.floor(random() * 8);
  if (turn === 0) delete dataset.header[name];
  if (turn === 1) dataset.header[name] = (dataset.header[name] ?? '').toLowerCase();
  if (turn === 2)
    dataset.header['TIME-OBS'] = ['noon', '12:00', '23:59:59.999999', 'UNDEFINED', ''][
      Math.floor(random() * 5)
    ] as string;
  if (turn === 3)
    dataset.header['DATE-OBS'] = ['2014-02-30', 'May 14 2009', '14/05/09', 'N/A'][
      Math.floor(random() * 4)
    ] as string;
  if (turn === 4)
    dataset.header[name] = ['N/A', 'ANY', '-999', 'CLEAR', '2'][Math.floor(random() * 5)] as string;
  return JSON.stringify(dataset);
}

describe.skipIf(mappings.areMissing)(suite, () => {
  test.each([
    ['hst.pmap', 'hst_0349.pmap'],
    ['hst_0349.pmap', 'hst.pmap'],
    ['hst_0250.pmap', 'hst_0298.pmap'],
    ['hst_0298.pmap', 'hst_0349.pmap'],
  ] as const)(
    'from %s to %s are those whose answers differ',
    async (old, current) => {
      const random = seeded(4711);
      const make = datasetLines(mappings.read('hst_0349.pmap'), mappings.read);
      const datasets = make(datasetsOfPair).map((line) => readDatasetLine(disturbed(line, random)));
      const expected = await expectedChanges([old, current], datasets);
      expect(expected.filter((changes) => changes.length > 0).length).toBeGreaterThan(50);
      const found = await foundChanges([old, current], datasets);
      const wrong = datasets.flatMap(({ header }, at) => {
        const [left, right] = [expected[at]?.toSorted() ?? [], found[at]?.toSorted() ?? []];
        return left.join() === right.join()
          ? []
          : [{ header: Object.fromEntries(header), expected: left, found: right }];
      });
      expect(wrong.slice(0, 3)).toEqual([]);
    },
    60_000,
  );
});
