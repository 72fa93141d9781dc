import { execFile } from 'node:child_process';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { settingsOf } from '../../../core/config/index.ts';
import type { Core } from '../../../core/core.ts';
import { messageOf } from '../../../core/errors.ts';
import { perCore } from '../../per-core.ts';
import { pandaSettings } from '../../settings.ts';

/** pilot3 as it lies on this machine. */
export interface Pilot3 {
  /** With pilot.py; only read. */
  folder: string;
  python: string;
  /** As in its file PILOTVERSION. */
  version: string;
  /** Folders outside those of the system that a run has to see for it. */
  readable: string[];
  /** What it says about itself and about servers when nobody tells it better. */
  config: string;
  /** Its options differ by version. */
  knowsNoCvmfs: boolean;
  /** Whether it can be told where transformations may come from; older ones know two fixed addresses. */
  knowsBaseUrls: boolean;
}

/** A pilot that can be started, or what keeps it from being started, for people. */
export type Pilot3Finding = { pilot3: Pilot3; trouble?: never } | { pilot3?: never; trouble: string };

const run = promisify(execFile);
const commands = ['bash', 'curl', 'ps'];

/** What was found is believed for so long. */
const goodMs = 60_000;
const badMs = 5000;
const findingOf = perCore((): { finding: Promise<Pilot3Finding> | null; until: number } => ({
  finding: null,
  until: 0,
}));

/** Looks for the pilot3 of the settings; what is missing is a sentence, never an error. */
export function findPilot3(core: Core): Promise<Pilot3Finding> {
  const kept = findingOf(core);
  if (kept.finding !== null && kept.until > Date.now()) return kept.finding;
  const { pilot3 } = settingsOf(core.config, 'panda', pandaSettings).factory;
  kept.until = Date.now() + goodMs;
  kept.finding = lookAt(pilot3, core.config.data).then((finding) => {
    if (finding.trouble !== undefined) kept.until = Date.now() + badMs;
    return finding;
  });
  return kept.finding;
}

/** The same without a memory. */
export async function lookAt(
  { folder, python }: { folder?: string | undefined; python: string },
  dataFolder: string,
): Promise<Pilot3Finding> {
  if (folder === undefined) {
    return { trouble: 'The setting panda.factory.pilot3.folder does not say where pilot3 is.' };
  }
  const texts = await Promise.all(
    ['pilot.py', 'PILOTVERSION', 'pilot/util/default.cfg'].map((name) =>
      readFile(path.join(folder, name), 'utf8').catch(() => null),
    ),
  );
  const [program, version, config] = texts;
  if (typeof program !== 'string' || typeof version !== 'string' || typeof config !== 'string') {
    return {
      trouble: `There is no pilot3 in ${folder} (panda.factory.pilot3.folder): pilot.py, PILOTVERSION or pilot/util/default.cfg is missing.`,
    };
  }
  const found = await lookAtPython(python);
  if (found.trouble !== undefined) return found;
  const readable = [folder, ...found.folders].filter((one) => !isSystemFolder(one));
  const data = await realpath(dataFolder).catch(() => dataFolder);
  const hidden = readable.find((one) => `${one}/`.startsWith(`${data}/`));
  if (hidden !== undefined) {
    return { trouble: `No run may look into the data folder of the server, and ${hidden} is in it.` };
  }
  const options = `${program}${await readFile(path.join(folder, 'arguments.py'), 'utf8').catch(() => '')}`;
  return {
    pilot3: {
      folder,
      python: found.python,
      version: version.trim().slice(0, 40),
      readable: [...new Set(readable)],
      config,
      knowsNoCvmfs: options.includes('--nocvmfs'),
      knowsBaseUrls: options.includes('--baseurls'),
    },
  };
}

const question =
  'import json, sys, psutil, requests; print(json.dumps([sys.executable, sys.prefix, sys.base_prefix]))';

/** Asks Python itself where it lives, and whether it has what pilot3 imports. */
async function lookAtPython(
  python: string,
): Promise<{ python: string; folders: string[]; trouble?: never } | { trouble: string }> {
  try {
    const { stdout } = await run(python, ['-c', question], { timeout: 20_000 });
    const [executable = python, ...folders] = JSON.parse(stdout) as string[];
    const look = commands.map((name) => `command -v ${name} >/dev/null || echo ${name}`).join('; ');
    const { stdout: missing } = await run('sh', ['-c', look], { timeout: 10_000 });
    if (missing.trim() === '') return { python: executable, folders };
    return { trouble: `pilot3 needs ${missing.trim().split('\n').join(' and ')} on this machine.` };
  } catch (error) {
    const words = messageOf(error).trim().split('\n').at(-1) ?? '';
    return {
      trouble: `Python for pilot3 ("${python}", panda.factory.pilot3.python) does not run, or lacks psutil or requests: ${words.slice(0, 200)}`,
    };
  }
}

/** Every run sees these anyway. */
function isSystemFolder(folder: string): boolean {
  return /^\/(usr|bin|sbin|opt|lib\w*)(\/|$)/.test(folder);
}
