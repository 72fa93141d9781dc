import type { CrdsObservatory, CrdsObservatoryList } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { observatoriesOf } from '../observatory/observatory.ts';
import { observatoryAsked } from './asked.ts';
import { apiConfig } from './config.ts';
import { apiObservatoryRow, describeObservatory } from './describe-observatory.ts';

/** The observatories of this installation. */
export function observatoryRoutes(scope: App, core: Core): void {
  const config = apiConfig('crds.read');
  scope.get('/api/crds/observatories', { config }, async (request): Promise<CrdsObservatoryList> => {
    const startedMs = performance.now();
    const observatories = await observatoriesOf(core);
    const rows = await Promise.all(observatories.map((one) => apiObservatoryRow(core, request, one)));
    return { rows, tookMs: performance.now() - startedMs };
  });
  scope.get(
    '/api/crds/observatories/:observatory',
    { config },
    async (request): Promise<CrdsObservatory> =>
      await describeObservatory(core, request, await observatoryAsked(core, request)),
  );
}
