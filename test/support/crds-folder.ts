import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { imapText, pmapText, rmapText } from './crds-rules.ts';

/** What a folder of `writeCache` contains, by path. */
export type CacheFiles = Map<string, Buffer>;

/** Bytes that differ by name. */
export function referenceBytes(name: string, sizeBytes = 5000): Buffer {
  const seed = createHash('sha256').update(name).digest();
  return Buffer.alloc(sizeBytes, seed);
}

/** The mappings of context `tobs_000<serial>.pmap`: an instrument `acs` with two types of two references each. */
export function contextTexts(serial = 1, observatory = 'tobs'): Record<string, string> {
  const at = String(serial).padStart(4, '0');
  const name = (rest: string) => `${observatory}_${rest}`;
  const rmaps = Object.fromEntries(
    ['biasfile', 'darkfile'].map((kind) => [kind, name(`acs_${kind}_${at}.rmap`)]),
  );
  return {
    [name(`${at}.pmap`)]: pmapText(name(`${at}.pmap`), { ACS: name(`acs_${at}.imap`) }),
    [name(`acs_${at}.imap`)]: imapText(name(`acs_${at}.imap`), rmaps),
    ...Object.fromEntries(
      Object.entries(rmaps).map(([kind, rmap]) => [
        rmap,
        rmapText(rmap, {
          SBC: name(`acs_${kind}_${at}.fits`),
          WFC: name(`acs_${kind}_1${at.slice(1)}.fits`),
        }),
      ]),
    ),
  };
}

/** References of `contextTexts`. */
export function contextReferences(serial = 1, observatory = 'tobs'): string[] {
  const at = String(serial).padStart(4, '0');
  return ['biasfile', 'darkfile'].flatMap((kind) => [
    `${observatory}_acs_${kind}_${at}.fits`,
    `${observatory}_acs_${kind}_1${at.slice(1)}.fits`,
  ]);
}

/** Writes a cache of the crds client with these contexts and their references; `config` is the text of server_config. */
export async function writeCache(
  folder: string,
  {
    serials = [1],
    observatory = 'tobs',
    config,
    sizeBytes,
  }: { serials?: readonly number[]; observatory?: string; config?: string; sizeBytes?: number } = {},
): Promise<CacheFiles> {
  const files: CacheFiles = new Map();
  for (const serial of serials) {
    for (const [name, text] of Object.entries(contextTexts(serial, observatory))) {
      files.set(`mappings/${observatory}/${name}`, Buffer.from(text));
    }
    for (const name of contextReferences(serial, observatory)) {
      files.set(`references/${observatory}/acs/${name}`, referenceBytes(name, sizeBytes));
    }
  }
  if (config !== undefined) files.set(`config/${observatory}/server_config`, Buffer.from(config));
  files.set(`config/${observatory}/ref_cache_subdir_mode`, Buffer.from('instrument'));
  for (const [place, content] of files) {
    await mkdir(path.dirname(path.join(folder, place)), { recursive: true });
    await writeFile(path.join(folder, place), content);
  }
  return files;
}
