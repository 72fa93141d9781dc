import { statfs } from 'node:fs/promises';
import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { mirrorStateOf } from '../mirror/index.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { publicationOf } from '../publish/index.ts';
import { type ScrubSummary, scrubSummary } from '../scrub/summary.ts';
import { type Figures, listReports, type ReportContent, type ReportLine } from './report.store.ts';

/** Less free than this is told as a problem. */
const leastFreeShare = 0.1;

/**
 * Looks at everything that an observatory's operator wants to know once a day: files and what they take, free disk,
 * proofs, orphans, the upstream server, the published folder. Changes nothing.
 */
export async function makeReport(core: Core, observatory: Observatory, day: string): Promise<ReportContent> {
  const { sql } = core.db;
  const name = observatory.observatory;
  const scrub = await scrubSummary(sql, name);
  const figures = await figuresOf(sql, name, scrub);
  const [before] = await listReports(sql, name, { before: day, limit: 1 });
  const lines = [
    contextLine(observatory),
    filesLine(figures, before?.figures),
    scrubLine(scrub, name),
    placesLine(scrub),
    orphansLine(scrub),
    badLine(figures),
    await mirrorLine(sql, observatory),
    await publicationLine(sql, observatory),
    await diskLine('disk of the data folder', core.config.data),
    await diskLine('disk of the published folder', observatory.settings.publish.folder),
  ].filter((line) => line !== null);
  const wrong = lines.filter(({ state }) => state !== 'good');
  const summary =
    wrong.length === 0
      ? `All is well with ${name}: ${scrub.message}`
      : `${wrong.length} of ${lines.length} things want to be looked at: ${wrong.map((line) => line.name).join(', ')}.`;
  return { summary, lines, figures };
}

async function figuresOf(sql: Sql, observatory: string, scrub: ScrubSummary): Promise<Figures> {
  const [row] = await sql<{ mappings: number; references: number; bad: number }[]>`
    select count(*) filter (where kind = 'mapping') as mappings, count(*) filter (where kind = 'reference') as references,
      count(*) filter (where rejected or blacklisted) as bad
    from crds.file where observatory = ${observatory}`;
  const { mappings = 0, references = 0, bad = 0 } = row ?? {};
  return { mappings, references, bad, bytes: scrub.bytes, problems: scrub.problems, orphans: scrub.orphans };
}

function contextLine({ latestContext, observatory }: Observatory): ReportLine {
  return latestContext === null
    ? {
        name: 'context',
        state: 'partial',
        message: 'No context is latest: nobody gets a recommendation.',
        next: `Set one: orrery crds context set latest NAME --observatory ${observatory}.`,
      }
    : { name: 'context', state: 'good', message: `${latestContext} is latest.` };
}

function filesLine(now: Figures, before: Figures | undefined): ReportLine {
  const since = (count: number, former: number | undefined) => {
    if (former === undefined || count === former) return '';
    return ` (${count > former ? '+' : '−'}${Math.abs(count - former)} since the last report)`;
  };
  const message = `${now.mappings} mappings${since(now.mappings, before?.mappings)}, ${now.references} references${since(now.references, before?.references)}, ${gigabytes(now.bytes)} here.`;
  return { name: 'files', state: 'good', message };
}

function scrubLine({ state, message, problems }: ScrubSummary, observatory: string): ReportLine {
  const next = `See which, and what mends them: orrery crds verify --observatory ${observatory}.`;
  return { name: 'proofs', state, message, ...(problems > 0 ? { next } : {}) };
}

function placesLine({ absent, upstream }: ScrubSummary): ReportLine | null {
  if (absent === 0 && upstream === 0) return null;
  const parts = [
    absent > 0 && `${absent} files are known by name only`,
    upstream > 0 && `${upstream} are with the upstream server only`,
  ];
  return {
    name: 'files elsewhere',
    state: 'good',
    message: `${parts.filter((part) => part !== false).join('; ')}.`,
  };
}

function orphansLine({ orphans }: ScrubSummary): ReportLine {
  if (orphans === 0)
    return { name: 'orphans', state: 'good', message: 'No file lies where it is not known.' };
  return {
    name: 'orphans',
    state: 'partial',
    message: `${orphans} files in linked or published folders are not in the catalogue.`,
    next: 'Import the folder again, or remove them.',
  };
}

function badLine({ bad }: Figures): ReportLine {
  return { name: 'bad files', state: 'good', message: `${bad} files are marked bad or use one that is.` };
}

async function mirrorLine(sql: Sql, { observatory, settings }: Observatory): Promise<ReportLine | null> {
  if (settings.mirror.upstream === '') return null;
  const state = await mirrorStateOf(sql, observatory);
  const name = 'upstream server';
  if (state?.failingSince != null) {
    const message = `${settings.mirror.upstream} fails since ${minute(state.failingSince)}: ${state.error}`;
    return { name, state: 'partial', message, next: 'What is here is served all the same.' };
  }
  const last = state?.answeredAt == null ? 'has not answered yet' : `answered ${minute(state.answeredAt)}`;
  return { name, state: 'good', message: `${settings.mirror.upstream} ${last}.` };
}

async function publicationLine(sql: Sql, { observatory, settings }: Observatory): Promise<ReportLine | null> {
  const { folder } = settings.publish;
  if (folder === '') return null;
  const state = await publicationOf(sql, observatory);
  const name = 'published folder';
  if (state === null || state.publishedAt === null) {
    const message = `${folder} was never published completely. ${state?.problem ?? ''}`.trim();
    return {
      name,
      state: 'partial',
      message,
      next: `Try: orrery crds publish --observatory ${observatory}.`,
    };
  }
  if (state.problem !== '') return { name, state: 'partial', message: state.problem };
  const message = `${folder} has ${state.latestContext ?? 'no context'} and ${state.files} files since ${minute(state.publishedAt)}.`;
  return { name, state: 'good', message };
}

async function diskLine(name: string, folder: string): Promise<ReportLine | null> {
  if (folder === '') return null;
  const disk = await statfs(folder).catch(() => undefined);
  if (disk === undefined) return { name, state: 'partial', message: `${folder} cannot be looked at.` };
  const [free, total] = [disk.bavail * disk.bsize, disk.blocks * disk.bsize];
  const message = `${gigabytes(free)} of ${gigabytes(total)} are free.`;
  if (free >= total * leastFreeShare) return { name, state: 'good', message };
  return { name, state: 'partial', message, next: 'Make room, or move the folder to a larger disk.' };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function minute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
