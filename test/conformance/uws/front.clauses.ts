import { expect } from 'vitest';
import { childNamed, childrenNamed } from '../../../server/src/uws/xml/parse.ts';
import { clause, type Group } from './clause.ts';
import { idOf, textOf, type World } from './world.ts';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

/** Content types, caching, the synchronous façade and VOSI: the doors of the service. */
export const negotiation: Group = {
  title: 'Content negotiation and caching',
  file: 'front.clauses.ts',
  clauses: [
    clause(
      '1.8-n01',
      'Without Accept, with */*, application/xml, text/xml or application/xml,text/plain the answer is XML',
      'UWS 1.1 §2.2.2',
      async (world) => {
        const url = await world.create();
        for (const accept of [
          '*/*',
          'application/xml',
          'text/xml',
          'application/xml,text/plain',
          'image/png',
        ]) {
          for (const where of [url, '/rest/hello?LAST=1', `${url}/parameters`, `${url}/results`]) {
            const answer = await world.ask(where, { headers: { accept } });
            expect([accept, where, answer.status, answer.type]).toEqual([
              accept,
              where,
              200,
              expect.stringMatching(/^(application|text)\/xml; charset=utf-8$/i),
            ]);
          }
        }
      },
    ),
    clause(
      '1.8-n02',
      'A browser that opens a list or a job is led by 303 to our page of it; shared caches are told that it depends on Accept',
      'UWS 1.1 §2.2.2',
      async (world) => {
        const url = await world.create();
        for (const where of [url, `${world.address}/rest/hello`]) {
          const answer = await world.ask(where, { headers: { accept: browser } });
          expect([where, answer.status, answer.headers.get('vary')]).toEqual([
            where,
            303,
            expect.stringMatching(/accept/i),
          ]);
          expect(answer.location.startsWith(`${world.address}/ui/`)).toBe(true);
        }
      },
    ),
    clause(
      '1.8-n04',
      'Accept: application/json gives list and job as JSON with the same names',
      'ours',
      async (world) => {
        const url = await world.create('NAME=x&RUNID=r');
        const headers = { accept: 'application/json' };
        const job = JSON.parse((await world.ask(url, { headers })).text) as Record<string, unknown>;
        expect(job).toMatchObject({
          version: '1.1',
          jobId: idOf(url),
          runId: 'r',
          ownerId: 'alice',
          phase: 'PENDING',
        });
        const list = JSON.parse((await world.ask('/rest/hello?LAST=1', { headers })).text) as {
          jobs: unknown[];
        };
        expect(list.jobs).toEqual([expect.objectContaining({ id: idOf(url), href: url, phase: 'PENDING' })]);
      },
    ),
    clause(
      '1.8-n08',
      'RESPONSEFORMAT=xml or json in the address chooses before Accept does; another word is 400',
      'DALI 1.1 §3.4.3 (ours)',
      async (world) => {
        const url = await world.create();
        const headers = { accept: 'application/json' };
        expect((await world.ask(`${url}?RESPONSEFORMAT=xml`, { headers })).type).toMatch(/xml/);
        expect((await world.ask(`${url}?responseformat=json`)).type).toMatch(/json/);
        expect((await world.ask(`${url}?RESPONSEFORMAT=fits`)).status).toBe(400);
      },
    ),
    clause(
      '1.8-n09',
      'text/html beside any type, as Java and old clients send it, is no browser: XML',
      'TOPCAT (HttpURLConnection)',
      async (world) => {
        const headers = { accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2' };
        for (const where of [await world.create(), '/rest/hello?LAST=1']) {
          expect((await world.ask(where, { headers })).type).toMatch(/xml/);
        }
      },
    ),
    ...(['list', 'job'] as const).map((what) =>
      clause(
        `1.8-n05-${what}`,
        `The ${what} carries an ETag; asked again with it the answer is 304, and after a change it is whole`,
        'RFC 9110 §13.1.2 (ours)',
        async (world) => {
          const url = await world.create();
          const where = what === 'job' ? url : '/rest/hello?LAST=5';
          const etag = (await world.ask(where)).headers.get('etag') ?? '';
          expect(etag).toMatch(/^(W\/)?"[^"]+"$/);
          const headers = { 'if-none-match': etag };
          const again = await world.ask(where, { headers });
          expect([again.status, again.text]).toEqual([304, '']);
          await world.post(`${url}/phase`, 'PHASE=ABORT');
          const changed = await world.ask(where, { headers });
          expect([changed.status, changed.headers.get('etag') === etag]).toEqual([200, false]);
          expect(changed.text).toContain('ABORTED');
        },
      ),
    ),
    clause('1.8-n06', 'An ETag of one caller’s list does not stand for another’s', 'ours', async (world) => {
      const etag = (await world.ask('/rest/hello')).headers.get('etag') ?? '"x"';
      const headers = { 'if-none-match': etag };
      expect((await world.ask('/rest/hello', { headers, as: 'bob' })).status).toBe(200);
      expect(
        (await world.ask('/rest/hello', { headers: { ...headers, accept: 'application/json' } })).status,
      ).toBe(200);
    }),
    clause(
      '1.8-n07',
      'Bytes that users made are never run as a page of the server: sandboxed, nosniff, saved unless plain text or picture',
      'ours (OPUS: stored XSS)',
      async (world) => {
        const body = new FormData();
        body.set('needed', 'x');
        body.set('image', new Blob(['<script>'], { type: 'text/html' }), 'a.html');
        const url = (await world.ask('/rest/lab', { method: 'POST', body })).location;
        const { headers } = await world.ask(`${url}/parameters/image`);
        expect(headers.get('content-security-policy')).toContain('sandbox');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('content-disposition')).toMatch(/^attachment;/);
      },
    ),
  ],
};

/** Follows the façade from the first request to the last answer, and gives the addresses on the way. */
async function followed(world: World, where: string, form?: string) {
  const way: string[] = [];
  let answer = await world.ask(where, form === undefined ? {} : { form });
  while (answer.status === 303 && way.length < 10) {
    way.push(answer.location);
    answer = await world.ask(answer.location);
  }
  return { way, answer };
}

/** A synchronous service on top of the list of jobs. */
export const sync: Group = {
  title: 'Synchronous façade',
  file: 'front.clauses.ts',
  clauses: [
    clause(
      '1.7-01',
      'POST and GET {service}/sync run a job and lead by 303 over /sync/{id} to its main result',
      'UWS 1.1 §5',
      async (world) => {
        const { way, answer } = await followed(world, '/rest/hello/sync', 'NAME=Ada');
        expect([answer.status, answer.text]).toEqual([200, 'Hello, Ada.\n']);
        expect(way[0]).toMatch(/\/rest\/hello\/sync\/[0-9a-z]{26}$/);
        expect(way[1]).toMatch(/\/rest\/hello\/(async\/)?[0-9a-z]{26}\/results\/result$/);
        const read = await followed(world, '/rest/hello/sync?NAME=Bob');
        expect(read.answer.text).toBe('Hello, Bob.\n');
      },
    ),
    clause(
      '1.7-02',
      'The job of a synchronous call stands in the list and can be read and aborted there',
      'UWS 1.1 §5',
      async (world) => {
        const { way } = await followed(world, '/rest/hello/sync', 'NAME=x');
        const id = (way[0] ?? '').split('/').at(-1) ?? '';
        expect(await world.read('/rest/hello')).toContain(id);
        expect(await world.read(`/rest/hello/${id}/phase`)).toBe('COMPLETED');
      },
    ),
    clause(
      '1.7-03',
      'A synchronous job that fails ends in an error answer with its message',
      'ours',
      async (world) => {
        const { answer } = await followed(world, '/rest/lab/sync', 'needed=fail');
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.text).toContain('no luck');
      },
    ),
    clause(
      '1.7-04',
      'The main result is the one named result, else the first the definition generates',
      'ours',
      async (world) => {
        const { answer } = await followed(world, '/rest/lab/sync', 'needed=x&text=main');
        expect([answer.status, answer.text]).toEqual([200, 'main']);
      },
    ),
    clause(
      '1.7-05',
      'A bad value is refused by the first answer with 400, and no job is made',
      'ours',
      async (world) => {
        const before = await world.countJobs();
        const answer = await world.post('/rest/hello/sync', 'SECONDS_TO_WAIT=soon');
        expect([answer.status, await world.countJobs()]).toEqual([400, before]);
      },
    ),
    clause(
      '1.7-06',
      'The synchronous address of another’s job is 403, of none 404',
      'UWS 1.1 §3',
      async (world) => {
        const id = idOf(await world.create());
        expect((await world.ask(`/rest/hello/sync/${id}`, { as: 'bob' })).status).toBe(403);
        expect((await world.ask('/rest/hello/sync/aaaaaaaaaaaaaaaaaaaaaaaaaa')).status).toBe(404);
      },
    ),
  ],
};

/** What registries ask a service. */
export const vosi: Group = {
  title: 'VOSI',
  file: 'front.clauses.ts',
  clauses: [
    clause(
      '1.8-v01',
      '{service}/capabilities lists UWS 1.1 with the address of the job list, and the two VOSI resources',
      'UWS 1.1 §2.2.1.1; VOSI 1.1 §3.1',
      async (world) => {
        const root = await world.document('/rest/hello/capabilities');
        expect([root.name, root.uri]).toEqual([
          'capabilities',
          'http://www.ivoa.net/xml/VOSICapabilities/v1.0',
        ]);
        const found = childrenNamed(root, 'capability').map((each) => {
          const url = childNamed(each.children.find(({ name }) => name === 'interface') ?? each, 'accessURL');
          return [each.attributes.standardID ?? '', `${url?.attributes.use} ${url?.text.trim()}`] as const;
        });
        const byId = Object.fromEntries(found);
        expect(byId['ivo://ivoa.net/std/UWS#rest-1.1']).toMatch(
          new RegExp(`^base ${world.address}/rest/hello(/async)?$`),
        );
        expect(byId['ivo://ivoa.net/std/VOSI#capabilities']).toBe(
          `full ${world.address}/rest/hello/capabilities`,
        );
        expect(byId['ivo://ivoa.net/std/VOSI#availability']).toBe(
          `full ${world.address}/rest/hello/availability`,
        );
      },
    ),
    clause(
      '1.8-v02',
      '{service}/availability says that the service is available, and since when it is up',
      'VOSI 1.1 §3.2',
      async (world) => {
        const root = await world.document('/rest/hello/availability');
        expect([root.name, root.uri]).toEqual([
          'availability',
          'http://www.ivoa.net/xml/VOSIAvailability/v1.0',
        ]);
        expect(textOf(root, 'available')).toBe('true');
        expect(Number.isNaN(Date.parse(textOf(root, 'upSince')))).toBe(false);
      },
    ),
    clause(
      '1.8-v03',
      'Both are XML, readable without credentials, 405 for what changes things, and 404 for an unknown definition',
      'VOSI 1.1 §2',
      async (world) => {
        for (const word of ['capabilities', 'availability']) {
          const answer = await world.ask(`/rest/hello/${word}`, { as: 'nobody' });
          expect([answer.status, answer.type]).toEqual([
            200,
            expect.stringMatching(/^(text|application)\/xml/),
          ]);
          expect((await world.post(`/rest/hello/${word}`, 'NAME=x')).status).toBe(405);
          expect((await world.ask(`/rest/nosuch/${word}`)).status).toBe(404);
        }
      },
    ),
  ],
};
