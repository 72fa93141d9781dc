import type {
  CrdsDifferencePage,
  CrdsDifferenceRow,
  CrdsDifferences,
  CrdsTextDifference,
} from '@orrery/contracts/crds';
import type { Command } from 'commander';
import { formatColumns } from './columns.ts';
import { observatoryOption, observatoryPath, type PlaceFlags, printJson } from './crds-place.ts';
import { printable } from './job-address.ts';
import { connectRemote, type Remote, withServer } from './remote.ts';

interface DiffFlags extends PlaceFlags {
  text?: true;
  summary?: true;
}

/** Rows that one answer of the server has at most. */
const pageRows = '1000';

/** `orrery crds diff OLD NEW`: what differs between two mappings, asked of a server. */
export function registerDiff(crds: Command): void {
  withServer(crds.command('diff'))
    .description('Show what the mapping NEW says that OLD did not, down to single rules.')
    .argument('<old>', 'hst_0348.pmap, an imap, an rmap, hst-latest, hst-2014-11-30')
    .argument('<new>', 'of the same kind')
    .option(...observatoryOption)
    .option('--summary', 'only which files differ')
    .option('--text', 'the lines of each file that differ, as "diff -u" writes them')
    .option('--json', 'print the answers as the API gives them')
    .action(printDifferences);
}

async function printDifferences(old: string, current: string, flags: DiffFlags): Promise<void> {
  const remote = await connectRemote(flags);
  const path = `${await observatoryPath(remote, flags, [old, current])}/differences`;
  const differences = await remote.json<CrdsDifferences>('GET', path, { query: pairOf(old, current) });
  if (flags.text === true) {
    await printTexts(remote, path, differences, flags.json === true);
    return;
  }
  const rows = flags.summary === true ? null : await rowsOf(remote, path, old, current);
  if (flags.json === true) {
    printJson(rows === null ? differences : { ...differences, rows });
    return;
  }
  process.stdout.write(rows === null ? formatFiles(differences) : formatRows(rows));
  const { total, referencesAdded, referencesDeleted } = differences;
  process.stderr.write(
    `${differences.old} --> ${differences.new}: ${total} differences, ${referencesAdded} references new, ${referencesDeleted} gone.\n`,
  );
}

function pairOf(old: string, current: string): Array<[string, string]> {
  return [
    ['old', old],
    ['new', current],
  ];
}

async function rowsOf(
  remote: Remote,
  path: string,
  old: string,
  current: string,
): Promise<CrdsDifferenceRow[]> {
  const rows: CrdsDifferenceRow[] = [];
  let cursor: string | null = null;
  do {
    const page: CrdsDifferencePage = await remote.json('GET', `${path}/rows`, {
      query: [
        ...pairOf(old, current),
        ['limit', pageRows],
        ...(cursor === null ? [] : [['cursor', cursor] as const]),
      ],
    });
    rows.push(...page.rows);
    cursor = page.older;
  } while (cursor !== null);
  return rows;
}

function formatRows(rows: readonly CrdsDifferenceRow[]): string {
  return formatColumns(
    ['IN', 'RULE', 'DIFFERENCE'],
    rows.map(({ files, rule, message }) => [
      nameOf(files.at(-1)),
      printable(rule.map(({ name, value }) => `${name}=${value}`).join(' '), 160),
      printable(message, 300),
    ]),
  );
}

function formatFiles({ files }: CrdsDifferences): string {
  return formatColumns(
    ['OLD', 'NEW', 'ADDED', 'DELETED', 'REPLACED', 'OTHER'],
    files.map(({ old, new: current, added, deleted, replaced, other }) => [
      old,
      current,
      ...[added, deleted, replaced, other].map(String),
    ]),
  );
}

function nameOf(pair: { old: string | null; new: string | null } | undefined): string | null {
  return pair?.new ?? pair?.old ?? null;
}

async function printTexts(
  remote: Remote,
  path: string,
  { files }: CrdsDifferences,
  isJson: boolean,
): Promise<void> {
  const texts: CrdsTextDifference[] = [];
  for (const { old, new: current } of files) {
    if (old === null || current === null) continue;
    let from: number | null = 0;
    for (let isFirst = true; from !== null; isFirst = false) {
      const part: CrdsTextDifference = await remote.json('GET', `${path}/text`, {
        query: [...pairOf(old, current), ['from', String(from)]],
      });
      if (isJson) texts.push(part);
      else process.stdout.write(unifiedOf(part, isFirst));
      from = part.next;
    }
  }
  if (isJson) printJson(texts);
}

function unifiedOf({ old, new: current, hunks }: CrdsTextDifference, isFirst: boolean): string {
  if (hunks.length === 0) return '';
  const text = hunks.map(({ oldFrom, newFrom, lines }) => {
    const before = lines.filter((line) => !line.startsWith('+')).length;
    const after = lines.filter((line) => !line.startsWith('-')).length;
    const shown = lines.map((line) => `${line.replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ')}\n`).join('');
    return `@@ -${oldFrom},${before} +${newFrom},${after} @@\n${shown}`;
  });
  return `${isFirst ? `--- ${old}\n+++ ${current}\n` : ''}${text.join('')}`;
}
