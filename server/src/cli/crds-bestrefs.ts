import { open } from 'node:fs/promises';
import type {
  CrdsBestReferences,
  CrdsBestReferencesWish,
  CrdsHeader,
  CrdsRecommendation,
  CrdsWhy,
} from '@orrery/contracts/crds';
import type { Command } from 'commander';
import { messageOf } from '../core/errors.ts';
import { formatColumns } from './columns.ts';
import { observatoryOption, observatoryPath, type PlaceFlags, printJson } from './crds-place.ts';
import { formatWhy } from './crds-why.ts';
import { CommandFailure } from './failure.ts';
import { printable } from './job-address.ts';
import { readJsonFile } from './json-file.ts';
import { connectRemote, withServer } from './remote.ts';

interface BestReferencesFlags extends PlaceFlags {
  context?: string;
  header?: string;
  fits?: string;
  dataset?: string;
  types?: string;
  compareWith?: string;
  why?: string;
}

/** `orrery crds bestrefs`: which reference files an exposure needs, asked of a server. */
export function registerBestReferences(crds: Command): void {
  withServer(crds.command('bestrefs'))
    .description('Show which reference files an exposure needs, and with --why what decided.')
    .option(...observatoryOption)
    .option('--context <name>', 'hst_0349.pmap, hst-edit, hst-2014-11-30; default: the latest')
    .option('--header <file>', 'JSON object of keywords with values; - is standard input')
    .option('--fits <file>', 'FITS file; only its headers are read, and only they are sent')
    .option('--dataset <id>', 'registered exposure; values of --header count instead of its own')
    .option('--types <list>', 'only these, with commas between: biasfile,darkfile')
    .option('--compare-with <context>', 'show what another context recommends instead')
    .option('--why <type>', 'say how the rules came to the file of this type')
    .option('--json', 'print the answer as the API gives it')
    .addHelpText('after', '\nExit code 1: the rules have no answer for one of the types.')
    .action(printBestReferences);
}

async function printBestReferences(flags: BestReferencesFlags): Promise<void> {
  const header = await readHeader(flags);
  const { context, dataset, types, compareWith, why } = flags;
  if (header === undefined && dataset === undefined) {
    throw new CommandFailure(
      'usage',
      'Nothing says which exposure is meant.',
      'Give --header, --fits or --dataset.',
    );
  }
  const remote = await connectRemote(flags);
  const path = await observatoryPath(remote, flags, context === undefined ? [] : [context]);
  const question: CrdsBestReferencesWish = {
    ...(context === undefined ? {} : { context }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(header === undefined ? {} : { header }),
  };
  if (why !== undefined) {
    const told = await remote.json<CrdsWhy>('POST', `${path}/best-references/why`, {
      json: { ...question, type: why },
    });
    if (flags.json === true) printJson(told);
    else process.stdout.write(formatWhy(told));
    failWithout([told.recommendation]);
    return;
  }
  const found = await remote.json<CrdsBestReferences>('POST', `${path}/best-references`, {
    json: {
      ...question,
      ...(types === undefined ? {} : { types: types.split(',').filter((type) => type !== '') }),
      ...(compareWith === undefined ? {} : { compareWith }),
    },
  });
  if (flags.json === true) printJson(found);
  else process.stdout.write(formatBestReferences(found));
  for (const warning of flags.json === true ? [] : found.warnings)
    process.stderr.write(`${printable(warning, 400)}\n`);
  failWithout(found.types);
}

function failWithout(types: readonly CrdsRecommendation[]): void {
  const missing = types
    .filter(({ outcome }) => outcome === 'not-found')
    .map(({ type }) => printable(type, 64));
  if (missing.length > 0)
    throw new CommandFailure('failed', `The rules have no answer for ${missing.join(', ')}.`);
}

function formatBestReferences({ context, instrument, types, compared }: CrdsBestReferences): string {
  const others = new Map(compared?.different.map(({ type, there }) => [type, there]));
  const rows = types.map((one) => [
    printable(one.type, 64),
    answerOf(one),
    one.rmap,
    ...(compared === null ? [] : [others.has(one.type) ? printable(others.get(one.type) ?? '') : 'the same']),
  ]);
  const other = compared === null ? [] : [compared.context];
  return formatColumns([`TYPE (${instrument})`, context, 'RULES', ...other], rows);
}

/** What a type is answered with, in one line. */
export function answerOf({ outcome, files, message, ambiguous }: CrdsRecommendation): string {
  if (outcome === 'omitted') return 'left out';
  if (outcome === 'not-applicable') return 'n/a';
  if (outcome === 'not-found') return printable(message, 120);
  const names = files.map(({ key, name }) => (key === null ? name : `${key}:${name}`));
  return `${printable(names.join(','), 300)}${ambiguous ? ' (joined rules)' : ''}`;
}

async function readHeader({ header, fits }: BestReferencesFlags): Promise<CrdsHeader | undefined> {
  if (header !== undefined && fits !== undefined) {
    throw new CommandFailure('usage', 'A header comes from --header or from --fits, not from both.');
  }
  if (fits !== undefined) return await headerOfFits(fits);
  if (header === undefined) return undefined;
  const given = await readJsonFile(header);
  return given as CrdsHeader;
}

const limits = { mostUnits: 500, mostCards: 50_000 };

/** All keywords of a FITS file; what stands in an earlier header counts (crds 13.2.7). */
async function headerOfFits(file: string): Promise<CrdsHeader> {
  const { readFitsUnits } = await import('../crds/api/fits-header.ts');
  const header = new Map<string, string>();
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    const read = async (start: number, length: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start);
      return buffer.subarray(0, bytesRead);
    };
    const { units } = await readFitsUnits(read, size, limits);
    for (const { keyword, value } of units.flatMap(({ cards }) => cards)) {
      if (value !== '' && !header.has(keyword)) header.set(keyword, value);
    }
  } catch (error) {
    throw new CommandFailure('usage', `${file}: ${messageOf(error)}`, 'Name a FITS file that can be read.');
  }
  return Object.fromEntries(header);
}
