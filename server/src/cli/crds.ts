import type { Command } from 'commander';
import { registerAffected } from './crds-affected.ts';
import { registerBadFiles } from './crds-bad.ts';
import { registerContexts } from './crds-context.ts';
import { registerDataset } from './crds-dataset.ts';
import { registerImport } from './crds-import.ts';
import { registerMirror } from './crds-mirror.ts';
import { registerObservatories } from './crds-observatory.ts';
import { registerPublish } from './crds-publish.ts';
import { registerVerify } from './crds-verify.ts';
import type { OpenCore } from './open.ts';

type Register = (crds: Command, open: OpenCore) => void;

/** Each adds its commands below `orrery crds` and loads what they need when one of them runs. */
const commands: readonly Register[] = [
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

/** `orrery crds …`: calibration rules and files on the database of this installation, whether the server runs or not. */
export function register(program: Command, open: OpenCore): void {
  const crds = program.command('crds').description('Calibration: observatories, contexts, reference files.');
  for (const add of commands) add(crds, open);
}
