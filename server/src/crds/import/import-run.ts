import type { Core } from '../../core/core.ts';
import type { ReferenceMode } from './imported.store.ts';
import type { Problem } from './problem.ts';

/** What an import needs of the core; a command has it without a running server. */
export type ImportCore = Pick<Core, 'db' | 'files' | 'audit' | 'events'>;

/** Counts of one kind of file. */
export interface Counts {
  /** Regular files that were looked at. */
  found: number;
  /** Not read, since nothing has changed since an earlier import. */
  unchanged: number;
  added: number;
  /** Known before, of which something was missing until now. */
  completed: number;
  /** Read, and all of it was known. */
  known: number;
  refused: number;
  /** Read. */
  bytes: number;
}

export function noCounts(): Counts {
  return { found: 0, unchanged: 0, added: 0, completed: 0, known: 0, refused: 0, bytes: 0 };
}

/** How far an import is. */
export interface ImportProgress {
  step: 'looking' | 'mappings' | 'references' | 'config';
  done: number;
  total: number;
  bytes: number;
  totalBytes: number;
}

export interface ImportListener {
  progress?(progress: ImportProgress): void;
  problem?(problem: Problem): void;
  signal?: AbortSignal;
}

/** One run of an import and what it has come to so far. */
export interface ImportRun {
  core: ImportCore;
  observatory: string;
  /** Absolute, without links. */
  folder: string;
  references: ReferenceMode;
  dryRun: boolean;
  mappings: Counts;
  referenceFiles: Counts;
  /** Files that are neither mappings nor references; not touched. */
  ignored: number;
  problems: Problem[];
  refused: number;
  warnings: number;
  listener: ImportListener;
}

/** More are counted and told to the listener, but not kept. */
const keptProblems = 1000;

export function noteProblem(run: ImportRun, problem: Problem): void {
  if (problem.severity === 'refused') run.refused++;
  else run.warnings++;
  if (run.problems.length < keptProblems) run.problems.push(problem);
  run.listener.problem?.(problem);
}
