import { hostname } from 'node:os';
import { Me } from '@orrery/contracts';
import { renderSession } from '../auth/index.ts';
import type { Core } from '../core.ts';
import { type App, jsonErrors } from '../http/index.ts';
import type { ServiceModule } from '../module.ts';
import { listProcesses } from './processes.ts';

/** `GET /api/core/me`: who is asking, and what this server is. The first thing the page asks. */
export function meRoutes(app: App, core: Core, modules: readonly ServiceModule[], version: string): void {
  const { auth, db, config } = core;
  const services = modules.filter(({ name }) => name !== 'core').map(({ name, title }) => ({ name, title }));
  app.get(
    '/api/core/me',
    {
      config: { allow: 'public', errors: jsonErrors, family: 'Pages, other' },
      schema: { response: { 200: Me } },
    },
    async ({ identity }): Promise<Me> => {
      const session = renderSession(identity, auth.permissions);
      if (session.anonymous) {
        return { ...session, services, server: { host: '', version, processes: 0, database: '' } };
      }
      const [{ release = '' } = {}] = await db.sql<{ release: string }[]>`
        select split_part(current_setting('server_version'), ' ', 1) as release`;
      const processes = (await listProcesses(db.sql)).filter(({ state }) => state === 'online').length;
      const place = config.database.url === undefined ? 'embedded' : 'external';
      const database = `PostgreSQL ${release}, ${place}`;
      return { ...session, services, server: { host: hostname(), version, processes, database } };
    },
  );
}
