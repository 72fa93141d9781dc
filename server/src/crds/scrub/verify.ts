import { storeFaults, storeProofs } from '../catalogue/proof.store.ts';
import { type Checked, checkFile, type Provable } from './check-file.ts';
import { filesAfter } from './round.store.ts';
import { type ScrubCore, tellTurns } from './scrub.ts';

const filesTogether = 200;
/** Files that are read at once. */
const readTogether = 4;

export interface VerifyCounts {
  files: number;
  bytes: number;
  wrong: number;
}

/**
 * Checks all files of an observatory now, at the speed of the disk. `full` reads them; otherwise it is only seen
 * whether they are there with their sizes. What is wrong is stored and told; that a file is sound only when it was read.
 */
export async function verifyAll(
  core: ScrubCore,
  observatory: string,
  { full, signal, onChecked }: { full: boolean; signal?: AbortSignal; onChecked?(checked: Checked): void },
): Promise<VerifyCounts> {
  const counts: VerifyCounts = { files: 0, bytes: 0, wrong: 0 };
  for (let after = ''; ; ) {
    signal?.throwIfAborted();
    const files = await filesAfter(core.db.sql, observatory, after, filesTogether);
    if (files.length === 0) return counts;
    after = files.at(-1)?.name ?? '';
    const checked = await checkTogether(core, files, full, signal);
    await core.db.transaction(async (tx) => {
      const proofs = full ? checked : checked.filter(({ result }) => result !== 'sound');
      await tellTurns(core, tx, observatory, await storeProofs(tx, observatory, proofs));
      await storeFaults(tx, observatory, checked);
    });
    for (const one of checked) {
      counts.files++;
      counts.bytes += one.bytes;
      if (one.result !== 'sound') counts.wrong++;
      onChecked?.(one);
    }
  }
}

async function checkTogether(
  core: ScrubCore,
  files: readonly Provable[],
  full: boolean,
  signal?: AbortSignal,
): Promise<Checked[]> {
  const checked = new Map<string, Checked>();
  const queue = files.values();
  const work = async () => {
    for (const file of queue) {
      const how = { quick: !full, ...(signal === undefined ? {} : { signal }) };
      checked.set(file.name, await checkFile(core, file, how));
    }
  };
  await Promise.all(Array.from({ length: readTogether }, work));
  return files.flatMap(({ name }) => checked.get(name) ?? []);
}
