import type { CrdsContents, CrdsContentsQuery } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import { textOf } from '../rules/python-text.ts';
import { mappingNamed, mappingTexts } from './mapping-text.ts';

const usualLines = 2000;

/** A part of the text of a mapping, with the files it names where they stand. */
export async function contentsOf(
  core: Core,
  observatory: string,
  name: string,
  { from = 1, lines: wanted = usualLines }: CrdsContentsQuery,
): Promise<CrdsContents> {
  const text = (await mappingTexts(core, observatory, [name])).get(name) ?? '';
  const all = text.split(/\r\n|\r|\n/);
  if (all.at(-1) === '') all.pop();
  const lines = all.slice(from - 1, from - 1 + wanted);
  return {
    from,
    lines,
    totalLines: all.length,
    links: await linksIn(core, observatory, lines, from),
    header: await headerOf(core, observatory, name),
  };
}

/** What stands in quotes and is a file of this observatory. */
async function linksIn(core: Core, observatory: string, lines: readonly string[], from: number) {
  const quoted = lines.flatMap((line, at) =>
    [...line.matchAll(/(['"])([A-Za-z0-9_-][A-Za-z0-9._ -]{0,127})\1/g)].map(([, , name = '']) => ({
      line: from + at,
      name,
    })),
  );
  const known = new Set(
    (
      await core.db.sql<{ name: string }[]>`
        select name from crds.file where observatory = ${observatory} and state <> 'uploaded'
          and name = any(${[...new Set(quoted.map(({ name }) => name))]}::text[])`
    ).map(({ name }) => name),
  );
  return quoted.filter(({ name }) => known.has(name));
}

/** What the header says, as it is written; of a mapping that cannot be read nothing. */
async function headerOf(core: Core, observatory: string, name: string) {
  const mapping = await mappingNamed(core, observatory, name).catch(() => null);
  return [...(mapping?.writtenHeader ?? [])].map(([key, value]) => ({ name: key, value: textOf(value) }));
}
