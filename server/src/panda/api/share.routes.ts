import { type PandaResourceTypeList, PandaShareChange, type PandaShareTree } from '@orrery/contracts/panda';
import { actorOf, type Identity } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { App } from '../../core/http/index.ts';
import { compileLinear } from '../../core/regex/index.ts';
import { listTally } from '../jobs/tally.store.ts';
import { buildTree } from '../shares/share-tree.ts';
import { listResourceTypes, listShares } from '../shares/shares.store.ts';
import { forgetShares } from '../shares/shares.ts';
import { checked } from './body.ts';
import { apiConfig } from './config.ts';
import { changeShare } from './share.store.ts';
import { executingStates, jobsIn, outsideOf, shareRows, waitingStates } from './share.wire.ts';

/** Shares and resource types: what should be, and what is. */
export function shareRoutes(scope: App, core: Core): void {
  const { sql } = core.db;
  scope.get('/api/panda/shares', { config: apiConfig('panda.read') }, (request) =>
    describeShares(core, request.identity),
  );
  scope.patch('/api/panda/shares/:name', { config: apiConfig('panda.operate') }, async (request) => {
    const { name } = request.params as { name: string };
    const change = checked(PandaShareChange, request.body);
    checkMatchers(change.matchers ?? {});
    const { name: actor, ...where } = actorOf(request);
    await core.db.transaction(async (tx) => {
      if (!(await changeShare(tx, name, change))) throw shareUnknown(name);
      const details = { change: JSON.stringify(change) };
      const object = { kind: 'panda.share', id: name };
      await core.audit.record(tx, { actor, action: 'panda.share-changed', object, details, ...where });
    });
    forgetShares(core);
    return await describeShares(core, request.identity);
  });
  scope.get(
    '/api/panda/resource-types',
    { config: apiConfig('panda.read') },
    async (): Promise<PandaResourceTypeList> => {
      const [types, tally] = await Promise.all([listResourceTypes(sql), listTally(sql)]);
      const byType = Map.groupBy(tally, ({ resourceType }) => resourceType);
      return {
        rows: types.map(({ ordinal: _ordinal, ...type }) => {
          const own = byType.get(type.name) ?? [];
          return {
            ...type,
            executingJobs: jobsIn(own, executingStates),
            queuedJobs: jobsIn(own, waitingStates),
          };
        }),
      };
    },
  );
}

async function describeShares({ db }: Core, identity: Identity): Promise<PandaShareTree> {
  const startedMs = performance.now();
  const [shares, tally] = await Promise.all([listShares(db.sql), listTally(db.sql)]);
  const roots = buildTree(shares);
  return {
    rows: shareRows(roots, tally),
    outside: outsideOf(roots, tally),
    mayChange: identity.may('panda.operate'),
    tookMs: performance.now() - startedMs,
  };
}

function checkMatchers(matchers: Readonly<Record<string, string>>): void {
  for (const [name, pattern] of Object.entries(matchers)) {
    try {
      compileLinear(`^(?:${pattern})`, '');
    } catch (cause) {
      const sentence = `The matcher of ${name} is no regular expression.`;
      throw new AppError('invalid', 'panda.matcher-refused', sentence, {
        next: 'Write one in RE2 syntax; it is anchored at the start.',
        details: { place: `matchers.${name}` },
        cause,
      });
    }
  }
}

function shareUnknown(name: string): AppError {
  return new AppError('missing', 'panda.share-unknown', `There is no share "${name.slice(0, 100)}".`, {
    next: 'See the tree of shares.',
  });
}
