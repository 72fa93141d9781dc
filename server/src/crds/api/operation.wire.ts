import type {
  CrdsMirror,
  CrdsMirrorSummary,
  CrdsReport,
  CrdsScrub,
  CrdsScrubSummary,
} from '@orrery/contracts/crds';
import type { MirrorOverview } from '../mirror/index.ts';
import type { Report } from '../report/index.ts';
import type { ScrubSummary } from '../scrub/summary.ts';
import { instantOrNull } from './file.wire.ts';

export function apiMirrorSummary({
  upstream,
  state,
  message,
  answeredAt,
}: MirrorOverview): CrdsMirrorSummary {
  return { upstream, state, message, lastGoodAt: instantOrNull(answeredAt) };
}

export function apiMirror(overview: MirrorOverview): CrdsMirror {
  const { askedAt, failingSince, error, nextAt, counts } = overview;
  return {
    ...apiMirrorSummary(overview),
    lastAskedAt: instantOrNull(askedAt),
    failingSince: instantOrNull(failingSince),
    lastError: error === '' ? null : error,
    nextAt: nextAt.toISOString(),
    files: counts,
  };
}

export function apiScrubSummary({ state, message, provenAt, problems }: ScrubSummary): CrdsScrubSummary {
  return { state, message, provenAt: instantOrNull(provenAt), problems };
}

export function apiScrub(summary: ScrubSummary): CrdsScrub {
  const { files, bytes, orphans, round } = summary;
  return {
    ...apiScrubSummary(summary),
    files,
    bytes,
    read: round.files,
    roundStartedAt: round.startedAt.toISOString(),
    expectedAt: instantOrNull(round.expectedAt),
    orphans,
  };
}

/** Lines that tell of folders of this machine are for operators. */
const inward = /^(disk|publi|orphan)/;

export function apiReport({ madeAt, summary, lines }: Report, isOperator: boolean): CrdsReport {
  const shown = lines.filter(({ name }) => isOperator || !inward.test(name));
  return { at: madeAt.toISOString(), summary, lines: shown };
}
