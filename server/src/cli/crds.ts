import type { Command } from 'commander';
import { registerAffected } from './crds-affected.ts';
import { registerBadFiles } from './crds-bad.ts';
import { registerBestReferences } from './crds-bestrefs.ts';
import { registerContexts } from './crds-context.ts';
import { registerDataset } from './crds-dataset.ts';
import { registerDiff } from './crds-diff.ts';
import { registerImport } from './crds-import.ts';
import { registerMatches } from './crds-matches.ts';
import { registerMirror } from './crds-mirror.ts';
import { registerObservatories } from './crds-observatory.ts';
import { registerPublish } from './crds-publish.ts';
import { registerUses } from './crds-uses.ts';
import { registerVerify } from './crds-verify.ts';
import type { OpenCore } from './open.ts';

type Register = (crds: Command, open: OpenCore) => void;

/** Each adds its commands below `orrery crds` and loads what they need when one of them runs. */
const commands: readonly Register[] = [
  registerBestReferences,
  registerDiff,
  registerUses,
  registerMatches,
  registerObservatories,
  registerContexts,
  registerBadFiles,
  registerDataset,
  registerAffected,
  registerImport,
  registerVerify,
  registerPublish,
  registerMirror,
];

/** `orrery crds …`: questions go to any server over HTTP, operators' commands to the database of this installation. */
export function register(program: Command, open: OpenCore): void {
  const crds = program.command('crds').description('Calibration: observatories, contexts, reference files.');
  for (const add of commands) add(crds, open);
}
