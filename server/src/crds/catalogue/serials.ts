import type { Tx } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { lockObservatory } from '../observatory/lock-observatory.ts';
import { hstUniqueName } from '../rules/hst-names.ts';

/**
 * Takes the next serial numbers of a name and returns the first of them: one more than the highest that is in the
 * catalogue or was ever taken. The name is that of a mapping without its number (`hst_acs_biasfile.rmap`), or of
 * references without number and extension (`jwst_miri_dark`): all extensions share one counter. A name without any
 * number counts as 0. Two callers never get the same number; the second waits until the first has committed.
 *
 * Throws `crds.observatory-unknown`.
 */
export async function takeSerial(tx: Tx, observatory: string, generic: string, count = 1): Promise<number> {
  // In this order everywhere: no two writers wait for each other.
  await lockObservatory(tx, observatory);
  const [, stem = generic, extension = ''] = /^(.*?)(\.[pir]map)?$/.exec(generic) ?? [];
  const [row] = await tx<{ lastSerial: number }[]>`
    with known as (
      select coalesce(max(serial), 0) as highest from crds.file
      where observatory = ${observatory} and kind = ${extension === '' ? 'reference' : 'mapping'}
        and starts_with(name, ${`${stem}_`})
        and name ~ ${`^.{${stem.length}}_[0-9]+[.]${extension === '' ? '' : `${extension.slice(1)}$`}`})
    insert into crds.serial as s (observatory, generic, last_serial)
    select ${observatory}, ${generic}, greatest(highest, 0) + ${count} from known
    on conflict (observatory, generic) do update
      set last_serial = greatest(s.last_serial, (select highest from known)) + ${count}
    returning last_serial`;
  return (row?.lastSerial ?? count) - count + 1;
}

/** What the name of an HST reference file is made from. */
export interface HstNameWish {
  instrument: string;
  /** As the type writes it: `bia`, `drk`. */
  suffix: string;
  /** With its dot. */
  extension: string;
}

/**
 * Names for new HST reference files, in the order of the wishes: each with a time of its own, two seconds after the
 * one before, and different from every name in the catalogue. They are free until the transaction ends: enter the
 * files in it. Throws `crds.instrument-unknown`, `crds.observatory-unknown`.
 */
export async function takeHstNames(
  tx: Tx,
  observatory: string,
  wishes: readonly HstNameWish[],
  now: Date,
): Promise<string[]> {
  await lockObservatory(tx, observatory);
  const names: string[] = [];
  let at = now.getTime();
  while (names.length < wishes.length) {
    const candidates = wishes.slice(names.length).map((wish, step) => hstName(wish, at + step * 2000));
    const taken = await stemsTaken(tx, observatory, candidates);
    for (const name of candidates) {
      at += 2000;
      // The wishes keep their order: after a time that is taken, the rest moves on by one.
      if (taken.has(stemOf(name))) break;
      names.push(name);
    }
  }
  return names;
}

function hstName({ instrument, suffix, extension }: HstNameWish, atMs: number): string {
  const name = hstUniqueName(instrument, suffix, extension, new Date(atMs));
  if (name !== undefined) return name;
  throw new AppError(
    'invalid',
    'crds.instrument-unknown',
    `"${instrument.slice(0, 40)}" is no instrument whose files are named after their time.`,
  );
}

function stemOf(name: string): string {
  return name.slice(0, 9);
}

async function stemsTaken(tx: Tx, observatory: string, names: readonly string[]): Promise<Set<string>> {
  const stems = names.map(stemOf);
  const rows = await tx<{ stem: string }[]>`
    select stem from unnest(${stems}::text[]) s(stem) where exists (
      select from crds.file f where f.observatory = ${observatory}
        and f.name >= s.stem collate "C" and f.name < (s.stem || '~') collate "C")`;
  return new Set(rows.map(({ stem }) => stem));
}
