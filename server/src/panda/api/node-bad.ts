import type { PandaBadNode, PandaBadNodeList, PandaBadNodeQuery } from '@orrery/contracts/panda';
import type { Core } from '../../core/core.ts';
import { queuesOf } from '../queues/queues.ts';
import { apiErrorsThere, apiHours } from './node.wire.ts';
import {
  type EndedThere,
  endedInQueues,
  type FailingNode,
  listEndedThere,
  listFailingNodes,
  looksAtNodes,
  readsFailures,
} from './node-ended.store.ts';
import { type Ended, judgeNode } from './node-judgement.ts';

const usualHours = 6;
const usualLeast = 5;
const mostRows = 100;
const mostErrors = 3;
const hourMs = 3_600_000;

/** The full hour with which so many hours begin, this one counted. */
export function sinceOf(now: Date, hours: number): Date {
  return new Date(Math.floor(now.getTime() / hourMs) * hourMs - (hours - 1) * hourMs);
}

/** Machines that fail more than their queue does elsewhere, those first that spoil most jobs. */
export async function findBadNodes(core: Core, query: PandaBadNodeQuery): Promise<PandaBadNodeList> {
  const startedMs = performance.now();
  const { hours = usualHours, queue, failed: least = usualLeast } = query;
  const { sql } = core.db;
  const since = sinceOf(core.clock.now(), hours);
  const { nodes, read } = await listFailingNodes(sql, { since, queue, least });
  const names = [...new Set(nodes.map((node) => node.queue))];
  const [there, queues, known] =
    nodes.length === 0
      ? [[], new Map<string, Ended>(), []]
      : await Promise.all([
          listEndedThere(
            sql,
            nodes.map((node) => ({ host: node.host, queues: [node.queue] })),
            since,
          ),
          endedInQueues(sql, names, since),
          queuesOf(core),
        ]);
  const sites = new Map(known.map((each) => [each.queue, each.site]));
  const rows = nodes
    .flatMap((node, n) => {
      const seen = there[n];
      const ofQueue = queues.get(node.queue) ?? { finished: 0, failed: 0 };
      return seen === undefined ? [] : badNode({ node, seen, ofQueue, since, hours, sites });
    })
    .toSorted((a, b) => b.excess - a.excess || (a.host < b.host ? -1 : 1));
  return {
    rows: rows.slice(0, mostRows),
    since: since.toISOString(),
    looked: nodes.length,
    exact: read < readsFailures && nodes.length < looksAtNodes,
    tookMs: performance.now() - startedMs,
  };
}

interface Looked {
  node: FailingNode;
  seen: EndedThere;
  ofQueue: Ended;
  since: Date;
  hours: number;
  sites: ReadonlyMap<string, string>;
}

function badNode({ node, seen, ofQueue, since, hours, sites }: Looked): PandaBadNode[] {
  // The machine may have had more jobs than are looked at closely; its failures were all counted.
  const failed = Math.max(node.failed, seen.failed);
  const { elsewhere, excess, isBad } = judgeNode({ finished: seen.finished, failed }, ofQueue);
  if (!isBad) return [];
  return [
    {
      site: sites.get(node.queue) ?? null,
      host: node.host,
      queue: node.queue,
      finished: seen.finished,
      failed,
      elsewhere,
      excess,
      medianSeconds: seen.medianSeconds,
      finishedMedianSeconds: seen.finishedMedianSeconds,
      errors: apiErrorsThere(seen.errors).slice(0, mostErrors),
      lastFailedAt: node.lastFailedAt.toISOString(),
      hours: apiHours(seen.hours, since, hours),
    },
  ];
}
