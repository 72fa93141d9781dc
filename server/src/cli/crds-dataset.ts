import { open as openFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { AppError, messageOf } from '../core/errors.ts';
import type { LoadReport } from '../crds/datasets/load.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { withCrds } from './open-crds.ts';

interface LoadFlags extends InstallationFlags {
  observatory: string;
  json?: true;
}

const shownProblems = 20;
const progressEveryMs = 500;

/** `orrery crds dataset load`. */
export function registerDataset(crds: Command, open: OpenCore): void {
  const dataset = crds.command('dataset').description('Headers of exposures, for recommendations by id.');
  withInstallation(dataset.command('load'))
    .description('Register datasets; known ones get their new header. Wrong lines are told and left out.')
    .argument('<file>', 'lines of JSON {id, instrument, header, date}; "-" reads standard input')
    .requiredOption('--observatory <name>', 'whose datasets they are: hst')
    .option('--json', 'print the report as JSON')
    .action((file: string, flags: LoadFlags) => load(open, file, flags));
}

async function load(open: OpenCore, file: string, flags: LoadFlags): Promise<void> {
  try {
    await withCrds(open, flags, async (core, actor) => {
      const { registerDatasets } = await import('../crds/datasets/register.ts');
      const shown = showLines();
      const bytes =
        file === '-'
          ? process.stdin
          : (await openFile(file)).createReadStream({ highWaterMark: 1024 * 1024 });
      const report = await registerDatasets(core, flags.observatory, bytes, actor, shown.at);
      shown.end();
      print(report, flags.json === true);
      if (report.refused > 0) process.exitCode = 1;
    });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== 'ENOENT' && code !== 'EISDIR' && code !== 'EACCES') throw error;
    throw new AppError('invalid', 'crds.lines-unreadable', `${file}: ${messageOf(error)}`, {
      next: 'Give a file with one JSON object a line, or "-" for standard input.',
    });
  }
}

function print(report: LoadReport, asJson: boolean): void {
  if (asJson) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const { lines, added, changed, unchanged, refused, problems } = report;
  for (const { line, message } of problems.slice(0, shownProblems)) {
    process.stderr.write(`line ${line}: ${message}\n`);
  }
  if (refused > shownProblems) process.stderr.write(`… and ${refused - shownProblems} more lines\n`);
  process.stdout.write(
    `${lines} lines: ${added} added, ${changed} changed, ${unchanged} unchanged, ${refused} refused\n`,
  );
}

/** On a terminal how far it is, in one line. */
function showLines(): { at(report: LoadReport): void; end(): void } {
  const started = performance.now();
  let shownAt = started;
  const isShown = process.stderr.isTTY === true;
  return {
    at({ lines }) {
      const now = performance.now();
      if (!isShown || now - shownAt < progressEveryMs) return;
      shownAt = now;
      const rate = Math.round((lines * 1000) / (now - started));
      process.stderr.write(`\r\u001b[K${lines} lines, ${rate} a second`);
    },
    end() {
      if (isShown) process.stderr.write('\r\u001b[K');
    },
  };
}
