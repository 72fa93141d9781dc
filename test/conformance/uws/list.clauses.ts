import { uwsPhases } from '@orrery/contracts/uws';
import { expect } from 'vitest';
import { childrenNamed } from '../../../server/src/uws/xml/parse.ts';
import { clause, type Group } from './clause.ts';
import { idOf, textOf, type World } from './world.ts';

const section = 'UWS 1.1 §2.2.2.1';

/** Ids of alice's jobs of `probe` in the order of the list. */
async function listed(world: World, query: string): Promise<string[]> {
  const list = await world.document(`/rest/probe${query}`);
  return childrenNamed(list, 'jobref').map(({ attributes }) => attributes.id ?? '');
}

/** Makes jobs one after the other, so that each is created later than the one before. */
async function several(world: World, count: number): Promise<string[]> {
  const made: string[] = [];
  let last = '';
  while (made.length < count) {
    const url = await world.create('duration=0', { in: 'probe' });
    const created = textOf(await world.document(url), 'creationTime');
    if (created === last) await world.ask(url, { method: 'DELETE' });
    else made.push(url);
    last = created;
  }
  return made;
}

/** The list of jobs and its filters. */
export const list: Group = {
  title: 'Job list and filters',
  file: 'list.clauses.ts',
  clauses: [
    clause('1.5-01', 'A list without jobs is an empty jobs element', section, async (world) => {
      const empty = await world.document('/rest/probe_file', 'bob');
      expect([empty.name, empty.children]).toEqual(['jobs', []]);
    }),
    clause(
      '1.5-02',
      'Without filters every job but the ARCHIVED ones is listed, newest first',
      section,
      async (world) => {
        const made = (await several(world, 4)).map(idOf).reverse();
        expect((await listed(world, '')).slice(0, 4)).toEqual(made);
        const archived = await world.inPhase('ARCHIVED');
        expect(await world.read('/rest/hello')).not.toContain(idOf(archived));
      },
    ),
    ...uwsPhases.map((phase) =>
      clause(
        `1.5-PHASE-${phase}`,
        `PHASE=${phase} lists the jobs in ${phase}, and no others`,
        section,
        async (world) => {
          const url = await world.inPhase(phase);
          const refs = childrenNamed(await world.document(`/rest/hello?PHASE=${phase}`), 'jobref');
          expect(refs.map(({ attributes }) => attributes.id)).toContain(idOf(url));
          expect(new Set(refs.map((ref) => textOf(ref, 'phase')))).toEqual(new Set([phase]));
        },
      ),
    ),
    clause(
      '1.5-03',
      'PHASE repeated lists the union, ARCHIVED ones when it is named',
      section,
      async (world) => {
        const urls = [
          await world.inPhase('ARCHIVED'),
          await world.inPhase('HELD'),
          await world.inPhase('ERROR'),
        ];
        const refs = childrenNamed(await world.document('/rest/hello?PHASE=HELD&PHASE=ARCHIVED'), 'jobref');
        const ids = refs.map(({ attributes }) => attributes.id);
        expect(urls.map((url) => ids.includes(idOf(url)))).toEqual([true, true, false]);
      },
    ),
    clause('1.5-04', 'LAST=n lists the n newest, newest first', section, async (world) => {
      const made = (await several(world, 5)).map(idOf).reverse();
      expect(await listed(world, '?LAST=3')).toEqual(made.slice(0, 3));
      expect((await listed(world, '?LAST=100000')).slice(0, 5)).toEqual(made);
    }),
    clause(
      '1.5-05',
      'AFTER lists the jobs created later than the instant, and not at it; offsets are converted',
      section,
      async (world) => {
        const made = await several(world, 3);
        const second = textOf(await world.document(made[1] ?? ''), 'creationTime');
        const later = new Date(Date.parse(second) + 7_200_000).toISOString().replace('Z', '+02:00');
        for (const after of [second, later, second.replace('Z', '')]) {
          expect(await listed(world, `?AFTER=${encodeURIComponent(after)}`)).toEqual([idOf(made[2] ?? '')]);
        }
        expect(await listed(world, '?AFTER=2099-01-01')).toEqual([]);
      },
    ),
    clause(
      '1.5-06',
      'AFTER takes a year, a date with and without dashes, and a blank for T',
      'uws-validator',
      async (world) => {
        const [newest] = (await several(world, 1)).map(idOf);
        for (const after of ['2015', '20151026', '2015-10-26', '2015-10-26 09:00', '2015-10-26T09:15:35']) {
          expect((await listed(world, `?AFTER=${encodeURIComponent(after)}`))[0], after).toBe(newest);
        }
      },
    ),
    clause('1.5-07', 'Filters are joined by AND, LAST after the others', section, async (world) => {
      const made = await several(world, 4);
      await world.post(`${made[0]}/phase`, 'PHASE=ABORT');
      await world.post(`${made[1]}/phase`, 'PHASE=ABORT');
      expect((await listed(world, '?PHASE=ABORTED&LAST=2')).slice(0, 2)).toEqual(
        [made[1], made[0]].map((url) => idOf(url ?? '')),
      );
      const first = textOf(await world.document(made[0] ?? ''), 'creationTime');
      expect(await listed(world, `?PHASE=ABORTED&AFTER=${first}&LAST=5`)).toEqual([idOf(made[1] ?? '')]);
    }),
    clause(
      '1.5-08',
      'An unknown PHASE, LAST below one or no number, and an AFTER that is no instant are 400 with a sentence',
      `${section} (400: ours); uws-validator`,
      async (world) => {
        for (const query of [
          'PHASE=SUCCESS',
          'PHASE=pendinggg',
          'PHASE=',
          'PHASE=PENDING&PHASE=1345',
          'LAST=0',
          'LAST=-1',
          'LAST=-254',
          'LAST=sometext',
          'LAST=1.5',
          'LAST=',
          'AFTER=2015-26-10',
          'AFTER=sometext',
          'AFTER=2015-10-26T09:00+01:00',
          'AFTER=',
        ]) {
          const answer = await world.ask(`/rest/hello?${query}`);
          expect([query, answer.status]).toEqual([query, 400]);
          expect(answer.text).toMatch(/^(PHASE|LAST|AFTER)=/);
        }
      },
    ),
    clause(
      '1.5-09',
      'Names of filters are understood in upper and lower case',
      'DALI 1.1 §3.1',
      async (world) => {
        const [newest] = (await several(world, 1)).map(idOf);
        expect(await listed(world, '?phase=pending&last=1')).toEqual([newest]);
      },
    ),
    clause(
      '1.5-10',
      'Each caller sees his own jobs, an operator everybody’s',
      'UWS 1.1 §3',
      async (world) => {
        const [mine] = (await several(world, 1)).map(idOf);
        expect(await world.read('/rest/probe', 'bob')).not.toContain(mine);
        expect(await world.read('/rest/probe', 'operator')).toContain(mine);
      },
    ),
    clause(
      '1.5-11',
      'A list of thousands is whole, and each job is in it once',
      `${section}, “however large the number of jobs”`,
      async (world) => {
        const { core } = world.server;
        const one = idOf(await world.create('duration=0', { in: 'probe', as: 'operator' }));
        await core.db.sql`
          insert into uws.job (job_id, definition_id, definition, run_id, owner_id, phase, phase_since, created_at,
            execution_duration, destruction_at, parameters)
          select 'many' || lpad(n::text, 22, '0'), definition_id, definition, run_id, 'runner', phase, phase_since,
            created_at - make_interval(secs => n / 3), execution_duration, destruction_at, parameters
          from uws.job, generate_series(1, 4500) as n where job_id = ${one}`;
        const ids = childrenNamed(await world.document('/rest/probe', 'operator'), 'jobref').map(
          ({ attributes }) => attributes.id,
        );
        expect([ids.length, new Set(ids).size]).toEqual([ids.length, ids.length]);
        expect(ids.filter((id) => id?.startsWith('many')).length).toBe(4500);
        await core.db.sql`delete from uws.job where owner_id = 'runner' and job_id like 'many%'`;
      },
    ),
  ],
};
