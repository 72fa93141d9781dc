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
export function contextTexts(serial = 1): Record<string, string> {
  const at = String(serial).padStart(4, '0');
  return {
    [`tobs_${at}.pmap`]: pmapText(`tobs_${at}.pmap`, { ACS: `tobs_acs_${at}.imap` }),
    [`tobs_acs_${at}.imap`]: imapText(`tobs_acs_${at}.imap`, {
      biasfile: `tobs_acs_biasfile_${at}.rmap`,
      darkfile: `tobs_acs_darkfile_${at}.rmap`,
    }),
    ...Object.fromEntries(
      ['biasfile', 'darkfile'].map((kind) => [
        `tobs_acs_${kind}_${at}.rmap`,
        rmapText(`tobs_acs_${kind}_${at}.rmap`, {
          SBC: `tobs_acs_${kind}_${at}.fits`,
          WFC: `tobs_acs_${kind}_1${at.slice(1)}.fits`,
        }),
      ]),
    ),
  };
}

/** References of `contextTexts`. */
export function contextReferences(serial = 1): string[] {
  const at = String(serial).padStart(4, '0');
  return ['biasfile', 'darkfile'].flatMap((kind) => [
    `tobs_acs_${kind}_${at}.fits`,
    `tobs_acs_${kind}_1${at.slice(1)}.fits`,
  ]);
}

/** Writes a cache of the crds client with these contexts and their references; `config` is the text of server_config. */
export async function writeCache(
  folder: string,
  {
    serials = [1],
    config,
    sizeBytes,
  }: { serials?: readonly number[]; config?: string; sizeBytes?: number } = {},
): Promise<CacheFiles> {
  const files: CacheFiles = new Map();
  for (const serial of serials) {
    for (const [name, text] of Object.entries(contextTexts(serial))) {
      files.set(`mappings/tobs/${name}`, Buffer.from(text));
    }
    for (const name of contextReferences(serial)) {
      files.set(`references/tobs/acs/${name}`, referenceBytes(name, sizeBytes));
    }
  }
  if (config !== undefined) files.set('config/tobs/server_config', Buffer.from(config));
  files.set('config/tobs/ref_cache_subdir_mode', Buffer.from('instrument'));
  for (const [place, content] of files) {
    await mkdir(path.dirname(path.join(folder, place)), { recursive: true });
    await writeFile(path.join(folder, place), content);
  }
  return files;
}
