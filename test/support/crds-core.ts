import path from 'node:path';
import { afterAll } from 'vitest';
import { buildCore } from '../../server/src/core/build.ts';
import { loadConfig } from '../../server/src/core/config/index.ts';
import type { Core } from '../../server/src/core/core.ts';
import { silentLog } from '../../server/src/core/log.ts';
import { ownModule } from '../../server/src/core/own-module.ts';
import { crds } from '../../server/src/crds/index.ts';
import { stopAll } from '../../server/src/crds/per-core.ts';
import { crdsSettings } from '../../server/src/crds/settings.ts';
import { testDatabase } from './database.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A core with calibration on a database of its own, of which nothing runs by itself; and a folder for it. */
export async function crdsCore(
  settings: Record<string, string> = {},
): Promise<{ core: Core; folder: string }> {
  const db = await testDatabase();
  const folder = await temporaryFolder('crds');
  const { config } = loadConfig({
    services: { crds: crdsSettings },
    file: '/dev/null',
    flags: {
      data: path.join(folder, 'data'),
      'files.minFreeMb': '0',
      'files.minFreePercent': '0',
      ...settings,
    },
  });
  const core = await buildCore({ config, log: silentLog, db, modules: [ownModule, crds] });
  afterAll(async () => {
    core.metrics.stop();
    await stopAll(core);
    await Promise.all([core.queue.stop(), core.threads.stop(), core.fetch.close(), core.events.stop()]);
  });
  return { core, folder };
}
