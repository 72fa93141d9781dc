import type { PandaEndpointList } from '@orrery/contracts/panda';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { folderOf } from '../factory/storage-place.ts';
import { listStorageUse } from '../factory/storage-use.store.ts';
import { listEndpoints } from '../queues/endpoints.ts';
import { apiConfig } from './config.ts';

/** Storage endpoints, and what pilots have stored there through this server. */
export function endpointRoutes(scope: App, { db }: Core): void {
  const config = apiConfig('panda.read');
  scope.get('/api/panda/endpoints', { config }, async (): Promise<PandaEndpointList> => {
    const startedMs = performance.now();
    const [endpoints, used] = await Promise.all([listEndpoints(db.sql), listStorageUse(db.sql)]);
    const useOf = new Map(used.map((use) => [use.endpoint, use]));
    return {
      rows: endpoints.map(({ endpoint, document }) => ({
        endpoint,
        state: document.state ?? null,
        type: document.type ?? null,
        site: document.site ?? null,
        isHere: folderOf(document) !== null,
        files: useOf.get(endpoint)?.files ?? 0,
        bytes: useOf.get(endpoint)?.bytes ?? 0,
        maxBytes: document.maxBytes ?? null,
      })),
      tookMs: performance.now() - startedMs,
    };
  });
}
