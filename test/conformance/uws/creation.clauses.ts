import { expect } from 'vitest';
import { childNamed, childrenNamed } from '../../../server/src/uws/xml/parse.ts';
import { clause, type Group } from './clause.ts';
import { besideOf, textOf, type World } from './world.ts';

/** An instant that no limit of the server brings forward. */
const tenDays = new Date(Math.floor(Date.now() / 1000) * 1000 + 10 * 86_400_000).toISOString();

/** What a form gives beside parameters: duration and destruction as they were set. */
async function durationOf(world: World, url: string): Promise<string> {
  return await world.read(`${url}/executionduration`);
}

async function upload(world: World, where: string, parts: Record<string, string | Blob>) {
  const body = new FormData();
  for (const [name, part] of Object.entries(parts)) {
    if (typeof part === 'string') body.set(name, part);
    else body.set(name, part, `${name}.bin`);
  }
  return await world.ask(where, { method: 'POST', body });
}

const bytes = (length: number) => new Blob([new Uint8Array(length).fill(7)], { type: 'application/fits' });

/** Creating jobs and changing them while they are PENDING. */
export const creation: Group = {
  title: 'Creation, control parameters and uploads',
  file: 'creation.clauses.ts',
  clauses: [
    clause(
      '1.6-01',
      'RUNID, EXECUTIONDURATION and DESTRUCTION are taken with the creation, as OPUS spells them too',
      'UWS 1.1 §2.2.3.1; OPUS',
      async (world) => {
        for (const form of [
          `RUNID=r&EXECUTIONDURATION=44&DESTRUCTION=${tenDays}`,
          `runId=r&executionDuration=44&destruction=${tenDays}`,
        ]) {
          const job = await world.document(await world.create(`${form}&NAME=x`));
          expect(textOf(job, 'runId')).toBe('r');
          expect(textOf(job, 'executionDuration')).toBe('44');
          expect(textOf(job, 'destruction')).toBe(tenDays);
          const names = childNamed(job, 'parameters')?.children.map(({ attributes }) => attributes.id);
          expect(names).toEqual(['NAME', 'SECONDS_TO_WAIT']);
        }
      },
    ),
    clause(
      '1.6-02',
      'The run id is not looked into, need not be unique, and comes back as it was given',
      'UWS 1.1 §2.1.9',
      async (world) => {
        for (const runId of ['same', 'same', '<b>&amp;', 'née / 42 %20']) {
          const url = await world.create({ RUNID: runId });
          expect(textOf(await world.document(url), 'runId')).toBe(runId);
        }
      },
    ),
    clause(
      '1.6-03',
      'A longer duration than the definition allows is set to what it allows, 0 to the most there is',
      'UWS 1.1 §2.1.4, §2.2.3.4',
      async (world) => {
        const url = await world.create({ needed: 'x' }, { in: 'lab' });
        expect(await durationOf(world, url)).toBe('30');
        for (const [asked, set] of [
          ['44', '44'],
          ['1000', '100'],
          ['0', '100'],
        ] as const) {
          const answer = await world.post(`${url}/executionduration`, { EXECUTIONDURATION: asked });
          expect([answer.status, await durationOf(world, url)]).toEqual([303, set]);
        }
      },
    ),
    clause(
      '1.6-04',
      'A destruction time beyond what the operator allows is brought forward, and the document says so',
      'UWS 1.1 §2.1.5, §2.2.3.3',
      async (world) => {
        const url = await world.create();
        await world.post(`${url}/destruction`, 'DESTRUCTION=2999-01-01T00:00:00Z');
        const set = Date.parse(await world.read(`${url}/destruction`));
        expect(set).toBeLessThan(Date.now() + 366 * 86_400_000);
        expect(set).toBeGreaterThan(Date.now() + 300 * 86_400_000);
      },
    ),
    clause(
      '1.6-05',
      'A malformed duration, destruction or phase refuses the creation with 400, and no job is made',
      'UWS 1.1 §2.2.3.1 (400: ours)',
      async (world) => {
        const before = await world.countJobs();
        for (const form of [
          'EXECUTIONDURATION=soon',
          'EXECUTIONDURATION=-1',
          'EXECUTIONDURATION=1.5',
          'EXECUTIONDURATION=99999999999',
          'EXECUTIONDURATION=1&executionduration=2',
          'DESTRUCTION=soon',
          'PHASE=GO',
          'PHASE=ABORT',
          `RUNID=${'x'.repeat(1000)}`,
        ]) {
          const answer = await world.post('/rest/hello', form);
          expect([form.slice(0, 40), answer.status]).toEqual([form.slice(0, 40), 400]);
          expect(answer.text).toMatch(/^[A-Z]+=/);
        }
        expect(await world.countJobs()).toBe(before);
      },
    ),
    clause(
      '1.6-06',
      'The job shows the complete set: what was given, and the defaults of the rest',
      'UWS 1.1 §2.1.11; OPUS',
      async (world) => {
        const list = await world.document(`${await world.create({ text: 'x' }, { in: 'probe' })}/parameters`);
        const shown = childrenNamed(list, 'parameter').map(({ attributes, text }) => [attributes.id, text]);
        expect(shown).toEqual([
          ['text', 'x'],
          ['duration', '1'],
          ['fail', 'false'],
          ['mode', 'fast'],
        ]);
      },
    ),
    clause(
      '1.6-07',
      'A value of the wrong type, out of its bounds, not among the options, missing or given twice is 400 and names the parameter',
      'ours (OPUS checks nothing)',
      async (world) => {
        const before = await world.countJobs();
        for (const [form, name] of [
          ['needed=x&count=soon', 'count'],
          ['needed=x&count=11', 'count'],
          ['needed=x&count=-1', 'count'],
          ['needed=x&ratio=1.5', 'ratio'],
          ['needed=x&ratio=NaN', 'ratio'],
          ['needed=x&flag=perhaps', 'flag'],
          ['needed=x&mode=slowest', 'mode'],
          ['needed=x&link=no-address', 'link'],
          ['needed=x&image=no-address', 'image'],
          ['needed=x&image=file:///etc/passwd', 'image'],
          ['needed=x&needed=y', 'needed'],
          ['text=x', 'needed'],
          ['needed=x&PATH=/tmp', 'PATH'],
          ['needed=x&a b=1', 'a b'],
          ['needed=%00', 'needed'],
        ] as const) {
          const answer = await world.post('/rest/lab', form);
          expect([form, answer.status]).toEqual([form, 400]);
          expect(answer.text).toContain(`Parameter ${name}:`);
        }
        expect(await world.countJobs()).toBe(before);
      },
    ),
    clause(
      '1.6-08',
      'A parameter the definition does not know travels with the job and is read back',
      'UWS 1.1 §2.1.11; pyvo (REQUEST, LANG)',
      async (world) => {
        const url = await world.create({ NAME: 'x', REQUEST: 'doQuery', LANG_2: 'ADQL' });
        expect(await world.read(`${url}/parameters/REQUEST`)).toBe('doQuery');
      },
    ),
    clause(
      '1.6-09',
      'An input may be an upload: a multipart part named like the parameter',
      'OPUS, UWS 1.1 §2.2.3.1.1',
      async (world) => {
        const made = await upload(world, '/rest/lab', { needed: 'x', image: bytes(5) });
        expect(made.status, made.text).toBe(303);
        const back = await world.ask(`${made.location}/parameters/image`);
        expect([back.text.length, back.type]).toEqual([5, 'application/fits']);
      },
    ),
    clause(
      '1.6-10',
      'An input may name its part: the value param:NAME stands for the part NAME',
      'UWS 1.1 §2.2.3.1.1; DALI 1.1 §3.4.5',
      async (world) => {
        const made = await upload(world, '/rest/lab', {
          needed: 'x',
          image: 'param:table1',
          table1: bytes(6),
        });
        expect(made.status, made.text).toBe(303);
        expect((await world.read(`${made.location}/parameters/image`)).length).toBe(6);
        expect((await world.ask(`${made.location}/parameters/table1`)).status).toBe(404);
      },
    ),
    clause(
      '1.6-11',
      'An input may be an address: it is shown by reference and fetched when the job runs',
      'UWS 1.1 §2.1.11; OPUS',
      async (world) => {
        const address = 'https://example.org/a.fits?x=1&y=2';
        const url = await world.create({ needed: 'x', image: address }, { in: 'lab' });
        const shown = childrenNamed(await world.document(`${url}/parameters`), 'parameter').find(
          ({ attributes }) => attributes.id === 'image',
        );
        expect(shown).toMatchObject({ attributes: { byReference: 'true' }, text: address });
      },
    ),
    clause(
      '1.6-12',
      'An upload larger than the definition takes is 413, and no job is made',
      'RFC 9110 §15.5.14',
      async (world) => {
        const before = await world.countJobs();
        const answer = await upload(world, '/rest/lab', { needed: 'x', image: bytes(200_000) });
        expect(answer.status, answer.text).toBe(413);
        expect(await world.countJobs()).toBe(before);
      },
    ),
    clause(
      '1.6-13',
      'Several parts of one name are several files where the definition says so, and 400 where it does not',
      'ours (OPUS has no such thing)',
      async (world) => {
        for (const [name, status] of [
          ['images', 303],
          ['image', 400],
        ] as const) {
          const body = new FormData();
          body.set('needed', 'x');
          for (const text of ['one', 'two']) body.append(name, new Blob([text]), text);
          const answer = await world.ask('/rest/lab', { method: 'POST', body });
          expect([name, answer.status]).toEqual([name, status]);
        }
      },
    ),
    clause('1.6-14', 'A part for no parameter or for one that is a text is 400', 'ours', async (world) => {
      for (const name of ['nosuch', 'text']) {
        const answer = await upload(world, '/rest/lab', { needed: 'x', [name]: bytes(3) });
        expect([name, answer.status, answer.text]).toEqual([name, 400, expect.stringContaining(name)]);
      }
    }),
    clause(
      '1.6-15',
      'Parameters of a PENDING job are changed by POST to the job, to its parameters, or by PUT; the others stay',
      'UWS 1.1 §2.1.11; pyvo, uws-client',
      async (world) => {
        const url = await world.create({ text: 'one', duration: '3' }, { in: 'probe' });
        const changes = [
          () => world.post(url, 'text=two'),
          () => world.post(`${url}/parameters`, 'text=three'),
          () => world.ask(`${url}/parameters/text`, { method: 'PUT', body: 'fo=ur&' }),
          () => world.post(`${url}/parameters/text`, 'VALUE=five'),
        ];
        for (const [at, value] of ['two', 'three', 'fo=ur&', 'five'].entries()) {
          expect((await changes[at]?.())?.status).toBe(303);
          expect(await world.read(`${url}/parameters/text`)).toBe(value);
        }
        expect(await world.read(`${url}/parameters/duration`)).toBe('3');
      },
    ),
    clause(
      '1.6-16',
      'A file of a PENDING job is replaced by an upload to its parameters',
      'pyvo (upload_file)',
      async (world) => {
        const url = (await upload(world, '/rest/lab', { needed: 'x', image: bytes(5) })).location;
        expect((await upload(world, `${url}/parameters`, { image: bytes(9) })).status).toBe(303);
        expect((await world.read(`${url}/parameters/image`)).length).toBe(9);
      },
    ),
    clause(
      '1.6-17',
      'The bytes of a file may be PUT to the parameter with their own media type',
      'UWS 1.1 §2.1.11',
      async (world) => {
        const url = (await upload(world, '/rest/lab', { needed: 'x', image: bytes(5) })).location;
        const put = await world.ask(`${url}/parameters/image`, {
          method: 'PUT',
          body: new Uint8Array([0, 255, 254, 10]),
          headers: { 'content-type': 'image/fits' },
        });
        expect(put.status, put.text).toBe(303);
        const back = await fetch(`${url}/parameters/image`, {
          headers: { authorization: `Bearer ${world.tokens.get('alice')}` },
        });
        expect([back.headers.get('content-type'), [...new Uint8Array(await back.arrayBuffer())]]).toEqual([
          'image/fits',
          [0, 255, 254, 10],
        ]);
      },
    ),
    ...(['QUEUED', 'EXECUTING', 'COMPLETED', 'ABORTED', 'HELD'] as const).map((phase) =>
      clause(
        `1.6-change-${phase}`,
        `Parameters, run id and duration of a job in ${phase} are not changed: 403`,
        'UWS 1.1 §2.1.11, §2.2',
        async (world) => {
          const url = await world.inPhase(phase);
          const before = await world.read(url);
          for (const answer of [
            await world.post(url, 'NAME=other'),
            await world.post(url, 'RUNID=other'),
            await world.post(`${url}/parameters`, 'NAME=other'),
            await world.post(`${url}/parameters/NAME`, 'VALUE=other'),
            await world.ask(`${url}/parameters/NAME`, { method: 'PUT', body: 'other' }),
            await world.post(`${url}/executionduration`, 'EXECUTIONDURATION=9'),
          ]) {
            expect([answer.status, answer.text]).toEqual([
              403,
              expect.stringContaining(`The job is ${phase}`),
            ]);
          }
          expect(await world.read(url)).toBe(before);
        },
      ),
    ),
    clause(
      '1.6-19',
      'Who has as many waiting and running jobs as the operator allows starts no other: 403, and no job is made or changed',
      'UWS 1.1 §2.2.3.1; OPUS (NJOBS_MAX)',
      async (world) => {
        const limited = besideOf(world);
        const wait = { NAME: 'x', SECONDS_TO_WAIT: '600' };
        const idle = await limited.create(wait, { as: 'bob' });
        const busy = await limited.create({ ...wait, PHASE: 'RUN' }, { as: 'bob' });
        const before = await world.countJobs();
        for (const where of ['/rest/hello', `${idle}/phase`]) {
          const answer = await limited.post(where, 'PHASE=RUN', 'bob');
          expect([where, answer.status, answer.text]).toEqual([where, 403, expect.stringMatching(/1 jobs/)]);
        }
        expect([await world.countJobs(), await limited.read(`${idle}/phase`, 'bob')]).toEqual([
          before,
          'PENDING',
        ]);
        await limited.post(`${busy}/phase`, 'PHASE=ABORT', 'bob');
        expect((await limited.post(`${idle}/phase`, 'PHASE=RUN', 'bob')).status).toBe(303);
        await limited.post(`${idle}/phase`, 'PHASE=ABORT', 'bob');
      },
    ),
    clause(
      '1.6-18',
      'The destruction time of a running or ended job can be changed',
      'UWS 1.1 §2.1.5',
      async (world) => {
        for (const phase of ['EXECUTING', 'COMPLETED'] as const) {
          const url = await world.inPhase(phase);
          expect((await world.post(`${url}/destruction`, { DESTRUCTION: tenDays })).status).toBe(303);
          expect(await world.read(`${url}/destruction`)).toBe(tenDays);
        }
      },
    ),
  ],
};
