import { expect } from 'vitest';
import { type Clause, clause, type Group } from './clause.ts';
import type { World } from './world.ts';

type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';

interface Resource {
  key: string;
  /** After the address of the job; null = the job list. */
  path: string | null;
  /** Media type of a GET. */
  type: RegExp;
  /** Changes it takes: what is sent, and where the answer leads: the job, the list, or the parameters. */
  changes: Partial<Record<Exclude<Verb, 'GET'>, { sent: string; leadsTo: RegExp }>>;
  source: string;
}

const xml = /^application\/xml; charset=utf-8$/;
const plain = /^text\/plain; charset=utf-8$/;
const toJob = /\/rest\/probe\/[0-9a-z]{26}$/;
const toList = /\/rest\/probe\?LAST=\d+$/;
const table = 'UWS 1.1 §2.2.1';

const resources: readonly Resource[] = [
  {
    key: 'jobs',
    path: null,
    type: xml,
    changes: { POST: { sent: 'text=new', leadsTo: toJob } },
    source: 'UWS 1.1 §2.2.2.1, §2.2.3.1',
  },
  {
    key: 'job',
    path: '',
    type: xml,
    changes: { POST: { sent: 'ACTION=DELETE', leadsTo: toList }, DELETE: { sent: '', leadsTo: toList } },
    source: 'UWS 1.1 §2.2.2.2, §2.2.3.2',
  },
  {
    key: 'phase',
    path: '/phase',
    type: plain,
    changes: { POST: { sent: 'PHASE=ABORT', leadsTo: toJob } },
    source: `${table}, §2.2.3.6`,
  },
  {
    key: 'executionduration',
    path: '/executionduration',
    type: plain,
    changes: { POST: { sent: 'EXECUTIONDURATION=9', leadsTo: toJob } },
    source: `${table}, §2.2.3.4`,
  },
  {
    key: 'destruction',
    path: '/destruction',
    type: plain,
    changes: { POST: { sent: 'DESTRUCTION=2031-01-01T00:00:00Z', leadsTo: toJob } },
    source: `${table}, §2.2.3.3`,
  },
  { key: 'quote', path: '/quote', type: plain, changes: {}, source: `${table}, §2.1.6` },
  { key: 'error', path: '/error', type: plain, changes: {}, source: `${table}, §2.2.2.5` },
  { key: 'owner', path: '/owner', type: plain, changes: {}, source: `${table}, §2.1.8` },
  {
    key: 'parameters',
    path: '/parameters',
    type: xml,
    changes: { POST: { sent: 'text=other', leadsTo: toJob } },
    source: `${table}, §2.1.11`,
  },
  {
    key: 'parameter',
    path: '/parameters/text',
    type: plain,
    changes: {
      PUT: { sent: 'other', leadsTo: /\/parameters$/ },
      POST: { sent: 'VALUE=other', leadsTo: /\/parameters$/ },
    },
    source: 'UWS 1.1 §2.1.11; OPUS (POST VALUE)',
  },
  { key: 'results', path: '/results', type: xml, changes: {}, source: `${table}, §2.2.2.3` },
];

const form = { 'content-type': 'application/x-www-form-urlencoded' };

async function addressOf(world: World, { path }: Resource): Promise<string> {
  const job = await world.create({ text: 'old', duration: '0' }, { in: 'probe' });
  return path === null ? job.slice(0, job.lastIndexOf('/')) : `${job}${path}`;
}

const named = ({ path }: Resource) => (path === null ? '{jobs}' : `{jobs}/{id}${path}`);

function reading(resource: Resource): Clause[] {
  const name = named(resource);
  const what = resource.type === xml ? 'an XML document' : 'plain text';
  return [
    clause(
      `1.1-${resource.key}-GET`,
      `GET ${name} answers 200 with ${what}`,
      resource.source,
      async (world) => {
        const answer = await world.ask(await addressOf(world, resource));
        expect([answer.status, answer.type]).toEqual([200, expect.stringMatching(resource.type)]);
      },
    ),
    clause(
      `1.1-${resource.key}-HEAD`,
      `HEAD ${name} answers as GET does, without a body`,
      'RFC 9110 §9.3.2',
      async (world) => {
        const answer = await world.ask(await addressOf(world, resource), { method: 'HEAD' });
        expect([answer.status, answer.type, answer.text]).toEqual([
          200,
          expect.stringMatching(resource.type),
          '',
        ]);
      },
    ),
  ];
}

function changing(resource: Resource): Clause[] {
  return Object.entries(resource.changes).map(([method, { sent, leadsTo }]) =>
    clause(
      `1.1-${resource.key}-${method}`,
      `${method} ${named(resource)}${sent === '' ? '' : ` with ${sent}`} is answered 303 with the absolute address to read next`,
      resource.source,
      async (world) => {
        const address = await addressOf(world, resource);
        const body = sent === '' ? {} : { body: sent, headers: method === 'PUT' ? {} : form };
        const answer = await world.ask(address, { method, ...body });
        expect([answer.status, answer.location], answer.text).toEqual([303, expect.stringMatching(leadsTo)]);
        expect(answer.location.startsWith(`${world.address}/rest/probe`)).toBe(true);
        expect((await world.ask(answer.location)).status).toBe(200);
      },
    ),
  );
}

function refusing(resource: Resource): Clause[] {
  const taken = ['GET', ...Object.keys(resource.changes)];
  const others = ['POST', 'PUT', 'DELETE', 'PATCH'].filter((method) => !taken.includes(method));
  const name = named(resource);
  return [
    clause(
      `1.1-${resource.key}-405`,
      `${others.join(', ')} on ${name} ${others.length === 1 ? 'is' : 'are'} refused with 405, the methods it takes in Allow, and nothing is changed`,
      'RFC 9110 §15.5.6',
      async (world) => {
        const address = await addressOf(world, resource);
        const before = await world.countJobs();
        for (const method of others) {
          const answer = await world.ask(address, { method, body: 'text=other', headers: form });
          expect([method, answer.status]).toEqual([method, 405]);
          const allow = (answer.headers.get('allow') ?? '').split(', ').sort();
          expect(allow).toEqual([...taken, 'HEAD', 'OPTIONS'].sort());
          expect(answer.text).toMatch(/^This address takes .* only\./);
        }
        expect((await world.ask(address)).status).toBe(200);
        expect(await world.countJobs()).toBe(before);
      },
    ),
    clause(
      `1.1-${resource.key}-OPTIONS`,
      `OPTIONS ${name} names the methods and lets scripts of other pages send Authorization`,
      'Fetch standard (CORS); OPUS',
      async (world) => {
        const headers = { origin: 'https://example.org', 'access-control-request-method': 'GET' };
        const address = await addressOf(world, resource);
        const answer = await world.ask(address, { method: 'OPTIONS', headers, as: 'nobody' });
        expect(answer.status).toBeLessThan(300);
        expect(answer.headers.get('access-control-allow-origin')).toBe('*');
        const methods = (answer.headers.get('access-control-allow-methods') ?? '').split(', ');
        expect(methods).toEqual(expect.arrayContaining(taken));
        expect(answer.headers.get('access-control-allow-headers')).toMatch(/Authorization.*Content-Type/);
        expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      },
    ),
  ];
}

/** Every resource of the tree with every method. */
export const resourceTree: Group = {
  title: 'Resources and methods',
  file: 'resources.clauses.ts',
  clauses: resources.flatMap((resource) => [
    ...reading(resource),
    ...changing(resource),
    ...refusing(resource),
  ]),
};
