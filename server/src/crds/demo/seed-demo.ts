import { Readable } from 'node:stream';
import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { addFiles } from '../catalogue/files.store.ts';
import { addHistory } from '../contexts/history.store.ts';
import { markStates } from '../contexts/states.store.ts';
import { loadDatasets } from '../datasets/load.ts';
import { keepFile, recordPlaced } from '../import/place-file.ts';
import { forgetObservatories } from '../observatory/observatory.ts';
import { crdsSettings } from '../settings.ts';
import { demoDatasets } from './demo-datasets.ts';
import { demoReferences } from './demo-references.ts';
import { demoHistory, demoMappings, demoObservatory } from './demo-rules.ts';

const by = 'orrery';
const creator = 'Orrery demonstration';

/**
 * Gives a new installation an observatory to try things out with, once: not where the operator declined it, and not
 * where there is any observatory. Its files appear in one commit, and exposures follow while there are none, so it may
 * be killed and begun again.
 */
export async function seedDemo(core: Core): Promise<void> {
  if (!settingsOf(core.config, 'crds', crdsSettings).demo) return;
  const [known] = await core.db.sql`select from crds.observatory limit 1`;
  if (known === undefined) await seedFiles(core);
  await seedDatasets(core);
}

async function seedFiles(core: Core): Promise<void> {
  const references = await Promise.all(
    demoReferences().map(async ({ name, content, record }) => ({
      ...record,
      ...(await keepFile(core, name, Readable.from([content]))),
    })),
  );
  await core.db.transaction(async (tx) => {
    if (!(await makeObservatory(tx))) return;
    await addFiles(
      tx,
      demoObservatory,
      demoMappings.map((mapping) => ({
        ...mapping,
        creator,
        uploadedAs: mapping.name,
      })),
    );
    await recordPlaced(core, tx, demoObservatory, references);
    await addHistory(tx, demoObservatory, demoHistory, by);
    await markStates(tx, demoObservatory, 'tobs_0003.pmap');
    await core.audit.record(tx, {
      actor: by,
      action: 'crds.observatory-made',
      object: { kind: 'crds.observatory', id: demoObservatory },
      details: { why: 'every new installation has it, unless crds.demo is false' },
    });
  });
  forgetObservatories(core);
}

/** Where the observatory is the one of the demonstration and has no exposure yet. */
async function seedDatasets(core: Core): Promise<void> {
  const [lacking] = await core.db.sql`
    select from crds.file where observatory = ${demoObservatory} and name = 'tobs_0001.pmap' and creator = ${creator}
      and not exists (select from crds.dataset where observatory = ${demoObservatory})`;
  if (lacking === undefined) return;
  const lines = demoDatasets().map((dataset) => `${JSON.stringify(dataset)}\n`);
  await loadDatasets(core, demoObservatory, Readable.from([Buffer.from(lines.join(''))]));
}

/** False when another process has made it. */
async function makeObservatory(tx: Tx): Promise<boolean> {
  const made = await tx`
    insert into crds.observatory (observatory, title, latest_context, edit_context)
    values (${demoObservatory}, 'Test observatory (demonstration)', 'tobs_0003.pmap', 'tobs_0003.pmap')
    on conflict do nothing`;
  return made.count > 0;
}
