import type { CrdsMatches } from '@orrery/contracts/crds';
import type { Command } from 'commander';
import { formatColumns } from './columns.ts';
import { observatoryOption, observatoryPath, type PlaceFlags, printJson } from './crds-place.ts';
import { printable } from './job-address.ts';
import { connectRemote, withServer } from './remote.ts';

interface MatchesFlags extends PlaceFlags {
  context?: string;
}

/** `orrery crds matches FILE…`: by which rules a context recommends files, asked of a server. */
export function registerMatches(crds: Command): void {
  withServer(crds.command('matches'))
    .description('Show every way through the rules of a context that ends in a reference file.')
    .argument('<file...>', 'references')
    .option(...observatoryOption)
    .option('--context <name>', 'hst_0349.pmap, an rmap, hst-edit; default: the latest')
    .option('--json', 'print an array of the answers as the API gives them, each with its file')
    .action(printMatches);
}

async function printMatches(files: string[], flags: MatchesFlags): Promise<void> {
  const { context } = flags;
  const remote = await connectRemote(flags);
  const path = await observatoryPath(remote, flags, [...(context === undefined ? [] : [context]), ...files]);
  const found: Array<CrdsMatches & { file: string }> = [];
  for (const file of files) {
    const matches = await remote.json<CrdsMatches>(
      'GET',
      `${path}/files/${encodeURIComponent(file)}/matches`,
      {
        query: context === undefined ? [] : [['context', context]],
      },
    );
    found.push({ file, ...matches });
  }
  if (flags.json === true) {
    printJson(found);
    return;
  }
  process.stdout.write(
    formatColumns(
      ['FILE', 'RULES', 'PATTERN'],
      found.flatMap(({ file, rows }) =>
        rows.map(({ rmap, levels }) => [file, rmap, printable(levels.map(patternOf).join(' / '), 1000)]),
      ),
    ),
  );
  for (const { file, rows, hidden, context: name } of found) {
    if (rows.length === 0) process.stderr.write(`No rule of ${name} leads to ${file}.\n`);
    if (hidden > 0) process.stderr.write(`${hidden} more ways lead to ${file}.\n`);
  }
}

function patternOf({ parameters }: CrdsMatches['rows'][number]['levels'][number]): string {
  return parameters.map(({ name, value }) => `${name}=${value}`).join(' ');
}
