import { type UwsPhase, uwsPhases } from '@orrery/contracts/uws';
import { expect } from 'vitest';
import {
  type Cause,
  isFinal,
  mayChange,
  type Transition,
  transitions,
} from '../../../server/src/uws/phases.ts';
import { type Clause, clause, type Group } from './clause.ts';
import { textOf } from './world.ts';

const client = { RUN: 'QUEUED', ABORT: 'ABORTED' } as const;

/** RUN and ABORT in each of the ten phases. */
function asked(word: 'RUN' | 'ABORT', from: UwsPhase): Clause {
  const allowed = mayChange(from, client[word], 'client');
  const kind = allowed
    ? 'takes effect'
    : word === 'ABORT'
      ? 'changes nothing and is 303'
      : 'is refused with 403';
  const section = word === 'RUN' ? 'UWS 1.1 §2.1.3, §2.2.3.5' : 'UWS 1.1 §2.1.3, §2.2.3.6';
  return clause(`1.2-${word}-${from}`, `PHASE=${word} in ${from} ${kind}`, section, async (world) => {
    const url = await world.inPhase(from);
    const answer = await world.post(`${url}/phase`, `PHASE=${word}`);
    const refused = !allowed && word === 'RUN';
    expect(answer.status, answer.text).toBe(refused ? 403 : 303);
    if (refused) expect(answer.text).toContain(`The job is ${from}`);
    const now = await world.read(`${url}/phase`);
    if (!allowed) expect(now).toBe(from);
    else if (word === 'ABORT') expect(now).toBe('ABORTED');
    else expect(['QUEUED', 'EXECUTING', 'COMPLETED']).toContain(now);
    await world.post(`${url}/phase`, 'PHASE=ABORT');
  });
}

const words: Record<Cause, string> = {
  client: 'the client asks',
  executor: 'the executor says so',
  server: 'the server decides',
};

/** One change of the table as a client sees it: who may cause it, the phase afterwards, and the times. */
function seen({ from, to, who }: Transition): Clause {
  const causes = who.map((cause) => words[cause]).join(' or ');
  return clause(
    `1.2-${from}-${to}`,
    `${from} becomes ${to} when ${causes}`,
    'UWS 1.1 §2.1.3',
    async (world) => {
      for (const cause of ['client', 'executor', 'server'] as const) {
        const url = await world.inPhase(from);
        const before = await world.document(url);
        expect(await world.change(url, to, cause)).toBe(who.includes(cause));
        const after = await world.document(url);
        expect(textOf(after, 'phase')).toBe(who.includes(cause) ? to : from);
        if (to === 'EXECUTING' && who.includes(cause)) expect(textOf(after, 'startTime')).not.toBe('');
        const hasEnd = textOf(after, 'endTime') !== '';
        expect(hasEnd).toBe(isFinal(who.includes(cause) ? to : from));
        expect(textOf(after, 'creationTime')).toBe(textOf(before, 'creationTime'));
      }
    },
  );
}

function never(from: UwsPhase): Clause {
  const targets = uwsPhases.filter((to) => !transitions.some((line) => line.from === from && line.to === to));
  return clause(
    `1.2-${from}-else`,
    `${from} becomes none of ${targets.join(', ')}, whoever asks`,
    'UWS 1.1 §2.1.3',
    async (world) => {
      const url = await world.inPhase(from);
      const before = await world.read(url);
      for (const to of targets) {
        for (const cause of ['client', 'executor', 'server'] as const) {
          expect([to, cause, await world.change(url, to, cause)]).toEqual([to, cause, false]);
        }
      }
      expect(await world.read(url)).toBe(before);
    },
  );
}

/** The state machine: what a client may ask in each phase, and every change of the table. */
export const phases: Group = {
  title: 'Phases and transitions',
  file: 'phases.clauses.ts',
  clauses: [
    clause('1.2-01', 'A new job is PENDING', 'UWS 1.1 §2.1.3', async (world) => {
      expect(await world.read(`${await world.create()}/phase`)).toBe('PENDING');
    }),
    clause(
      '1.2-02',
      'The phase of a job is exactly one of the ten words, with nothing around it',
      'UWS 1.1 §2.2.1',
      async (world) => {
        for (const phase of uwsPhases) {
          expect(await world.read(`${await world.inPhase(phase)}/phase`)).toBe(phase);
        }
      },
    ),
    clause(
      '1.2-03',
      'PHASE=RUN with the creation starts the job; it is never seen PENDING afterwards',
      'UWS 1.1 §2.2.3.1; pyvo',
      async (world) => {
        const url = await world.create('NAME=x&PHASE=RUN');
        expect(await world.read(`${url}/phase`)).not.toBe('PENDING');
      },
    ),
    clause(
      '1.2-04',
      'After PHASE=RUN is answered the job is never seen PENDING',
      'UWS 1.1 §2.2.3.5; pyvo',
      async (world) => {
        const url = await world.create();
        await world.post(`${url}/phase`, 'PHASE=RUN');
        expect(await world.read(`${url}/phase`)).not.toBe('PENDING');
      },
    ),
    clause(
      '1.2-05',
      'PHASE with another word, a phase word or nothing is refused with 400 and changes nothing',
      'UWS 1.1 §2.2.3.5 (400: ours)',
      async (world) => {
        const url = await world.create();
        for (const word of ['GO', 'EXECUTING', 'PENDING', '', 'RUN ABORT']) {
          const answer = await world.post(`${url}/phase`, { PHASE: word });
          expect([word, answer.status]).toEqual([word, 400]);
          expect(answer.text).toContain('PHASE');
        }
        expect((await world.post(`${url}/phase`, 'STATE=RUN')).status).toBe(400);
        expect((await world.post(`${url}/phase`, 'PHASE=RUN&PHASE=ABORT')).status).toBe(400);
        expect(await world.read(`${url}/phase`)).toBe('PENDING');
      },
    ),
    clause(
      '1.2-06',
      'An aborted job that never ran has an end and no start',
      'UWS 1.1 §2.2.3.6; uws-validator',
      async (world) => {
        const url = await world.create();
        await world.post(`${url}/phase`, 'PHASE=ABORT');
        const job = await world.document(url);
        expect([textOf(job, 'startTime'), textOf(job, 'endTime')]).toEqual(['', expect.stringMatching(/Z$/)]);
      },
    ),
    clause('1.2-07', 'A job is deleted in any phase, and is gone', 'UWS 1.1 §2.2.3.2', async (world) => {
      for (const phase of uwsPhases) {
        const url = await world.inPhase(phase);
        expect([phase, (await world.ask(url, { method: 'DELETE' })).status]).toEqual([phase, 303]);
        expect([phase, (await world.ask(url)).status]).toEqual([phase, 404]);
      }
    }),
    ...uwsPhases.map((phase) => asked('RUN', phase)),
    ...uwsPhases.map((phase) => asked('ABORT', phase)),
    ...transitions.map(seen),
    ...uwsPhases.map(never),
  ],
};
