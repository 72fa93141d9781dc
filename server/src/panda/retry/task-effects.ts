import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import type { Job } from '../jobs/job.ts';
import { queueOf } from '../queues/queues.ts';
import type { RetryAction } from './actions.ts';
import { nextCpuTime } from './cpu-time.ts';
import { numberOf } from './facts.store.ts';
import { factorOf } from './parameters.ts';
import { reduceInput } from './reduce-input.ts';
import type { RetryRule } from './rule.ts';
import { type InputSize, lockTasks, noInput, readInputs, storeTasks, type TaskState } from './tasks.store.ts';

const ofTasks: readonly RetryAction[] = ['increase_cputime', 'reduce_input_per_job'];
/** A task that was asked to measure anew is not asked again for so long (panda-server 1.0.3). */
const askAgainMs = 30 * 60_000;

export interface Chosen {
  job: Job;
  rule: RetryRule;
}

interface Effect {
  task: TaskState;
  /** For people. */
  effect: string;
}

/** What only shows in the task itself: time per event, size of its jobs. */
export function isOfTask(action: RetryAction): boolean {
  return ofTasks.includes(action);
}

/**
 * Changes the tasks of failed jobs as rules say, and tells the effect of each; rules that are not active change nothing
 * and tell what they would have done.
 */
export async function actOnTasks(
  core: Core,
  tx: Tx,
  chosen: readonly Chosen[],
): Promise<Map<Chosen, string>> {
  const taskIds = chosen.map(({ job }) => job.taskId).filter((taskId) => taskId !== null);
  const tasks = await lockTasks(tx, [...new Set(taskIds)]);
  const inputs = await readInputs(
    tx,
    chosen.map(({ job }) => job.jobId),
  );
  const effects = new Map<Chosen, string>();
  const changed = new Map<number, TaskState>();
  for (const one of chosen) {
    const task = one.job.taskId === null ? undefined : tasks.get(one.job.taskId);
    if (task === undefined) {
      effects.set(one, 'nothing: the job has no task');
      continue;
    }
    const input = inputs.get(one.job.jobId) ?? noInput;
    const next =
      one.rule.action === 'reduce_input_per_job'
        ? smallerJobs(task, one, input)
        : moreTime(task, one, input, await corePowerOf(core, one.job.queue), core.clock.now());
    effects.set(one, next.effect);
    if (!one.rule.active || next.task === task) continue;
    tasks.set(task.taskId, next.task);
    changed.set(task.taskId, next.task);
  }
  await storeTasks(tx, [...changed.values()]);
  return effects;
}

function smallerJobs(task: TaskState, { job, rule }: Chosen, input: InputSize): Effect {
  const { splitRule, effect } = reduceInput(
    task.splitRule,
    { attempt: job.attempt, ...input },
    rule.parameters,
  );
  return { task: splitRule === null ? task : { ...task, splitRule }, effect };
}

function moreTime(
  task: TaskState,
  { job, rule }: Chosen,
  { events }: InputSize,
  corePower: number | null,
  now: Date,
): Effect {
  const { attributes } = task;
  const cpuTime = numberOf(attributes.cpuTime);
  const unit = String(attributes.cpuTimeUnit ?? '');
  const next = task.hasFinished
    ? null
    : nextCpuTime(
        {
          wallSeconds: wallSecondsOf(job, now),
          cores: job.cores,
          events,
          corePower,
          baseWallSeconds: numberOf(attributes.baseWalltime),
          cpuEfficiency: numberOf(attributes.cpuEfficiency),
          before: cpuTime === null ? null : { value: cpuTime, unit },
        },
        factorOf(rule.parameters),
      );
  if (next === null) return askToMeasure(task, now);
  const before = cpuTime === null ? 'unknown' : `${cpuTime} ${unit}`;
  return {
    task: { ...task, attributes: { ...attributes, cpuTime: next.value, cpuTimeUnit: next.unit } },
    effect: `time per event ${before} → ${next.value} ${next.unit}`,
  };
}

/**
 * A task without a unit of its wall time measures its jobs anew (panda-server 1.0.3, requestTaskParameterRecalculation).
 */
function askToMeasure(task: TaskState, now: Date): Effect {
  const askedAt = Date.parse(String(task.attributes.measureAskedAt ?? ''));
  if (now.getTime() - askedAt < askAgainMs) {
    return { task, effect: 'the task was asked to measure its jobs anew just before' };
  }
  const attributes = { ...task.attributes, walltimeUnit: null, measureAskedAt: now.toISOString() };
  return { task: { ...task, attributes }, effect: 'the task measures its jobs anew' };
}

function wallSecondsOf({ startedAt, endedAt }: Job, now: Date): number | null {
  return startedAt === null ? null : ((endedAt ?? now).getTime() - startedAt.getTime()) / 1000;
}

/** HS06 of a core of the queue; null = it is not described. */
async function corePowerOf(core: Core, name: string): Promise<number | null> {
  const queue = await queueOf(core, name);
  return numberOf((queue?.document as Readonly<Record<string, unknown>> | undefined)?.corepower);
}
