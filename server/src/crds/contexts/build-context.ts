import type { Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { contextUnset } from './errors.ts';

/** A version of calibration software: three numbers, and what may follow them (`1.9.2.dev3`). */
const version = /^(\d{1,8})\.(\d{1,8})(?:\.(\d{1,8}))?(?:[A-Za-z.+_-][A-Za-z0-9.+_-]{0,100})?$/;

/** The three numbers of a version; null when it is none. A missing third number is 0. */
function versionNumbers(text: string): readonly [number, number, number] | null {
  const found = text.length <= 128 ? version.exec(text) : null;
  if (found === null) return null;
  const [, major, minor, patch = '0'] = found;
  return [Number(major), Number(minor), Number(patch)];
}

/** A version as it is stored: its three numbers. Throws `crds.calibration-version-invalid`. */
export function calibrationVersion(text: string): string {
  const numbers = versionNumbers(text);
  if (numbers === null) {
    throw new AppError(
      'invalid',
      'crds.calibration-version-invalid',
      `"${text.slice(0, 128)}" is no version of calibration software.`,
      { next: 'It has three numbers, as 1.9.2.' },
    );
  }
  return numbers.join('.');
}

export interface BuildContext {
  calibrationVersion: string;
  context: string;
  setAt: Date;
  setBy: string;
}

/** The contexts of all versions, newest version first. */
export async function buildContexts(sql: Sql, observatory: string): Promise<BuildContext[]> {
  return await sql<BuildContext[]>`
    select calibration_version, context, set_at, set_by from crds.build_context where observatory = ${observatory}
    order by string_to_array(calibration_version, '.')::int[] desc`;
}

/**
 * The context of a version of calibration software; of one that has none, that of the nearest older patch with the
 * same first two numbers. Without a version the build context of the observatory, which is latest until it is set.
 * Throws `crds.context-unset`.
 */
export async function buildContextOf(
  sql: Sql,
  observatory: Pick<Observatory, 'observatory' | 'buildContext' | 'latestContext'>,
  calver: string | null,
): Promise<string> {
  if (calver === null || calver === '') {
    const context = observatory.buildContext ?? observatory.latestContext;
    if (context === null) throw contextUnset(observatory.observatory, 'build');
    return context;
  }
  const numbers = calibrationVersion(calver).split('.').map(Number);
  const [row] = await sql<{ context: string }[]>`
    with known as (
      select context, string_to_array(calibration_version, '.')::int[] as numbers
      from crds.build_context where observatory = ${observatory.observatory})
    select context from known
    where numbers[1:2] = ${numbers.slice(0, 2)}::int[] and numbers <= ${numbers}::int[]
    order by numbers desc limit 1`;
  if (row === undefined) throw contextUnset(observatory.observatory, `build ${calver.slice(0, 128)}`);
  return row.context;
}
