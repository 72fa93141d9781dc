import { expect } from 'vitest';
import { childNamed, childrenNamed } from '../../../server/src/uws/xml/parse.ts';
import { clause, type Group } from './clause.ts';
import { demandValid, withoutSchema } from './schema.ts';
import { textOf, type World } from './world.ts';

/** Ids of the results of a job. */
async function resultsOf(world: World, url: string): Promise<string[]> {
  return childrenNamed(await world.document(`${url}/results`), 'result').map(
    ({ attributes }) => attributes.id ?? '',
  );
}

/** Runs a job of `lab` to its end. */
async function ran(world: World, form: Record<string, string>): Promise<string> {
  const url = await world.create({ ...form, PHASE: 'RUN' }, { in: 'lab' });
  await world.ended(url);
  return url;
}

/** A job of `lab` that is executing and has written its first file. */
async function running(world: World, form: Record<string, string> = {}): Promise<string> {
  const url = await world.create({ text: 'so far', needed: 'wait', PHASE: 'RUN', ...form }, { in: 'lab' });
  await expect
    .poll(() => world.read(`${url}?WAIT=5&PHASE=QUEUED`), { timeout: 20_000 })
    .toContain('EXECUTING');
  await expect
    .poll(async () => (await world.ask(`${url}/stdout`)).text, { timeout: 20_000 })
    .toContain('ready');
  return url;
}

/** Real jobs on the computer of the server. */
export const execution: Group = {
  title: 'Execution and results',
  file: 'execution.clauses.ts',
  clauses: [
    clause(
      '1.2-x01',
      'A job goes PENDING, QUEUED, EXECUTING, COMPLETED; results are complete when COMPLETED is first seen',
      'UWS 1.1 §2.1.3, §2.1.10',
      async (world) => {
        const url = await world.create({ text: 'made', needed: 'x' }, { in: 'lab' });
        await world.post(`${url}/phase`, 'PHASE=RUN');
        expect(await world.ended(url)).toBe('COMPLETED');
        const results = childNamed(await world.document(url), 'results')?.children ?? [];
        expect(results.map(({ attributes }) => attributes.id)).toEqual(['first', 'stdout', 'stderr']);
        const { sql } = world.server.core.db;
        const history = await sql<{ phase: string }[]>`
          select phase from uws.job_phase where job_id = ${url.split('/').at(-1) ?? ''} order by ordinal`;
        expect(history.map(({ phase }) => phase)).toEqual(['PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED']);
      },
    ),
    clause(
      '1.2-x02',
      'A result has id, href, size and media type; the href gives it, whole or in part',
      'UWS 1.1 §2.2.2.3; RFC 9110 §14',
      async (world) => {
        const url = await ran(world, { text: '0123456789', needed: 'x' });
        const [first] = childrenNamed(await world.document(`${url}/results`), 'result');
        expect(first?.attributes).toMatchObject({
          id: 'first',
          type: 'simple',
          href: `${url}/results/first`,
          size: '10',
          'mime-type': 'text/plain',
        });
        const href = first?.attributes.href ?? '';
        expect(await world.read(href)).toBe('0123456789');
        const part = await world.ask(href, { headers: { range: 'bytes=2-4' } });
        expect([part.status, part.text, part.headers.get('content-range')]).toEqual([
          206,
          '234',
          'bytes 2-4/10',
        ]);
        const outside = await world.ask(href, { headers: { range: 'bytes=10-' } });
        expect([outside.status, outside.headers.get('content-range'), outside.text]).toEqual([
          416,
          'bytes */10',
          expect.stringMatching(/^The range lies outside/),
        ]);
        const etag = (await world.ask(href)).headers.get('etag') ?? '';
        expect((await world.ask(href, { headers: { 'if-none-match': etag } })).status).toBe(304);
      },
    ),
    clause(
      '1.3-13',
      'The documents of jobs with results, with an error and with an abort are valid after the schema',
      'UWS 1.1 Appendix B',
      async (world) => {
        for (const form of [
          { text: 'made', needed: 'x' },
          { needed: 'fail' },
          { needed: 'wait', EXECUTIONDURATION: '1' },
        ]) {
          const url = await ran(world, form);
          for (const where of [url, `${url}/results`, `${url}/parameters`])
            demandValid(await world.read(where));
        }
      },
      withoutSchema,
    ),
    clause(
      '1.3-14',
      'What a result says beyond the standard stands in the namespace urn:uwscustom: file name and hash',
      'UWS 1.1 §2.2.2.2, Appendix B; OPUS client',
      async (world) => {
        const url = await ran(world, { text: 'made', needed: 'x' });
        const [element = ''] = /<uws:result id="first"[^>]*>/.exec(await world.read(url)) ?? [];
        const custom = /xmlns:(\w+)="urn:uwscustom"/.exec(await world.read(url))?.[1];
        const names = [...element.matchAll(/ ([\w:-]+)=/g)].map(([, name]) => name);
        expect(
          names.filter(
            (name) => !['id', 'xlink:type', 'xlink:href', 'size', 'mime-type'].includes(name ?? ''),
          ),
        ).toEqual([`${custom}:name`, `${custom}:hash`]);
      },
    ),
    clause(
      '1.2-x03',
      'Ids of results are unique, also when a pattern finds several files',
      'UWS 1.1 §2.2.2.3',
      async (world) => {
        const body = new FormData();
        for (const [name, value] of Object.entries({ needed: 'x', PHASE: 'RUN' })) body.set(name, value);
        body.set('image', new Blob(['one']), 'a');
        body.append('images', new Blob(['two']), 'b');
        body.append('images', new Blob(['three']), 'c');
        const made = await world.ask('/rest/lab', { method: 'POST', body });
        expect(await world.ended(made.location)).toBe('COMPLETED');
        const ids = await resultsOf(world, made.location);
        expect(ids).toEqual(['first', 'all.part', 'image.part', 'stdout', 'stderr']);
        expect(await world.read(`${made.location}/results/all.part`)).toBe('twothree');
        expect(await world.read(`${made.location}/results/image.part`)).toBe('one');
      },
    ),
    clause(
      '1.2-x04',
      'A job that fails is ERROR in a document that is 200, with errorSummary: type, hasDetail and one message',
      'UWS 1.1 §2.2, §2.2.2.5',
      async (world) => {
        const url = await ran(world, { needed: 'fail' });
        const job = await world.document(url);
        expect(textOf(job, 'phase')).toBe('ERROR');
        const summary = childNamed(job, 'errorSummary');
        expect(summary?.attributes).toEqual({ type: 'fatal', hasDetail: 'true' });
        expect(summary?.children.map(({ name, text }) => [name, text])).toEqual([['message', 'no luck']]);
        const error = await world.read(`${url}/error`);
        expect(error.startsWith('no luck\n')).toBe(true);
        expect(await world.read(`${url}/stderr`)).toContain('no luck');
      },
    ),
    clause(
      '1.2-x05',
      'startTime is the beginning of EXECUTING, endTime the end; both stay',
      'UWS 1.1 Appendix B; OPUS sets the start at QUEUED',
      async (world) => {
        const url = await running(world);
        const during = await world.document(url);
        expect([textOf(during, 'startTime') === '', textOf(during, 'endTime')]).toEqual([false, '']);
        await world.post(`${url}/phase`, 'PHASE=ABORT');
        const after = await world.document(url);
        expect(textOf(after, 'startTime')).toBe(textOf(during, 'startTime'));
        expect(textOf(after, 'endTime') >= textOf(after, 'startTime')).toBe(true);
      },
    ),
    clause(
      '1.2-x06',
      'ABORT ends the running command and all it started, and keeps what was made so far',
      'UWS 1.1 §2.1.4, §2.2.3.6',
      async (world) => {
        const url = await running(world);
        expect((await world.post(`${url}/phase`, 'PHASE=ABORT')).status).toBe(303);
        expect(await world.read(`${url}/phase`)).toBe('ABORTED');
        await expect.poll(() => resultsOf(world, url), { timeout: 20_000 }).toContain('first');
        expect(await world.read(`${url}/results/first`)).toBe('so far');
        expect(await world.read(`${url}/phase`)).toBe('ABORTED');
      },
    ),
    clause(
      '1.2-x07',
      'A job that exceeds its duration is ABORTED, says so, and keeps what was made so far',
      'UWS 1.1 §2.1.4',
      async (world) => {
        const url = await ran(world, { text: 'so far', needed: 'wait', EXECUTIONDURATION: '1' });
        const job = await world.document(url);
        expect(textOf(job, 'phase')).toBe('ABORTED');
        expect(childNamed(job, 'errorSummary')?.children[0]?.text).toContain('duration of 1 s');
        expect(await world.read(`${url}/results/first`)).toBe('so far');
      },
    ),
    clause(
      '1.2-x08',
      'DELETE of a running job ends the command, and the job is gone',
      'UWS 1.1 §2.1.5, §2.2.3.2',
      async (world) => {
        const url = await running(world);
        expect((await world.ask(url, { method: 'DELETE' })).status).toBe(303);
        expect((await world.ask(url)).status).toBe(404);
        const { sql } = world.server.core.db;
        const id = url.split('/').at(-1) ?? '';
        await expect
          .poll(() => sql`select 1 from core.compute_run where owner_id = ${id}`, { timeout: 20_000 })
          .toEqual([]);
      },
    ),
    clause(
      '1.2-x09',
      'A late word of the executor changes no final phase',
      'UWS 1.1 §2.1.3; OPUS let a late COMPLETED overturn',
      async (world) => {
        const url = await ran(world, { text: 'x', needed: 'x' });
        const before = await world.read(url);
        for (const to of ['ERROR', 'ABORTED', 'EXECUTING', 'UNKNOWN'] as const) {
          expect(await world.change(url, to, 'executor')).toBe(false);
        }
        expect(await world.read(url)).toBe(before);
      },
    ),
    clause(
      '1.2-x10',
      'quote is an instant while the job executes, where its definition expects a time, and is never a number',
      'UWS 1.1 §2.1.6; pyvo',
      async (world) => {
        const url = await running(world);
        const job = await world.document(url);
        const seconds = (Date.parse(textOf(job, 'quote')) - Date.parse(textOf(job, 'startTime'))) / 1000;
        expect(seconds).toBe(7);
        expect(await world.read(`${url}/quote`)).toBe(textOf(job, 'quote'));
        await world.post(`${url}/phase`, 'PHASE=ABORT');
      },
    ),
    clause(
      '1.2-x11',
      'A value reaches the script as text, whatever it says: no quote, dollar or back-quote becomes code',
      'ours (OPUS ran it)',
      async (world) => {
        const text = `$(id -un) \`id\` "; touch hacked; ' \${HOME} \\ %s !! \n* ~`;
        const url = await ran(world, { text, needed: 'x' });
        expect(await world.read(`${url}/results/first`)).toBe(text);
        expect(await resultsOf(world, url)).toEqual(['first', 'stdout', 'stderr']);
      },
    ),
    clause('1.2-x12', 'jobInfo says where it ran', 'UWS 1.1 §2.2.2.2', async (world) => {
      const url = await ran(world, { needed: 'x' });
      const place = childNamed(await world.document(url), 'jobInfo')?.children.map(({ name }) => name);
      expect(place).toEqual(expect.arrayContaining(['executor', 'exitCode']));
    }),
    clause(
      '1.2-x13',
      'A WAIT is answered when the job starts and again when it ends',
      'UWS 1.1 §2.2.1.2; uws-validator',
      async (world) => {
        const url = await world.create({ NAME: 'x', SECONDS_TO_WAIT: '1', PHASE: 'RUN' });
        const started = textOf(await world.document(`${url}?WAIT=60&PHASE=QUEUED`), 'phase');
        expect(['EXECUTING', 'COMPLETED']).toContain(started);
        expect(textOf(await world.document(`${url}?WAIT=60&PHASE=EXECUTING`), 'phase')).toBe('COMPLETED');
      },
    ),
  ],
};
