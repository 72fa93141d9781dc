import { beforeAll, describe, expect, test } from 'vitest';
import type { RouteRow } from '../../../server/src/core/http/index.ts';
import { inputEntity, resultEntity } from '../../../server/src/uws/opus/entities.ts';
import { atOnceMs, aWorld, idOf, msOf, type Who } from './world.ts';

const world = await aWorld();
const unknownId = 'a'.repeat(26);

/** A job of alice's with everything a job can have. */
async function secretJob(run: boolean): Promise<string> {
  const body = new FormData();
  for (const [name, value] of Object.entries({ needed: 'x', text: 'secret text', RUNID: 'secret run' })) {
    body.set(name, value);
  }
  body.set('image', new Blob(['secret bytes']), 'secret.fits');
  for (const each of ['one', 'two']) body.append('images', new Blob(['secret']), `secret-${each}.fits`);
  if (run) body.set('PHASE', 'RUN');
  const { location } = await world.ask('/rest/lab', { method: 'POST', body });
  if (run) expect(await world.ended(location)).toBe('COMPLETED');
  return location;
}

const ended = await secretJob(true);
const pending = await secretJob(false);

/** What no answer to a stranger may hold. */
const secrets = /secret|alice|PENDING|COMPLETED|image|first/i;

/** Each address of a job that a route has; the parameters of an address mean different things in each family. */
function addressesOf({ url }: RouteRow, jobId: string): string[] {
  const entities = [resultEntity(jobId, 'first'), inputEntity(jobId, 'image', 0)];
  if (url === '/store') return entities.map((entity) => `/store?ID=${entity}`);
  if (url.includes(':entity')) {
    return entities.map((entity) => url.replace(':entity', entity).replace('*', 'secret.fits'));
  }
  if (url === '/store_old/:job/:result') return [`/store_old/${jobId}/first`];
  if (!url.includes(':id')) return [];
  const inApi = url.startsWith('/api/');
  const parts = url.includes('/results/')
    ? ['first', 'stdout', 'nosuch']
    : ['text', 'image', 'images', 'nosuch'];
  const names = inApi ? ['first', 'stdout', 'nosuch'] : ['lab'];
  return names.flatMap((name) =>
    parts.map((part) =>
      `${url}${url.endsWith('/search') ? '?q=secret' : ''}`
        .replace(':id', jobId)
        .replace(':name', name)
        .replace(':part', part)
        .replace(':number', '2'),
    ),
  );
}

const routes = world.server.routes.rows.filter(
  (row) => row.owner === 'uws' && addressesOf(row, unknownId).length > 0,
);

function sent(row: RouteRow) {
  if (row.method === 'GET' || row.method === 'HEAD' || row.method === 'OPTIONS') return {};
  if (row.url.startsWith('/api/')) {
    const isPhase = row.url.endsWith('/phase');
    return {
      body: JSON.stringify(isPhase ? { phase: 'ABORT' } : {}),
      headers: { 'content-type': 'application/json' },
    };
  }
  return {
    body: new URLSearchParams({
      PHASE: 'ABORT',
      VALUE: 'stolen',
      ACTION: 'DELETE',
      needed: 'stolen',
    }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  };
}

/** Status and text, without what names the request or the job. */
async function answered(row: RouteRow, jobId: string, as: Who): Promise<string[]> {
  const said: string[] = [];
  for (const where of new Set(addressesOf(row, jobId))) {
    const answer = await world.ask(where, { method: row.method, as, ...sent(row) });
    const text = answer.text.replace(/"requestId":"\w+"/, '').replaceAll(jobId, '…');
    expect(text, `${row.method} ${where}`).not.toMatch(secrets);
    said.push(`${answer.status} ${answer.location.replaceAll(jobId, '…')} ${text}`);
  }
  return said;
}

let before: string[];
const present = async () => [
  await world.read(ended),
  await world.read(pending),
  await world.read(`${ended}/results/first`),
  String(await world.countJobs()),
];
beforeAll(async () => {
  before = await present();
});

describe('a stranger at each address and method of another’s job', () => {
  test.each(routes.map((row) => [`${row.method} ${row.url}`, row] as const))('%s', async (_name, row) => {
    const [one, other, none] = [
      await answered(row, idOf(ended), 'bob'),
      await answered(row, idOf(pending), 'bob'),
      await answered(row, unknownId, 'bob'),
    ];
    // A job that ran and one that did not look alike, and one that is not there differs by 404 for 403 at most.
    expect(one).toEqual(other);
    if (one.join() === none.join()) {
      for (const said of one) expect(said).toMatch(/^(200|204|302|403|404|405) /);
    } else {
      for (const said of one) expect(said).toMatch(/^(403|404) /);
      expect(none.map((said) => said.slice(0, 3))).toEqual(one.map(() => '404'));
    }
    // Whoever does not say who he is learns nothing at all.
    const [asNobody, ofNothing] = [
      await answered(row, idOf(ended), 'nobody'),
      await answered(row, unknownId, 'nobody'),
    ];
    expect(asNobody).toEqual(ofNothing);
    for (const said of asNobody) expect(said).toMatch(/^(200|204|302|401|403|404|405) /);
  });

  test('there are addresses in every family', () => {
    const families = new Set(routes.map(({ url }) => url.split('/')[1]));
    expect([...families].sort()).toEqual(['api', 'job_edit', 'rest', 'store', 'store_old']);
    expect(routes.length).toBeGreaterThan(100);
  });
});

test.each([
  '/rest/lab',
  '/rest/lab?LAST=100',
  '/rest/lab?PHASE=COMPLETED&PHASE=PENDING',
  '/api/uws/jobs',
  '/api/uws/jobs?owner=alice',
  '/api/uws/jobs?runId=secret',
  '/api/uws/jobs/facets',
  '/api/uws/jobs/facets?owner=alice',
  '/api/uws/jobs/count?owner=alice',
  '/api/uws/jobs/export?owner=alice',
  `/api/core/find?q=${idOf(ended)}`,
  '/api/core/find?q=secret',
])('%s lists nothing of another’s jobs', async (where) => {
  const answer = await world.ask(where, { as: 'bob' });
  expect([where, answer.status]).toEqual([where, expect.any(Number)]);
  expect(answer.text).not.toContain(idOf(ended));
  expect(answer.text.replaceAll('secret&', '')).not.toMatch(/secret (run|text)|secret\.fits|"alice"/);
  expect(answer.text).not.toMatch(/"(total|count)":[1-9]/);
});

test('a stranger’s WAIT is refused at once and held nowhere', async () => {
  const open = world.server.core.events.waits.openCount;
  const [answer, ms] = await msOf(world.ask(`${pending}?WAIT=60`, { as: 'bob' }));
  expect([answer.status, ms < atOnceMs]).toEqual([403, true]);
  expect(world.server.core.events.waits.openCount).toBe(open);
});

test('what a stranger knows of the bytes opens no door: validators, ranges, other definitions', async () => {
  const etag = (await world.ask(`${ended}/results/first`)).headers.get('etag') ?? '';
  for (const headers of [{ 'if-none-match': etag }, { 'if-none-match': '*' }, { range: 'bytes=0-1' }]) {
    for (const where of [ended, `${ended}/results/first`]) {
      expect((await world.ask(where, { as: 'bob', headers })).status).toBe(403);
    }
  }
  const elsewhere = ended.replace('/rest/lab/', '/rest/hello/');
  expect((await world.ask(elsewhere, { as: 'bob' })).status).toBe(404);
});

test.each([
  ['the address of a result', () => `${ended}/results/first`],
  ['the address of an upload', () => `${ended}/parameters/image`],
  ['the address of an entity', () => `${world.address}/store?ID=${resultEntity(idOf(ended), 'first')}`],
  ['the id of an entity', () => resultEntity(idOf(ended), 'first')],
  [
    'the address of an entity with a file name',
    () => `${world.address}/store/${resultEntity(idOf(ended), 'first')}/x`,
  ],
])('%s as an input of one’s own job does not give another’s bytes', async (_what, input) => {
  const made = await world.post('/rest/lab', { needed: 'x', image: input(), PHASE: 'RUN' }, 'bob');
  expect(made.text).not.toMatch(/secret text|secret bytes/);
  if (made.status !== 303) return expect([400, 403, 404]).toContain(made.status);
  for (let tries = 0; tries < 20; tries++) {
    const document = await world.read(`${made.location}?WAIT=10`, 'bob');
    if (!/PENDING|QUEUED|EXECUTING/.test(document)) break;
  }
  expect(await world.read(`${made.location}/phase`, 'bob')).toBe('ERROR');
  const kept = await world.ask(`${made.location}/parameters/image`, { as: 'bob' });
  expect(kept.text).not.toMatch(/secret (text|bytes)/);
});

test('after all that the jobs of alice are what they were', async () => {
  const now = await present();
  expect(now.slice(0, 3)).toEqual(before.slice(0, 3));
});
