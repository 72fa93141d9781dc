import type { CrdsLinkPage, CrdsLinkRow } from '@orrery/contracts/crds';
import type { Command } from 'commander';
import { formatColumns } from './columns.ts';
import { observatoryOption, observatoryPath, type PlaceFlags, printJson } from './crds-place.ts';
import { connectRemote, withServer } from './remote.ts';

interface UsesFlags extends PlaceFlags {
  direct?: true;
  contexts?: true;
}

/** `orrery crds uses FILE…`: which mappings lead to files, asked of a server. */
export function registerUses(crds: Command): void {
  withServer(crds.command('uses'))
    .description('List the mappings that lead to files, up to their contexts, newest names first.')
    .argument('<file...>', 'references or mappings')
    .option(...observatoryOption)
    .option('--direct', 'only mappings that name the file themselves')
    .option('--contexts', 'only contexts (pmaps)')
    .option('--json', 'print an array of {file, usedBy}')
    .action(printUses);
}

async function printUses(files: string[], flags: UsesFlags): Promise<void> {
  const remote = await connectRemote(flags);
  const path = await observatoryPath(remote, flags, files);
  const found: Array<{ file: string; usedBy: CrdsLinkRow[] }> = [];
  for (const file of files) {
    const usedBy: CrdsLinkRow[] = [];
    let cursor: string | null = null;
    do {
      const page: CrdsLinkPage = await remote.json(
        'GET',
        `${path}/files/${encodeURIComponent(file)}/used-by`,
        {
          query: [
            ['limit', '500'],
            ['deep', String(flags.direct !== true)],
            ...(flags.contexts === true ? [['text', '*.pmap'] as const] : []),
            ...(cursor === null ? [] : [['cursor', cursor] as const]),
          ],
        },
      );
      usedBy.push(...page.rows);
      cursor = page.older;
    } while (cursor !== null);
    found.push({ file, usedBy });
  }
  if (flags.json === true) {
    printJson(found);
    return;
  }
  process.stdout.write(
    formatColumns(
      ['FILE', 'USED BY', 'STATE'],
      found.flatMap(({ file, usedBy }) =>
        usedBy.map(({ name, state, rejected, blacklisted }) => [
          file,
          name,
          rejected || blacklisted ? 'bad' : state,
        ]),
      ),
    ),
  );
  const unused = found.filter(({ usedBy }) => usedBy.length === 0).map(({ file }) => file);
  if (unused.length > 0) process.stderr.write(`No mapping leads to ${unused.join(', ')}.\n`);
}
