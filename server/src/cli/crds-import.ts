import { type Command, Option } from 'commander';
import type { Counts, ImportProgress, ImportReport, Problem, ReferenceMode } from '../crds/import/index.ts';
import { formatColumns } from './columns.ts';
import { CommandFailure } from './failure.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { untilInterrupted, withCrds } from './open-crds.ts';
import { formatBytes } from './progress.ts';

interface ImportFlags extends InstallationFlags {
  observatory: string;
  latest?: string;
  references: ReferenceMode;
  dryRun?: true;
  json?: true;
}

/** `orrery crds import DIR`: mapping files, or an existing cache of the crds client, become the catalogue. */
export function registerImport(crds: Command, open: OpenCore): void {
  const references = new Option(
    '--references <how>',
    'link: references stay where they are; copy: they are kept here',
  )
    .choices(['link', 'copy', 'none'])
    .default('link');
  withInstallation(crds.command('import'))
    .description(
      'Import mapping files, or a cache of the crds client; the server may run. Again goes on where it was.',
    )
    .argument('<folder>', 'folder of mapping files, or a cache (CRDS_PATH)')
    .requiredOption('--observatory <name>', 'observatory the files belong to; made when it is not there')
    .option('--latest <context>', 'the context that becomes latest afterwards: hst_0349.pmap')
    .addOption(references)
    .option('--dry-run', 'read and check everything, store nothing')
    .option('--json', 'JSON lines: progress, problems, and the report at the end')
    .action((folder: string, flags: ImportFlags) => runImport(open, folder, flags));
}

async function runImport(open: OpenCore, folder: string, flags: ImportFlags): Promise<void> {
  const { importFolder } = await import('../crds/import/index.ts');
  const shown = flags.json === true ? jsonLines() : forPeople(await problemWriter());
  const { observatory, references, latest, dryRun = false } = flags;
  const request = { folder, observatory, references, dryRun, ...(latest === undefined ? {} : { latest }) };
  const report = await untilInterrupted((signal) =>
    withCrds(open, flags, (core, actor) => importFolder(core, request, actor, { ...shown, signal })),
  ).finally(() => shown.end());
  shown.report(report);
  if (report.refused > 0) {
    throw new CommandFailure('failed', `${report.refused} of the files or wishes were refused; see above.`);
  }
}

interface Shown {
  progress(progress: ImportProgress): void;
  problem(problem: Problem): void;
  report(report: ImportReport): void;
  end(): void;
}

/** Often enough for a person, and for a log. */
const everyMs = { terminal: 200, log: 5000, json: 1000 };

function jsonLines(): Shown {
  const write = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const isDue = atMost(everyMs.json);
  return {
    progress(progress) {
      if (isDue()) write({ progress });
    },
    problem: (problem) => write({ problem }),
    report: (report) => write({ report: { ...report, problems: undefined } }),
    end: () => {},
  };
}

function forPeople(problemText: (problem: Problem) => string): Shown {
  const isTerminal = process.stderr.isTTY === true;
  const isDue = atMost(isTerminal ? everyMs.terminal : everyMs.log);
  const clear = isTerminal ? '\r\u001b[K' : '';
  return {
    progress({ step, done, total, bytes, totalBytes }) {
      if (!isDue()) return;
      const size = totalBytes === 0 ? '' : `  ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`;
      const line = step === 'looking' ? `${done} files found` : `${step}: ${done} of ${total}${size}`;
      process.stderr.write(isTerminal ? `${clear}${line}` : `${line}\n`);
    },
    problem: (problem) => process.stderr.write(`${clear}${problem.severity}: ${problemText(problem)}\n`),
    report: (report) => process.stdout.write(formatReport(report)),
    end: () => process.stderr.write(clear),
  };
}

async function problemWriter(): Promise<(problem: Problem) => string> {
  return (await import('../crds/import/index.ts')).problemText;
}

function atMost(ms: number): () => boolean {
  let shownAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - shownAt < ms) return false;
    shownAt = now;
    return true;
  };
}

function formatReport(report: ImportReport): string {
  const row = (what: string, counts: Counts) => [
    what,
    ...[counts.found, counts.unchanged, counts.added, counts.completed, counts.known, counts.refused].map(
      String,
    ),
    formatBytes(counts.bytes),
  ];
  const table = formatColumns(
    ['FILES', 'FOUND', 'UNCHANGED', 'NEW', 'COMPLETED', 'KNOWN', 'REFUSED', 'READ'],
    [row('mappings', report.mappings), row('references', report.references)],
  );
  const { contexts } = report;
  const lines = [
    report.namedOnly > 0 &&
      `${report.namedOnly} references are known by name only: their bytes are not here.`,
    report.incompleteMappings > 0 && `${report.incompleteMappings} mappings name mappings that are not here.`,
    report.ignored > 0 && `${report.ignored} other files were left alone.`,
    contexts.history > 0 && `${contexts.history} rows were added to the history of contexts.`,
    contexts.badFiles > 0 && `${contexts.badFiles} files were marked bad.`,
    contexts.latest !== null && `Latest context: ${contexts.latest}.`,
    contexts.edit !== null && `Edit context: ${contexts.edit}.`,
    report.dryRun && 'Nothing was stored.',
    `${report.refused} refused, ${report.warnings} warnings, ${report.seconds} s.`,
  ];
  return `${table}${lines
    .filter((line) => line !== false)
    .map((line) => `${line}\n`)
    .join('')}`;
}
