import type { Core } from '../../core/core.ts';
import type { Db, Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { perCore } from '../per-core.ts';

/** Most names that all headers of one instrument may have together. */
const mostNames = 1000;

/** Which place in a header text a parameter of an instrument has. */
export interface Places {
  /** By place. */
  readonly names: readonly string[];
  readonly placeOf: ReadonlyMap<string, number>;
}

const noPlaces: Places = { names: [], placeOf: new Map() };

/** What this process knows of the places. They are only ever added to, so what is known stays right. */
const knownPlaces = perCore((): Map<string, Places> => new Map());

/** Places of an instrument, at least as many as `atLeast`. */
export async function placesOf(
  core: Core,
  observatory: string,
  instrument: string,
  atLeast = 0,
): Promise<Places> {
  const known = knownPlaces(core).get(`${observatory}/${instrument}`);
  if (known !== undefined && known.names.length >= Math.max(1, atLeast)) return known;
  return keep(core, observatory, instrument, await readPlaces(core.db.sql, observatory, instrument));
}

/** Places of an instrument that has all these names; those that are new are added. Throws `crds.parameters-many`. */
export async function placesFor(
  core: Core,
  observatory: string,
  instrument: string,
  names: ReadonlySet<string>,
): Promise<Places> {
  const known = await placesOf(core, observatory, instrument);
  if (hasAll(known, names)) return known;
  return keep(core, observatory, instrument, await addNames(core.db, observatory, instrument, names));
}

function hasAll({ placeOf }: Places, names: ReadonlySet<string>): boolean {
  for (const name of names) if (!placeOf.has(name)) return false;
  return true;
}

function keep(core: Core, observatory: string, instrument: string, places: Places): Places {
  if (places.names.length > 0) knownPlaces(core).set(`${observatory}/${instrument}`, places);
  return places;
}

async function readPlaces(sql: Sql, observatory: string, instrument: string): Promise<Places> {
  const rows = await sql<{ name: string }[]>`
    select name from crds.dataset_parameter
    where observatory = ${observatory} and instrument = ${instrument} order by place`;
  if (rows.length === 0) return noPlaces;
  const names = rows.map(({ name }) => name);
  return { names, placeOf: new Map(names.map((name, place) => [name, place])) };
}

async function addNames(
  db: Db,
  observatory: string,
  instrument: string,
  names: ReadonlySet<string>,
): Promise<Places> {
  return await db.transaction(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended(${`crds.dataset_parameter/${observatory}/${instrument}`}, 0))`;
    const { names: present, placeOf } = await readPlaces(tx, observatory, instrument);
    const added = [...names].filter((name) => !placeOf.has(name)).sort();
    if (present.length + added.length > mostNames) throw tooManyParameters(instrument);
    await tx`
      insert into crds.dataset_parameter (observatory, instrument, place, name)
      select ${observatory}, ${instrument}, ${present.length} + nth - 1, name
      from unnest(${added}::text[]) with ordinality n(name, nth)`;
    return await readPlaces(tx, observatory, instrument);
  });
}

function tooManyParameters(instrument: string): AppError {
  return new AppError(
    'conflict',
    'crds.parameters-many',
    `The headers of ${instrument.slice(0, 20)} would have more than ${mostNames} different parameters.`,
    { next: 'Send only the parameters that rules look at: get_required_parkeys has them.' },
  );
}
