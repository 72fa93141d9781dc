import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeCache } from '../../../../test/support/crds-folder.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { setContext } from '../contexts/set-context.ts';
import { importFolder } from '../import/import.ts';
import { crds } from '../index.ts';
import { putObservatory } from '../observatory/observatory.ts';

const { core, dataDir } = await testServer([crds], { 'crds.demo': 'false' });
const actor = { name: 'cli:test' };

test('a running server publishes a context as soon as it is latest', async () => {
  const cache = await temporaryFolder('cache', dataDir);
  const folder = path.join(dataDir, 'shared');
  await writeCache(cache, { serials: [1, 2] });
  await putObservatory(core, { observatory: 'tobs', settings: { publish: { folder } } }, actor);
  await importFolder(core, { folder: cache, observatory: 'tobs', latest: 'tobs_0001.pmap' }, actor);
  const published = () => readFile(path.join(folder, 'config/tobs/server_config'), 'utf8').catch(() => '');
  await eventually(async () => expect(await published()).toContain("'latest_context': 'tobs_0001.pmap'"));
  await setContext(
    core,
    { observatory: 'tobs', kind: 'latest', context: 'tobs_0002.pmap', description: '' },
    actor,
  );
  await eventually(async () => expect(await published()).toContain("'latest_context': 'tobs_0002.pmap'"));
});
