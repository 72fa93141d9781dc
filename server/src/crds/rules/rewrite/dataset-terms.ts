import { DateError, reformatDate } from '../dates.ts';
import { EvaluationError, isTrue } from '../expression.ts';
import { Dict } from '../literal.ts';
import type { Mapping } from '../mapping.ts';
import { namesIn } from '../parameters.ts';
import { quoted, textOf } from '../python-text.ts';
import { compileRmap, type Rmap } from '../rmap.ts';
import { compareText, conditionValue } from '../values.ts';
import { type Expansions, expanded } from './expansions.ts';
import { patternKeywords } from './pattern-keywords.ts';
import { type DatasetValues, RuleUpdateError } from './rule-key.ts';

/**
 * What the header of a reference says about the datasets it is for, in the parameters of an rmap (crds 13.2.7,
 * `reference_to_dataset_header`): its USEAFTER is their date, pattern keywords are their parameters, words for
 * several values are spelled out, parameters that do not matter are `N/A`.
 * @throws {RuleUpdateError} for a USEAFTER that is no date, and expressions that its values do not suffice for.
 */
export function datasetTerms(
  mapping: Mapping,
  header: ReadonlyMap<string, string>,
  expansions: Expansions = new Map(),
): DatasetValues {
  const rmap = compileRmap(mapping);
  const translated = translatedHeader(rmap, mapping, header);
  const wanted = new Set(rmap.required);
  const spelledOut = expanded(translated, expansions.get(rmap.instrument) ?? [], wanted);
  const values = hasConditionedKeys(rmap) ? conditioned(spelledOut) : spelledOut;
  for (const [name, value] of irrelevant(rmap, values)) values.set(name, value);
  for (const name of datasetOnly(mapping)) values.set(name, 'N/A');
  return values;
}

/** Rules of these two keep keys as references say them. */
function hasConditionedKeys({ observatory }: Rmap): boolean {
  return observatory !== 'jwst' && observatory !== 'roman';
}

function conditioned(header: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...header].map(([name, value]) => [name.toUpperCase(), conditionValue(value)]));
}

function translatedHeader(
  rmap: Rmap,
  mapping: Mapping,
  header: ReadonlyMap<string, string>,
): Map<string, string> {
  const values = new Map(header);
  for (const [name, value] of header) {
    const path = rmap.traits.translate?.(name) ?? name.toUpperCase();
    if (isPoor(values.get(path))) values.set(path, value);
  }
  const stated = new Map(values);
  for (const [keyword, parameter] of patternsOf(rmap, mapping)) {
    const value = stated.get(keyword);
    if (value === undefined || isPoor(value)) continue;
    values.set(parameter, rmap.observatory === 'roman' ? value.toUpperCase() : value);
  }
  for (const name of rmap.required) if (!values.has(name)) values.set(name, 'UNDEFINED');
  setDate(rmap, values);
  return values;
}

/** Pattern keywords, and those that the rmap adds or changes, in the order in which the last one counts. */
function patternsOf(rmap: Rmap, mapping: Mapping): [keyword: string, parameter: string][] {
  const patterns = new Map(patternKeywords(rmap.observatory));
  const own = mapping.header.get('reference_to_dataset');
  const hasPatterns = rmap.traits.translate !== undefined;
  if (own instanceof Dict && hasPatterns) {
    for (const [keyword, parameter] of own.entries) patterns.set(textOf(keyword), textOf(parameter));
  }
  return [...patterns].sort(([a], [b]) => compareText(a, b));
}

function isPoor(value: string | undefined): boolean {
  return value === undefined || value === 'UNDEFINED';
}

function setDate({ observatory }: Rmap, values: Map<string, string>): void {
  const useAfter = ['USEAFTER', 'META.USEAFTER', 'ROMAN.META.USEAFTER'].find((name) => values.has(name));
  if (useAfter === undefined) return;
  const text = values.get(useAfter) ?? '';
  const moment = dateOf(text);
  const [date = '', time = ''] = moment.split(' ');
  if (observatory === 'roman') {
    values.set('ROMAN.META.EXPOSURE.START_TIME', moment);
    return;
  }
  for (const name of ['DATE-OBS', 'DATE_OBS']) values.set(name, date);
  for (const name of ['TIME-OBS', 'TIME_OBS']) values.set(name, time);
  if (observatory !== 'jwst') return;
  values.set('META.OBSERVATION.DATE', date);
  values.set('META.OBSERVATION.TIME', time);
}

function dateOf(text: string): string {
  try {
    return reformatDate(text);
  } catch (error) {
    if (error instanceof DateError) throw new RuleUpdateError(`USEAFTER is no date: ${quoted(text)}`);
    throw error;
  }
}

/** Parameters that do not matter for these values become `N/A`; comments are kept. */
function irrelevant(rmap: Rmap, values: ReadonlyMap<string, string>): [name: string, value: string][] {
  const underscored = new Map(
    [...values].map(([name, value]) => [name.replaceAll('.', '_'), value] as const),
  );
  const found: [string, string][] = [];
  for (const { name, expression } of rmap.conditional) {
    if (expression === undefined) continue;
    try {
      if (!isTrue(expression.evaluate((term) => values.get(term) ?? underscored.get(term))))
        found.push([name, 'N/A']);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      throw new RuleUpdateError(`whether ${quoted(name)} matters cannot be told: ${error.message}`);
    }
  }
  return found;
}

/** Parameters that only datasets have; in keys they are placeholders. */
function datasetOnly(mapping: Mapping): string[] {
  const reffileSwitch = textOf(mapping.header.get('reffile_switch') ?? 'none').toUpperCase();
  const extra = namesIn(mapping, 'extra_keys');
  return reffileSwitch === 'NONE' ? extra : [...extra, reffileSwitch];
}
