import { uwsPhases } from '@orrery/contracts/uws';
import { expect } from 'vitest';
import { isWaitable } from '../../../server/src/uws/phases.ts';
import { clause, type Group } from './clause.ts';
import { atOnceMs, besideOf, msOf, textOf, type World } from './world.ts';

const section = 'UWS 1.1 §2.2.1.2';
const waiting = uwsPhases.filter(isWaitable);
const others = uwsPhases.filter((phase) => !isWaitable(phase));

/** A WAIT that is held: it has been opened on the server and is not answered. */
async function held(world: World, where: string): Promise<{ answered: Promise<string>; leave(): void }> {
  const open = world.server.core.events.waits;
  const before = open.openCount;
  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${world.tokens.get('alice')}` };
  const answered = fetch(where, { headers, signal: leaving.signal }).then((answer) => answer.text());
  answered.catch(() => {});
  await expect.poll(() => open.openCount, { timeout: 10_000 }).toBe(before + 1);
  return { answered, leave: () => leaving.abort() };
}

const phaseIn = (document: string) => /<uws:phase>(\w+)</.exec(document)?.[1];

/** Blocking reads of a job. */
export const waits: Group = {
  title: 'WAIT',
  file: 'wait.clauses.ts',
  clauses: [
    ...waiting.map((phase) =>
      clause(`1.4-${phase}`, `WAIT in ${phase} is held until the phase changes`, section, async (world) => {
        const url = await world.inPhase(phase);
        const wait = await held(world, `${url}?WAIT=120`);
        await world.change(url, 'ABORTED', 'client');
        expect(phaseIn(await wait.answered)).toBe('ABORTED');
      }),
    ),
    ...others.map((phase) =>
      clause(`1.4-${phase}`, `WAIT in ${phase} is answered at once`, section, async (world) => {
        const url = await world.inPhase(phase);
        for (const wait of ['120', '-1']) {
          const [text, ms] = await msOf(world.read(`${url}?WAIT=${wait}`));
          expect([phaseIn(text), ms < atOnceMs]).toEqual([phase, true]);
        }
      }),
    ),
    clause(
      '1.4-01',
      'WAIT is answered 200 with the present document after its seconds, changed or not',
      section,
      async (world) => {
        const url = await world.create();
        const [job, ms] = await msOf(world.document(`${url}?WAIT=1`));
        expect([textOf(job, 'phase'), ms >= 990]).toEqual(['PENDING', true]);
      },
    ),
    clause(
      '1.4-02',
      'WAIT=-1 is held, and ends at the longest wait of the server',
      section,
      async (world) => {
        const short = besideOf(world);
        const url = await short.create();
        for (const wait of ['-1', '100000', '99999999999999999999']) {
          const [job, ms] = await msOf(short.document(`${url}?WAIT=${wait}`));
          expect([textOf(job, 'phase'), ms >= 990, ms < atOnceMs]).toEqual(['PENDING', true, true]);
        }
      },
    ),
    clause(
      '1.4-03',
      'PHASE beside WAIT: answered at once when the job is in another phase',
      section,
      async (world) => {
        const url = await world.create();
        for (const phase of uwsPhases.filter((each) => each !== 'PENDING')) {
          const [text, ms] = await msOf(world.read(`${url}?WAIT=120&PHASE=${phase}`));
          expect([phase, phaseIn(text), ms < atOnceMs]).toEqual([phase, 'PENDING', true]);
        }
      },
    ),
    clause('1.4-04', 'PHASE beside WAIT: held while the job is in that phase', section, async (world) => {
      const url = await world.create();
      const wait = await held(world, `${url}?PHASE=PENDING&WAIT=120`);
      await world.post(`${url}/phase`, 'PHASE=ABORT');
      expect(phaseIn(await wait.answered)).toBe('ABORTED');
    }),
    clause(
      '1.4-05',
      'WAIT without a whole number, or beside an unknown PHASE, is refused with 400',
      `${section} (400: ours)`,
      async (world) => {
        const url = await world.create();
        for (const query of [
          'WAIT=soon',
          'WAIT=1.5',
          'WAIT=',
          'WAIT=1e3',
          'WAIT=5&PHASE=SOON',
          'WAIT=0x10',
        ]) {
          const answer = await world.ask(`${url}?${query}`);
          expect([query, answer.status]).toEqual([query, 400]);
          expect(answer.text).toMatch(/^(WAIT|PHASE)=/);
        }
      },
    ),
    clause('1.4-06', 'WAIT=0 asks for no wait', section, async (world) => {
      const url = await world.create();
      const [, ms] = await msOf(world.read(`${url}?WAIT=0`));
      expect(ms).toBeLessThan(atOnceMs);
    }),
    clause(
      '1.4-07',
      'A change made by one server wakes a WAIT that another one on the same database holds',
      `${section}; design`,
      async (world) => {
        const other = besideOf(world);
        const url = await world.create();
        const wait = await held(world, `${url}?WAIT=120`);
        const path = new URL(url).pathname;
        expect((await other.post(`${path}/phase`, 'PHASE=ABORT')).status).toBe(303);
        expect(phaseIn(await wait.answered)).toBe('ABORTED');
      },
    ),
    clause('1.4-08', 'A client that goes away leaves nothing behind', 'ours', async (world) => {
      const { waits: open } = world.server.core.events;
      const before = open.openCount;
      const wait = await held(world, `${await world.create()}?WAIT=120`);
      wait.leave();
      await expect.poll(() => open.openCount, { timeout: 10_000 }).toBe(before);
    }),
    clause(
      '1.4-09',
      'Two hundred waiting clients leave other requests alone, and one change answers all of them',
      `${section}; OPUS froze at 12`,
      async (world) => {
        const url = await world.create();
        const all = Array.from({ length: 200 }, () => world.read(`${url}?WAIT=120`));
        await expect
          .poll(() => world.server.core.events.waits.openCount, { timeout: 20_000 })
          .toBeGreaterThanOrEqual(200);
        const [, ms] = await msOf(world.read(`${url}/phase`));
        expect(ms).toBeLessThan(atOnceMs);
        await world.post(`${url}/phase`, 'PHASE=ABORT');
        expect(new Set((await Promise.all(all)).map(phaseIn))).toEqual(new Set(['ABORTED']));
      },
    ),
    clause(
      '1.4-10',
      'A job that is deleted while clients wait for it is 404 to them',
      'UWS 1.1 §2.2',
      async (world) => {
        const url = await world.create();
        const headers = { authorization: `Bearer ${world.tokens.get('alice')}` };
        const before = world.server.core.events.waits.openCount;
        const waiting404 = fetch(`${url}?WAIT=120`, { headers });
        await expect.poll(() => world.server.core.events.waits.openCount).toBe(before + 1);
        await world.ask(url, { method: 'DELETE' });
        expect((await waiting404).status).toBe(404);
      },
    ),
    clause(
      '1.4-11',
      'Only the job itself blocks: WAIT elsewhere is answered at once',
      section,
      async (world) => {
        const url = await world.create();
        for (const where of [`${url}/phase`, `${url}/results`, `${url}/parameters`, '/rest/hello']) {
          const [answer, ms] = await msOf(world.ask(`${where}?WAIT=120`));
          expect([where, answer.status, ms < atOnceMs]).toEqual([where, 200, true]);
        }
      },
    ),
  ],
};
