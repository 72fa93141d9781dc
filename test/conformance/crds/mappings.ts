import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Mapping, readMapping } from '../../../server/src/crds/rules/index.ts';
import { leaveOut, publishedFile } from '../../support/published-data.ts';

/** Published mapping files of all observatories, by name; a suite that misses them says so by its own name. */
export class PublishedMappings {
  readonly texts: ReadonlyMap<string, string>;
  private readonly known = new Map<string, Mapping>();

  constructor(suite: string) {
    const file = publishedFile('crds/mappings.tar.gz');
    if (file === undefined) leaveOut(suite, 'crds/mappings.tar.gz is not below ORRERY_TEST_DATA');
    this.texts = file === undefined ? new Map() : textsOf(gunzipSync(readFileSync(file)));
  }

  get areMissing(): boolean {
    return this.texts.size === 0;
  }

  text(name: string): string {
    const text = this.texts.get(name);
    if (text === undefined) throw new Error(`no published mapping is called ${name}`);
    return text;
  }

  /** The mapping of a name, read once. */
  read = (name: string): Mapping => {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const mapping = readMapping(this.text(name), { name });
    this.known.set(name, mapping);
    return mapping;
  };
}

/** Regular files of a tar archive, by base name. */
function textsOf(archive: Buffer): Map<string, string> {
  const block = 512;
  const texts = new Map<string, string>();
  for (let at = 0; at + block <= archive.length; ) {
    const header = archive.subarray(at, at + block);
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(header.toString('latin1', 124, 136), 8) || 0;
    const start = at + block;
    if (/[pir]map$/.test(name)) {
      texts.set(name.slice(name.lastIndexOf('/') + 1), archive.toString('utf8', start, start + size));
    }
    at = start + Math.ceil(size / block) * block;
  }
  return texts;
}
