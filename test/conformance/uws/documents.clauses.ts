import { uwsPhases } from '@orrery/contracts/uws';
import { expect } from 'vitest';
import { childNamed, childrenNamed, parseXml } from '../../../server/src/uws/xml/parse.ts';
import { clause, type Group } from './clause.ts';
import { demandValid, withoutSchema } from './schema.ts';
import { idOf, textOf, type World } from './world.ts';

const namespace = 'http://www.ivoa.net/xml/UWS/v1.0';
const order =
  'jobId runId ownerId phase quote creationTime startTime endTime executionDuration destruction parameters results errorSummary jobInfo';
const awkward = 'a b&c <é> "quoted" \'single\' ]]> \u{1F52D} %41+';

/** A job with much in it. */
async function fullJob(world: World): Promise<string> {
  const body = new FormData();
  for (const [name, value] of Object.entries({ text: awkward, RUNID: awkward, needed: 'x' }))
    body.set(name, value);
  body.set('image', new Blob(['bytes'], { type: 'image/fits' }), 'a.fits');
  const made = await world.ask('/rest/lab', { method: 'POST', body });
  expect(made.status, made.text).toBe(303);
  return made.location;
}

/** The forms of the documents. */
export const documents: Group = {
  title: 'Documents',
  file: 'documents.clauses.ts',
  clauses: [
    ...uwsPhases.map((phase) =>
      clause(
        `1.3-valid-${phase}`,
        `The documents of a job in ${phase} are valid after the published schema: job, list, parameters, results`,
        'UWS 1.1 §2.2.2, Appendix B',
        async (world) => {
          const url = await world.inPhase(phase);
          for (const where of [url, `${url}/parameters`, `${url}/results`, `/rest/hello?PHASE=${phase}`]) {
            demandValid(await world.read(where));
          }
        },
        withoutSchema,
      ),
    ),
    clause(
      '1.3-01',
      'The documents of a job with uploads, run id and awkward values are valid after the schema',
      'UWS 1.1 Appendix B',
      async (world) => {
        const url = await fullJob(world);
        for (const where of [url, `${url}/parameters`, '/rest/lab', '/rest/lab?PHASE=UNKNOWN']) {
          demandValid(await world.read(where));
        }
      },
      withoutSchema,
    ),
    clause(
      '1.3-02',
      'job and jobs carry version="1.1"; its absence means 1.0 to clients',
      'UWS 1.1 §2.2.1.1',
      async (world) => {
        const url = await world.create();
        for (const where of [url, '/rest/hello', '/rest/lab?LAST=1']) {
          expect((await world.document(where)).attributes.version).toBe('1.1');
        }
      },
    ),
    clause(
      '1.3-03',
      'Elements are in the namespace of UWS v1.0 with the prefix uws, and uws, xlink and xsi are declared on the root',
      'UWS 1.1 Appendix B; uws-client, OPUS client',
      async (world) => {
        const url = await fullJob(world);
        for (const where of [url, '/rest/lab', `${url}/parameters`, `${url}/results`]) {
          const text = await world.read(where);
          const root = /<uws:\w+ [^>]*>/.exec(text)?.[0] ?? '';
          expect(root).toContain(`xmlns:uws="${namespace}"`);
          expect(root).toContain('xmlns:xlink="http://www.w3.org/1999/xlink"');
          expect(root).toContain('xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"');
          const parsed = parseXml(text);
          expect(new Set([parsed, ...parsed.children].map((each) => each.uri))).toEqual(new Set([namespace]));
        }
      },
    ),
    clause(
      '1.3-04',
      'The parts of a job stand in the order of the schema in every phase',
      'UWS 1.1 Appendix B',
      async (world) => {
        const places = order.split(' ');
        for (const phase of uwsPhases) {
          const job = await world.document(await world.inPhase(phase));
          const found = job.children.map((child) => places.indexOf(child.name));
          expect(found, phase).toEqual([...found].sort((a, b) => a - b));
          expect(found).not.toContain(-1);
        }
      },
    ),
    clause(
      '1.3-05',
      'What has no value is nil where the schema allows it and absent where it does not; runId and errorSummary are absent',
      'UWS 1.1 §2.1.5, §2.1.6, Appendix B; pyvo',
      async (world) => {
        const job = await world.document(await world.create());
        const nil = job.children.filter((child) => child.attributes.nil === 'true').map(({ name }) => name);
        expect(nil).toEqual(['quote', 'startTime', 'endTime']);
        expect(childNamed(job, 'runId')).toBeUndefined();
        expect(childNamed(job, 'errorSummary')).toBeUndefined();
        for (const child of job.children.filter(({ name }) => nil.includes(name)))
          expect(child.text).toBe('');
      },
    ),
    clause(
      '1.3-06',
      'parameters and results are always there, even empty; executionDuration is a whole number',
      'uws-client, pyvo',
      async (world) => {
        const job = await world.document(await world.create());
        expect(childNamed(job, 'parameters')).toBeDefined();
        expect(childNamed(job, 'results')?.children).toEqual([]);
        expect(textOf(job, 'executionDuration')).toMatch(/^\d+$/);
      },
    ),
    clause(
      '1.3-07',
      'Values and run id come back verbatim: signs of markup escaped, nothing URL-encoded',
      'UWS 1.1 §2.1.9, §2.2.2.4',
      async (world) => {
        const url = await fullJob(world);
        const job = await world.document(url);
        expect(textOf(job, 'runId')).toBe(awkward);
        const given = childNamed(job, 'parameters')?.children.find(
          ({ attributes }) => attributes.id === 'text',
        );
        expect(given?.text).toBe(awkward);
        expect(await world.read(`${url}/parameters/text`)).toBe(awkward);
      },
    ),
    clause(
      '1.3-08',
      'A value that XML cannot carry is by reference, and its address gives it unchanged',
      'UWS 1.1 §2.2.2.4',
      async (world) => {
        const value = 'a\u0001b\u001f';
        const url = await world.create({ NAME: value });
        const shown = childNamed(await world.document(url), 'parameters')?.children[0];
        expect(shown).toMatchObject({
          attributes: { id: 'NAME', byReference: 'true' },
          text: `${url}/parameters/NAME`,
        });
        expect(await world.read(shown?.text ?? '')).toBe(value);
      },
    ),
    clause(
      '1.3-09',
      'An upload is by reference; the address is absolute, not URL-encoded, and gives the bytes with their type',
      'UWS 1.1 §2.2.3.1.1',
      async (world) => {
        const url = await fullJob(world);
        const shown = childrenNamed(await world.document(`${url}/parameters`), 'parameter').find(
          ({ attributes }) => attributes.id === 'image',
        );
        expect(shown).toMatchObject({ attributes: { byReference: 'true' }, text: `${url}/parameters/image` });
        const bytes = await world.ask(shown?.text ?? '');
        expect([bytes.text, bytes.type]).toEqual(['bytes', 'image/fits']);
      },
    ),
    clause(
      '1.3-10',
      'An entry of the list has id, xlink:href and xlink:type, phase, runId, ownerId and always creationTime',
      'UWS 1.1 §2.2.2.1; OPUS client',
      async (world) => {
        const url = await world.create('NAME=x&RUNID=r1');
        const ref = childrenNamed(await world.document('/rest/hello'), 'jobref').find(
          ({ attributes }) => attributes.id === idOf(url),
        );
        expect(ref?.attributes).toEqual({ id: idOf(url), type: 'simple', href: url });
        expect(ref?.children.map(({ name }) => name)).toEqual(['phase', 'runId', 'ownerId', 'creationTime']);
        expect(ref?.children.map(({ text }) => text)).toEqual([
          'PENDING',
          'r1',
          'alice',
          textOf(await world.document(url), 'creationTime'),
        ]);
      },
    ),
    clause(
      '1.3-11',
      'The texts of single resources say what the document says, and are empty where it is nil',
      'UWS 1.1 §2.2.1, §2.1.5',
      async (world) => {
        const url = await world.create();
        const job = await world.document(url);
        for (const name of ['phase', 'executionDuration', 'destruction', 'quote']) {
          expect(await world.read(`${url}/${name.toLowerCase()}`)).toBe(textOf(job, name));
        }
        expect(await world.read(`${url}/owner`)).toBe('alice');
        expect(await world.read(`${url}/error`)).toBe('');
      },
    ),
    clause(
      '1.3-12',
      'Several files of one parameter appear as one element each, and each has an address',
      'ours',
      async (world) => {
        const body = new FormData();
        body.set('needed', 'x');
        for (const name of ['one', 'two']) body.append('images', new Blob([name]), `${name}.txt`);
        const url = (await world.ask('/rest/lab', { method: 'POST', body })).location;
        const shown = childrenNamed(await world.document(`${url}/parameters`), 'parameter').filter(
          ({ attributes }) => attributes.id === 'images',
        );
        expect(await Promise.all(shown.map(({ text }) => world.read(text)))).toEqual(['one', 'two']);
      },
    ),
  ],
};
