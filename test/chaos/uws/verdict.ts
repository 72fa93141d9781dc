import type { Fleet } from '../fleet.ts';
import type { Ledger } from '../ledger.ts';
import { askUntilAnswered } from './ask.ts';
import { phaseOf } from './kinds.ts';
import { jobList, type Trial } from './trials.ts';
import type { Told, Witness } from './witness.ts';

/** Judges every job by what a client reads at the end, beside what the witness heard. */
export async function judgeTrials(
  fleet: Fleet,
  trials: readonly Trial[],
  witness: Witness,
  ledger: Ledger,
): Promise<void> {
  console.log('\njobs');
  const wrong: string[] = [];
  const ends = new Map<string, number>();
  for (const trial of trials) {
    const { phase, document } = await read(fleet, trial);
    ends.set(`${trial.kind}: ${phase}`, (ends.get(`${trial.kind}: ${phase}`) ?? 0) + 1);
    const expected = phaseOf(trial.kind) ?? 'gone';
    const faults = phase === expected ? await faultsOf(fleet, trial, document, witness.of(trial.label)) : [];
    if (phase !== expected) {
      const { begins, ends: done } = witness.of(trial.label);
      const heard = `${begins.length} begins and ${done.length} ends were heard`;
      faults.push(`it is ${phase} instead of ${expected}, ${heard}: ${errorOf(document)}`);
    }
    wrong.push(...faults.map((fault) => `${trial.label} (${trial.jobId}): ${fault}`));
  }
  for (const [end, n] of [...ends].sort()) ledger.fact(`  ${end}`, n);
  for (const line of wrong.slice(0, 20)) ledger.violation(line);
  ledger.demand('that did not end in their true phase with their true results', wrong.length, 0);
  const twice = trials.filter((trial) => witness.of(trial.label).begins.length > 1);
  ledger.demand('that ran more than once, by what the witness heard', twice.length, 0);
}

async function read(fleet: Fleet, { jobId }: Trial): Promise<{ phase: string; document: string }> {
  const answer = await askUntilAnswered(fleet, `${jobList}/${jobId}`);
  const document = answer.body.toString();
  if (answer.status === 404) return { phase: 'gone', document };
  return { phase: /<uws:phase>(\w+)</.exec(document)?.[1] ?? `answered with ${answer.status}`, document };
}

function errorOf(document: string): string {
  return /<uws:message>([^<]*)</.exec(document)?.[1] ?? '';
}

async function faultsOf(fleet: Fleet, trial: Trial, document: string, told: Told): Promise<string[]> {
  const [word = ''] = told.begins;
  const text = async (name: string): Promise<string> => (await result(fleet, trial, name)).toString();
  const faults: string[] = [];
  const demand = (what: string, isRight: boolean) => {
    if (!isRight) faults.push(what);
  };
  switch (trial.kind) {
    case 'good':
    case 'fetching':
    case 'uploading':
      demand('it did not run once from begin to end', told.begins.join() === told.ends.join() && word !== '');
      demand('its result is of another run', (await text('result')) === word);
      demand('its log is of another run', (await text('stdout')) === `begin ${word}\nend ${word}\n`);
      if (trial.input !== null) {
        demand('its input arrived changed', (await result(fleet, trial, 'copy')).equals(trial.input));
      }
      break;
    case 'failing':
      demand('it did not run once from begin to end', told.ends.join() === word && word !== '');
      demand(`its error is ${errorOf(document)}`, errorOf(document) === 'told to end with 1');
      demand('its partial result is of another run', (await text('result')) === word);
      break;
    case 'overtime':
      demand('it ran to its end', told.ends.length === 0 && word !== '');
      demand(`its error is ${errorOf(document)}`, errorOf(document).includes('exceeded'));
      demand('what it printed was not kept', (await text('stdout')) === `begin ${word}\n`);
      break;
    case 'aborted':
      demand('it ran to its end', told.ends.length === 0);
      if (word !== '') demand('what it printed was not kept', (await text('stdout')).startsWith('begin'));
      break;
    case 'deleted':
      demand('it ran to its end', told.ends.length === 0);
  }
  return faults;
}

async function result(fleet: Fleet, { jobId }: Trial, name: string): Promise<Buffer> {
  const { status, body } = await askUntilAnswered(fleet, `${jobList}/${jobId}/results/${name}`);
  return status === 200 ? body : Buffer.from(`answered with ${status}`);
}
