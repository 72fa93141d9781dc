import { shown } from './python-text.ts';

/** Major, minor and patch number of a calibration software version. */
export type Version = readonly [major: number, minor: number, patch: number];

const form = /^(\d{1,8}(?:\.\d{1,8}(?:\.\d{1,8})?)?)[a-zA-Z0-9_+\-.]{0,128}$/;

/**
 * The numeric part of a version: `0.13.2` of `0.13.2a.dev185` (crds 13.2.7). Undefined for what is not a version.
 */
export function simplifyVersion(text: string): string | undefined {
  return form.exec(text)?.[1];
}

/** A version to compare by; missing numbers are 0. Undefined for what is not a version. */
export function readVersion(text: string): Version | undefined {
  const numbers = simplifyVersion(text)?.split('.').map(Number);
  return numbers === undefined ? undefined : [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0];
}

/** Negative when `a` is the older one. */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** As the client quotes it. */
export function versionText(version: Version): string {
  return `(${version.join(', ')})`;
}

/** What the client says about a text that is not a version. */
export function versionProblem(text: string): string {
  return `Invalid version string ${shown(text)}`;
}
