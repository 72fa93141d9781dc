import type { Sql } from '../../core/db/index.ts';
import { globPattern } from './glob.ts';

/** A column with names, as it stands in a statement. */
type Column = ReturnType<Sql>;

/** Characters of a piece by which names are indexed (`crds.name_grams`). */
const gramLength = 3;
/** Pieces that are asked for at most: any of them may be left out, a few dozen leave no other names. */
const mostGrams = 40;
/** In no name: what has it is found nowhere. */
const neverGram = -1;

/** A pattern with `*`, `?` or `[` is matched as a shell does it, anything else as a part of the name in any case. */
export function nameCondition(sql: Sql, column: Column, text: string) {
  return isGlob(text)
    ? sql`${column} ~ ${globPattern(text)}`
    : sql`strpos(lower(${column}), ${text.toLowerCase()}) > 0`;
}

/** The same of the names of `crds.file f`, with what finds them in the index. */
export function fileNameCondition(sql: Sql, text: string) {
  const condition = nameCondition(sql, sql`f.name`, text);
  const grams = isGlob(text) ? gramsOfGlob(text) : gramsOf(text);
  return grams.length === 0 ? condition : sql`f.name_grams @> ${grams}::int[] and ${condition}`;
}

/** A pattern of a shell for the names of `crds.file f`; without `*`, `?` and `[` it is the whole name. */
export function fileGlobCondition(sql: Sql, glob: string) {
  const condition = sql`f.name ~ ${globPattern(glob)}`;
  const grams = gramsOfGlob(glob);
  return grams.length === 0 ? condition : sql`f.name_grams @> ${grams}::int[] and ${condition}`;
}

function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/** The pieces that a name has which holds this text, as the database numbers them. */
function gramsOf(text: string): number[] {
  const grams = new Set<number>();
  const lower = text.toLowerCase();
  for (let at = 0; at + gramLength <= lower.length && grams.size < mostGrams; at++) {
    const [first, second, third] = [at, at + 1, at + 2].map((place) => lower.charCodeAt(place));
    const isAscii = [first, second, third].every((code) => code !== undefined && code < 0x80);
    grams.add(isAscii ? ((first ?? 0) << 16) | ((second ?? 0) << 8) | (third ?? 0) : neverGram);
  }
  return [...grams];
}

/** The pieces of what stands between the wildcards. */
function gramsOfGlob(glob: string): number[] {
  // What a bracket holds is skipped up to the end of the pattern if need be: fewer pieces are right as well.
  const literals = glob.split(/\[.*\]|\[.*|[*?]/s);
  return literals.flatMap(gramsOf).slice(0, mostGrams);
}
