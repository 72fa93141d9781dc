import { expect } from 'vitest';
import { destroyDue } from '../../../server/src/uws/run/destroy-due.schedule.ts';
import { childNamed } from '../../../server/src/uws/xml/parse.ts';
import { clause, type Group } from './clause.ts';
import { idOf, textOf, type World } from './world.ts';

/** A COMPLETED job with an upload and results. */
async function complete(world: World): Promise<string> {
  const body = new FormData();
  for (const [name, value] of Object.entries({ needed: 'x', text: 'made', RUNID: 'r', PHASE: 'RUN' })) {
    body.set(name, value);
  }
  body.set('image', new Blob(['bytes']), 'a.fits');
  const url = (await world.ask('/rest/lab', { method: 'POST', body })).location;
  expect(await world.ended(url)).toBe('COMPLETED');
  return url;
}

/** What an ARCHIVED job has lost and what it keeps. */
async function demandArchived(world: World, url: string, before: Awaited<ReturnType<World['document']>>) {
  const after = await world.document(url);
  expect(textOf(after, 'phase')).toBe('ARCHIVED');
  for (const name of ['runId', 'ownerId', 'creationTime', 'startTime', 'endTime', 'executionDuration']) {
    expect(textOf(after, name)).toBe(textOf(before, name));
  }
  const text = childNamed(after, 'parameters')?.children.find(({ attributes }) => attributes.id === 'text');
  expect(text?.text).toBe('made');
  for (const part of ['results/first', 'parameters/image']) {
    const answer = await world.ask(`${url}/${part}`);
    expect([part, [404, 410].includes(answer.status)]).toEqual([part, true]);
    expect(answer.text).toMatch(/\.\s*$/);
  }
}

/** How jobs leave: the destruction time, and archiving by their owner. */
export const endings: Group = {
  title: 'Destruction and archive',
  file: 'endings.clauses.ts',
  clauses: [
    clause(
      '1.2-d01',
      'At its destruction time a job is ARCHIVED: results and uploads are gone, the description stays',
      'UWS 1.1 §2.1.3, §2.1.5',
      async (world) => {
        const url = await complete(world);
        const before = await world.document(url);
        await world.post(`${url}/destruction`, { DESTRUCTION: new Date(Date.now() - 1000).toISOString() });
        await destroyDue(world.server.core);
        await demandArchived(world, url, before);
      },
    ),
    clause(
      '1.2-d02',
      'A job that still executes at its destruction time is ended first',
      'UWS 1.1 §2.1.5',
      async (world) => {
        const url = await world.create({ NAME: 'x', SECONDS_TO_WAIT: '600', PHASE: 'RUN' });
        await world.read(`${url}?WAIT=20&PHASE=QUEUED`);
        await world.post(`${url}/destruction`, { DESTRUCTION: new Date(Date.now() - 1000).toISOString() });
        await destroyDue(world.server.core);
        expect(await world.read(`${url}/phase`)).toBe('ARCHIVED');
        const { sql } = world.server.core.db;
        await expect
          .poll(() => sql`select 1 from core.compute_run where owner_id = ${idOf(url)}`, { timeout: 20_000 })
          .toEqual([]);
      },
    ),
    clause('1.2-d03', 'PHASE=ARCHIVE archives an ended job at its owner’s wish', 'ours', async (world) => {
      const url = await complete(world);
      const before = await world.document(url);
      expect((await world.post(`${url}/phase`, 'PHASE=ARCHIVE')).status).toBe(303);
      await demandArchived(world, url, before);
    }),
    clause(
      '1.2-d04',
      'PHASE=ARCHIVE before the end is 403; PHASE=SUSPEND and PHASE=RESUME are 400; nothing is changed',
      'UWS 1.1 §2.2 (ours)',
      async (world) => {
        const url = await world.create();
        for (const [word, status] of [
          ['ARCHIVE', 403],
          ['SUSPEND', 400],
          ['RESUME', 400],
        ] as const) {
          const answer = await world.post(`${url}/phase`, { PHASE: word });
          expect([word, answer.status, answer.text]).toEqual([word, status, expect.stringMatching(/\.\s*$/)]);
        }
        expect(await world.read(`${url}/phase`)).toBe('PENDING');
      },
    ),
  ],
};
