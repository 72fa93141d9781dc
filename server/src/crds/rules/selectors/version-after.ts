import type { Answer } from '../answer.ts';
import { Failure } from '../failure.ts';
import type { Header, Parameters } from '../header.ts';
import { quoted } from '../python-text.ts';
import { alternativesOf } from '../values.ts';
import { compareVersions, readVersion, type Version, versionProblem, versionText } from '../versions.ts';
import { type Branch, follow, type Rule } from './rule.ts';

/** Characters of a version with all that may follow it. */
const longest = 1000;

/** Picks the entry with the greatest version that is not above the dataset's (crds 13.2.7, `VersionAfterSelector`). */
export class VersionAfter implements Rule {
  readonly selector = 'VersionAfter';
  readonly parameters: Parameters;
  readonly branches: readonly Branch[];
  readonly versions: readonly Version[];

  /** Branches in the order of their versions. */
  constructor(parameters: Parameters, branches: readonly Branch[], versions: readonly Version[]) {
    this.parameters = parameters;
    this.branches = branches;
    this.versions = versions;
  }

  choose(header: Header): Answer | Failure {
    const version = this.versionOf(header);
    if (version instanceof Failure) return version;
    const branch = this.branches[this.indexAt(version)];
    return branch === undefined
      ? new Failure(`No selection <= ${versionText(version)}`, true)
      : follow(branch, header);
  }

  versionOf(header: Header): Version | Failure {
    const parts: string[] = [];
    for (const name of this.parameters) {
      const value = header.get(name);
      if (value === undefined) {
        return new Failure(`VersionAfter required lookup parameter ${quoted(name)} is undefined.`);
      }
      parts.push(value);
    }
    const joined = parts.join('.');
    if (joined.length > longest) return new Failure(versionProblem(joined));
    const text = alternativesOf(joined).join('|');
    return readVersion(text) ?? new Failure(versionProblem(text));
  }

  /** Index of the last version that is not above one, -1 when all are. */
  indexAt(version: Version): number {
    let index = this.versions.length - 1;
    for (; index >= 0; index--) {
      const key = this.versions[index];
      if (key !== undefined && compareVersions(key, version) <= 0) break;
    }
    return index;
  }
}
