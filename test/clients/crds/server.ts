import { loadConfig } from '../../../server/src/core/config/index.ts';
import type { Core } from '../../../server/src/core/core.ts';
import { silentLog } from '../../../server/src/core/log.ts';
import { crds } from '../../../server/src/crds/index.ts';
import { crdsSettings } from '../../../server/src/crds/settings.ts';
import { startServer } from '../../../server/src/server.ts';

export interface RunningServer {
  address: string;
  core: Core;
  stop(): Promise<void>;
}

/** A whole server in this process, with a PostgreSQL of its own in the folder. */
export async function aServer(data: string): Promise<RunningServer> {
  const { config } = loadConfig({
    services: { crds: crdsSettings },
    file: '/dev/null',
    flags: { data, 'http.port': '0', with: 'crds' },
  });
  const { address, core, stop } = await startServer(config, silentLog, { services: [crds], signals: false });
  return { address, core, stop };
}
