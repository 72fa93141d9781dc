import type { Actor } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { observatoryOf } from '../observatory/observatory.ts';
import { type LoadReport, loadDatasets } from './load.ts';

/** Registers datasets in the name of `actor`, with its line in the audit trail. Throws `crds.observatory-unknown`. */
export async function registerDatasets(
  core: Core,
  observatory: string,
  bytes: AsyncIterable<Uint8Array>,
  actor: Actor,
  progress: (report: LoadReport) => void = () => {},
): Promise<LoadReport> {
  await observatoryOf(core, observatory);
  const report = await loadDatasets(core, observatory, bytes, progress);
  const { name, ...where } = actor;
  await core.audit.record(core.db.sql, {
    actor: name,
    action: 'crds.datasets-loaded',
    object: { kind: 'crds.observatory', id: observatory },
    details: { lines: report.lines, added: report.added, changed: report.changed, refused: report.refused },
    ...where,
  });
  return report;
}
