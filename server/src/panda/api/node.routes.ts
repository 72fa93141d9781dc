import {
  PandaBadNodeQuery,
  type PandaNode,
  PandaNodeDetailQuery,
  type PandaNodePage,
  PandaNodeQuery,
} from '@orrery/contracts/panda';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { apiConfig } from './config.ts';
import { cursorInvalid } from './cursor.ts';
import { describeNode } from './describe-node.ts';
import { guessNodes, type ListedNode, listNodes, type NodeFrom } from './node.store.ts';
import { apiNode } from './node.wire.ts';
import { findBadNodes } from './node-bad.ts';
import { sightOf } from './sight.ts';

const usualRows = 100;

/** Worker nodes: what pilots said of machines, and how jobs fared there. */
export function nodeRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.read');
  scope.get(
    '/api/panda/nodes',
    { schema: { querystring: PandaNodeQuery }, config },
    (request): Promise<PandaNodePage> => pageOfNodes(core, request.query as PandaNodeQuery),
  );
  scope.get('/api/panda/nodes/bad', { schema: { querystring: PandaBadNodeQuery }, config }, (request) =>
    findBadNodes(core, request.query as PandaBadNodeQuery),
  );
  scope.get(
    '/api/panda/nodes/:site/:host',
    { schema: { querystring: PandaNodeDetailQuery }, config },
    (request): Promise<PandaNode> => {
      const { site, host } = request.params as { site: string; host: string };
      const { hours } = request.query as PandaNodeDetailQuery;
      return describeNode(core, { site, host, sight: sightOf(request.identity) }, hours);
    },
  );
}

async function pageOfNodes({ db }: Core, query: PandaNodeQuery): Promise<PandaNodePage> {
  const startedMs = performance.now();
  const { limit = usualRows, cursor, ...filter } = query;
  const from = cursor === undefined ? undefined : readPlace(cursor);
  // One more than wanted tells whether there is anything further that way.
  const found = await listNodes(db.sql, filter, limit + 1, from);
  const goesNewer = from?.direction === 'newer';
  const hasMore = found.length > limit;
  const rows = !hasMore ? found : goesNewer ? found.slice(1) : found.slice(0, limit);
  const hasNewer = goesNewer ? hasMore : from !== undefined;
  const hasOlder = goesNewer || hasMore;
  return {
    rows: rows.map(apiNode),
    newer: hasNewer ? writePlace('newer', rows[0]) : null,
    older: hasOlder ? writePlace('older', rows.at(-1)) : null,
    about: from !== undefined ? null : hasMore ? await guessNodes(db.sql, filter) : rows.length,
    tookMs: performance.now() - startedMs,
  };
}

function writePlace(direction: 'older' | 'newer', row: ListedNode | undefined): string | null {
  if (row === undefined) return null;
  const { lastSeenAt, site, host, cpuModel } = row;
  const text = JSON.stringify([direction, lastSeenAt.getTime(), site, host, cpuModel]);
  return Buffer.from(text).toString('base64url');
}

/** Throws `panda.cursor-invalid`. */
function readPlace(text: string): NodeFrom {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw cursorInvalid();
  }
  const [direction, time, ...names] = Array.isArray(parts) ? (parts as unknown[]) : [];
  const isText = (one: unknown): one is string => typeof one === 'string' && !one.includes('\0');
  const [site, host, cpuModel] = names.filter(isText);
  const isGood =
    (direction === 'older' || direction === 'newer') &&
    typeof time === 'number' &&
    Number.isSafeInteger(time) &&
    Math.abs(time) < 253_402_300_799_999;
  if (!isGood || site === undefined || host === undefined || cpuModel === undefined) throw cursorInvalid();
  return { direction, place: { lastSeenAt: new Date(time), site, host, cpuModel } };
}
