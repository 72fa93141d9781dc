import { expect } from 'vitest';
import { childNamed, childrenNamed } from '../../../server/src/uws/xml/parse.ts';
import { clause, type Group } from './clause.ts';
import { rawRequest, sendRaw } from './raw.ts';
import { idOf, textOf } from './world.ts';

const noJob = 'aaaaaaaaaaaaaaaaaaaaaaaaaa';

/** What holds for addresses, wherever they lead. */
export const addresses: Group = {
  title: 'Addresses, words and what is unknown',
  file: 'addresses.clauses.ts',
  clauses: [
    clause(
      '1.1-a01',
      'The id of a job is the last part of its address, a legal path segment, and cannot be guessed',
      'UWS 1.1 §2.2.1',
      async (world) => {
        const [one, two] = [await world.create(), await world.create()];
        expect(textOf(await world.document(one), 'jobId')).toBe(idOf(one));
        expect(idOf(one)).toMatch(/^[0-9a-z]{26}$/);
        const common = [...idOf(one)].findIndex((sign, at) => sign !== idOf(two)[at]);
        expect(common).toBeLessThan(8);
      },
    ),
    clause(
      '1.1-a02',
      'Words of UWS are understood in the query string of the POST as in its body',
      'UWS 1.1 §2.2.3.1',
      async (world) => {
        const made = await world.ask('/rest/hello?NAME=query&RUNID=q', { method: 'POST' });
        expect(made.status).toBe(303);
        expect(textOf(await world.document(made.location), 'runId')).toBe('q');
        expect((await world.ask(`${made.location}/phase?PHASE=ABORT`, { method: 'POST' })).status).toBe(303);
        expect(await world.read(`${made.location}/phase`)).toBe('ABORTED');
      },
    ),
    clause(
      '1.1-a03',
      'Names of UWS words and the values RUN and ABORT are understood in upper and lower case',
      'DALI 1.1 §3.1; astroquery (phase=run)',
      async (world) => {
        const url = await world.create('phase=run&runid=low&executionduration=9&NAME=x');
        const job = await world.document(url);
        expect([textOf(job, 'runId'), textOf(job, 'executionDuration')]).toEqual(['low', '9']);
        expect(textOf(job, 'phase')).not.toBe('PENDING');
        expect((await world.post(`${url}/phase`, 'Phase=abort')).status).toBe(303);
      },
    ),
    clause(
      '1.1-a04',
      'Location has the scheme, host and path the client used',
      'uws-client (strips its own address textually)',
      async (world) => {
        const other = world.address.replace('127.0.0.1', 'localhost');
        expect(other).not.toBe(world.address);
        for (const list of [`${other}/rest/hello`, `${other}/rest/hello/async`]) {
          const made = await world.ask(list, { form: 'NAME=x' });
          expect(made.location.slice(0, made.location.lastIndexOf('/'))).toBe(list);
          const refs = childrenNamed(await world.document(`${list}?LAST=1`), 'jobref');
          expect(refs[0]?.attributes.href).toBe(made.location);
        }
      },
    ),
    clause(
      '1.1-a05',
      'A foreign Host is refused, and forwarded headers of strangers are not believed',
      'UWS 1.1 §3 (ours)',
      async (world) => {
        const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
        const made = await world.ask('/rest/hello', { form: 'NAME=x', headers });
        expect(made.location.startsWith(world.address)).toBe(true);
        const foreign = await sendRaw(world.address, rawRequest('evil.example', { target: '/rest/hello' }));
        expect(foreign).toMatchObject({ status: 421 });
      },
    ),
    clause(
      '1.1-a06',
      'PHASE=RUN and PHASE=ABORT are taken at the address of the job as well',
      'uws-client',
      async (world) => {
        const url = await world.create();
        const answer = await world.post(url, 'PHASE=ABORT');
        expect([answer.status, answer.location]).toEqual([303, url]);
        expect(await world.read(`${url}/phase`)).toBe('ABORTED');
      },
    ),
    clause(
      '1.1-a07',
      'After a deletion the list is named with LAST, and the job is 404 with all below it',
      'UWS 1.1 §2.2.2.1, §2.2.3.2',
      async (world) => {
        const url = await world.create();
        const gone = await world.ask(url, { method: 'DELETE' });
        expect(gone.location).toMatch(/\/rest\/hello\?LAST=[1-9]\d*$/);
        for (const part of ['', '/phase', '/parameters', '/results', '/owner']) {
          expect([part, (await world.ask(`${url}${part}`)).status]).toEqual([part, 404]);
        }
        expect((await world.ask(url, { method: 'DELETE' })).status).toBe(404);
      },
    ),
    clause(
      '1.1-a08',
      'What does not exist is 404 with a sentence: definition, job, part of a job, parameter, result',
      'UWS 1.1 §2.2',
      async (world) => {
        const url = await world.create();
        const unknown = [
          '/rest/nosuch',
          `/rest/nosuch/${noJob}`,
          `/rest/hello/${noJob}`,
          `/rest/hello/${noJob}/phase`,
          `${url}/nosuch`,
          `${url}/parameters/nosuch`,
          `${url}/results/nosuch`,
          `${url.replace('/hello/', '/probe/')}`,
        ];
        for (const where of unknown) {
          const answer = await world.ask(where);
          expect([where, answer.status]).toEqual([where, 404]);
          expect(answer.text).toMatch(/^[A-Z].*\.\s/);
        }
        for (const where of ['/rest/nosuch', `/rest/hello/${noJob}`, `/rest/hello/${noJob}/phase`]) {
          expect([where, (await world.post(where, 'PHASE=RUN')).status]).toEqual([where, 404]);
        }
      },
    ),
    clause('1.1-a09', 'An address with a slash at its end is the same address', 'OPUS', async (world) => {
      const url = await world.create();
      for (const where of ['/rest/hello/', `${url}/`, `${url}/phase/`, `${url}/parameters/NAME/`]) {
        expect([where, (await world.ask(where)).status]).toEqual([where, 200]);
      }
    }),
    clause(
      '1.1-a10',
      '{definition} and {definition}/async are one list, and each answers with its own addresses',
      'DALI 1.1 §2.1; OPUS',
      async (world) => {
        const made = await world.ask('/rest/hello/async', { form: 'NAME=x' });
        expect(made.location).toMatch(/\/rest\/hello\/async\/[0-9a-z]{26}$/);
        const job = await world.document(made.location);
        expect(childNamed(job, 'phase')?.text).toBe('PENDING');
        const plain = made.location.replace('/async/', '/');
        expect(await world.read(`${plain}/phase`)).toBe('PENDING');
        expect(await world.read('/rest/hello')).toContain(plain);
      },
    ),
    clause(
      '1.1-a11',
      'async, sync, capabilities, availability, tables and examples are never ids of jobs',
      'DALI 1.1 §2',
      async (world) => {
        for (const word of ['async', 'sync', 'capabilities', 'availability', 'tables', 'examples']) {
          const answer = await world.ask(`/rest/hello/${word}/phase`);
          expect([word, answer.status]).toEqual([word, 404]);
          expect((await world.ask(`/rest/hello/${word}`, { method: 'DELETE' })).status, word).not.toBe(303);
        }
      },
    ),
  ],
};
