import path from 'node:path';
import { AppError } from '../errors.ts';
import type { Namespace } from '../files/index.ts';

/** Something to be run, with everything it needs; nothing else of the server is visible to it. */
export interface ComputeRequest {
  /** What the run belongs to; changes are told to the function that `onChange(owner.module)` registered. */
  owner: { module: string; kind: string; id: string };
  /** Slots are given in turn to the values of this (usually the user's name). */
  fairKey: string;
  /** Program and arguments. The program is looked up in PATH, or relative to the work folder with `./`. */
  command: string[];
  /** All that the command finds in its environment besides PATH, HOME, TMPDIR, LANG. */
  environment: Record<string, string>;
  /** Files put into the work folder before the start; paths are relative to it. */
  inputs: ComputeInput[];
  limits: ComputeLimits;
  /** Absolute paths outside the usual system folders that the command may read (never write). */
  readable?: string[];
  /** `none` = no network at all; default from the settings. */
  network?: 'open' | 'none';
  /** Which backend; default `local`. */
  backend?: string;
  /** True when an administrator asks: only then may a run start where nothing isolates it. */
  asAdmin?: boolean;
}

export interface ComputeInput {
  path: string;
  /** Small bytes are kept in the row; larger ones come from the file store or from a file of this host. */
  content: Buffer | { sha256: string; namespace: Namespace } | { file: string };
  /** True gives the file mode 0755. */
  executable?: boolean;
}

export interface ComputeLimits {
  /** Resident anonymous memory of all processes of the run together, in MiB. */
  memoryMb: number;
  processes: number;
  /** From the start of the command; then TERM, ten seconds, KILL. */
  wallSeconds: number;
  /** Work folder and logs together, in MiB. */
  outputMb: number;
  /** Of each single process. */
  cpuSeconds?: number;
}

/** Bytes of inputs that one request may carry itself. */
export const maxCarriedBytes = 4 * 1024 * 1024;

/** What every run has of its own; the root is the empty name. */
const ownPlaces = new Set(['', '/job', '/tmp', '/proc', '/dev']);

function refuse(state: string, message: string, next: string): never {
  throw new AppError('invalid', `compute.${state}`, message, { next });
}

/** Checks what a later start could not repair. Throws AppError `invalid`. */
export function checkRequest(request: ComputeRequest): void {
  const [program] = request.command;
  if (program === undefined || program === '' || program.includes('=')) {
    refuse('command-wrong', 'The command has no usable program name.', 'Name a program without "=" in it.');
  }
  const words = [
    ...request.command,
    ...Object.values(request.environment),
    request.owner.id,
    request.fairKey,
  ];
  if (words.some((word) => word.includes('\0'))) {
    refuse('command-wrong', 'The command or its environment contains a NUL byte.', 'Remove it.');
  }
  for (const name of Object.keys(request.environment)) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) continue;
    refuse('environment-wrong', `"${name}" cannot be the name of a variable.`, 'Use letters, digits and _.');
  }
  for (const [name, value] of Object.entries(request.limits)) {
    if (Number.isInteger(value) && value > 0) continue;
    refuse('limit-wrong', `The limit ${name} is ${value}.`, 'Give a whole number above zero.');
  }
  for (const file of request.readable ?? []) {
    const plain = path.normalize(file);
    if (path.isAbsolute(file) && !ownPlaces.has(plain.replace(/\/$/, ''))) continue;
    refuse('path-wrong', `"${file}" cannot be shown to a run.`, 'Give the full path of one folder or file.');
  }
  checkInputs(request.inputs);
}

function checkInputs(inputs: readonly ComputeInput[]): void {
  const seen = new Set<string>();
  let carried = 0;
  for (const { path: name, content } of inputs) {
    if (!isPlainPath(name))
      refuse('path-wrong', `"${name}" is not a path inside the work folder.`, 'Use names without "..".');
    if (seen.has(name))
      refuse('path-wrong', `Two inputs are called "${name}".`, 'Give each input a name of its own.');
    seen.add(name);
    if (Buffer.isBuffer(content)) carried += content.length;
    else if ('file' in content && !path.isAbsolute(content.file)) {
      refuse('path-wrong', `"${content.file}" is not an absolute path.`, 'Give a full path.');
    }
  }
  if (carried > maxCarriedBytes) {
    throw new AppError('too-large', 'compute.inputs-too-large', `The inputs carry ${carried} bytes.`, {
      next: `Put inputs above ${maxCarriedBytes} bytes into the file store and name them by their hash.`,
    });
  }
}

/** True for a relative path that stays where it is: no empty part, no `.`, no `..`. */
export function isPlainPath(name: string): boolean {
  if (name.length > 1024 || name.includes('\0')) return false;
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= 255);
}
