import type { CrdsObservatory, CrdsObservatoryRow } from '@orrery/contracts/crds';
import type { FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { absoluteUrl } from '../../core/http/index.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { instantOrNull } from './file.wire.ts';
import { keptMirrorOverview, keptScrubSummary } from './kept-summaries.ts';
import { countsOf, latestSince } from './observatory.store.ts';
import { apiMirrorSummary, apiScrubSummary } from './operation.wire.ts';

/** What lists show of an observatory. */
export async function apiObservatoryRow(
  core: Core,
  request: FastifyRequest,
  observatory: Observatory,
): Promise<CrdsObservatoryRow> {
  const { observatory: name } = observatory;
  const [{ instruments: _instruments, ...counts }, since] = await Promise.all([
    countsOf(core, observatory),
    latestSince(core.db.sql, name),
  ]);
  return {
    observatory: name,
    title: observatory.title,
    contexts: {
      latest: observatory.latestContext,
      edit: observatory.editContext,
      versions: observatory.versionsContext,
      build: observatory.buildContext,
    },
    latestSince: instantOrNull(since),
    counts,
    serverUrl: serverUrlOf(request, name),
    upstream: observatory.settings.mirror.upstream || null,
    changedAt: observatory.changedAt.toISOString(),
  };
}

/** Everything about an observatory. */
export async function describeObservatory(
  core: Core,
  request: FastifyRequest,
  observatory: Observatory,
): Promise<CrdsObservatory> {
  const { observatory: name } = observatory;
  const { identity } = request;
  const [row, { instruments }, mirror, scrub] = await Promise.all([
    apiObservatoryRow(core, request, observatory),
    countsOf(core, observatory),
    keptMirrorOverview(core, name),
    keptScrubSummary(core, name),
  ]);
  return {
    ...row,
    environment: environmentOf(row.serverUrl, observatory),
    instruments,
    mirror: mirror === null ? null : apiMirrorSummary(mirror),
    scrub: scrub.files === 0 ? null : apiScrubSummary(scrub),
    acts: { operate: identity.may('crds.operate', name), register: identity.may('crds.register', name) },
  };
}

/** Clients find the name of the observatory in the address (crds 13.2.7). */
function serverUrlOf(request: FastifyRequest, observatory: string): string {
  return absoluteUrl(request, `/crds/${observatory}`);
}

/** Variables that clients of CRDS read (crds 13.2.7), in the order in which people set them. */
function environmentOf(serverUrl: string, { observatory, latestContext }: Observatory) {
  const variables = [
    {
      name: 'CRDS_SERVER_URL',
      value: serverUrl,
      why: 'Where rules, references and recommendations come from.',
    },
    {
      name: 'CRDS_PATH',
      value: `$HOME/crds_cache/${observatory}`,
      why: 'Folder that keeps what was downloaded; it must be writable, and one for each server is best.',
    },
    {
      name: 'CRDS_OBSERVATORY',
      value: observatory,
      why: 'Needed when the address of the server does not hold the name of the observatory.',
    },
  ];
  if (latestContext === null) return variables;
  const pin = {
    name: 'CRDS_CONTEXT',
    value: latestContext,
    why: 'Leave it out to follow the latest context; set it to get the same answers for ever.',
  };
  return [...variables, pin];
}
