import {
  type CrdsBestReferences,
  CrdsBestReferencesWish,
  type CrdsExplore,
  CrdsExploreWish,
  type CrdsWhy,
  CrdsWhyWish,
} from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { observatoryAsked } from './asked.ts';
import { answerBestReferences } from './best-references.ts';
import { apiConfig } from './config.ts';
import { explore } from './explore.ts';
import { explainAnswer } from './why.ts';

const base = '/api/crds/observatories/:observatory';
/** The headers of a file in FITS with hundreds of extensions have less. */
const bodyLimit = 4 * 1024 * 1024;

/** Which references a dataset needs, why, and what other values would give. They read, though they are POSTs. */
export function bestReferenceRoutes(scope: App, core: Core): void {
  const config = apiConfig('crds.read');
  scope.post(
    `${base}/best-references`,
    { schema: { body: CrdsBestReferencesWish }, config, bodyLimit },
    async (request): Promise<CrdsBestReferences> => {
      const observatory = await observatoryAsked(core, request);
      return await answerBestReferences(core, observatory, request.body as CrdsBestReferencesWish);
    },
  );
  scope.post(
    `${base}/best-references/why`,
    { schema: { body: CrdsWhyWish }, config, bodyLimit },
    async (request): Promise<CrdsWhy> =>
      await explainAnswer(core, await observatoryAsked(core, request), request.body as CrdsWhyWish),
  );
  scope.post(
    `${base}/explore`,
    { schema: { body: CrdsExploreWish }, config },
    async (request): Promise<CrdsExplore> =>
      await explore(core, await observatoryAsked(core, request), request.body as CrdsExploreWish),
  );
}
