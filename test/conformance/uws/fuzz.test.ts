import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentType, headers, instant, multipart, segment, text, urlForm } from './fuzz-inputs.ts';
import { isCut, type RawRequest, rawRequest, sendRaw } from './raw.ts';
import { aWorld } from './world.ts';

const world = await aWorld({ 'uws.waitSeconds': '1' });
const { host } = new URL(world.address);
const authorization = ['Authorization', `Bearer ${world.tokens.get('alice')}`] as const;

/** ORRERY_FUZZ_SEED repeats a run, ORRERY_FUZZ_RUNS makes it longer. */
// New inputs at each run of a person, the same ones on a build server: there a find would stop somebody else's change.
const usual = process.env.CI === 'true' ? 1 : Math.floor(Math.random() * 2 ** 31);
const seed = Number(process.env.ORRERY_FUZZ_SEED ?? usual);
const numRuns = Number(process.env.ORRERY_FUZZ_RUNS ?? 80);
console.info(`fuzz: ORRERY_FUZZ_SEED=${seed}`);

async function holds<T>(input: fc.Arbitrary<T>, property: (value: T) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(input, property), { seed, numRuns, endOnFailure: false });
}

const pending = await world.create({ NAME: 'kept' });
const ended = await world.create({ NAME: 'kept', PHASE: 'RUN' });
await world.ended(ended);
const kept = [await world.read(pending), await world.read(ended)];

/** Sends a request and holds it to the rules; gives the status, 0 when the connection was closed. */
async function survives(request: RawRequest): Promise<number> {
  const before = await world.countJobs();
  const sent = rawRequest(host, { ...request, headers: [authorization, ...(request.headers ?? [])] });
  const answer = await sendRaw(world.address, sent, isCut(request));
  const shown = JSON.stringify(
    sent
      .toString('utf8')
      .replace(/Bearer \S+/, '…')
      .slice(0, 1000),
  );
  if (answer === 'silent' || answer === 'closed') {
    expect([answer, isCut(request)], shown).toEqual(['closed', true]);
    return 0;
  }
  const told = `${shown}\n${answer.head}\n${answer.body.slice(0, 300)}`;
  expect(answer.status, told).toBeLessThan(500);
  if (answer.status >= 400) {
    expect(answer.head, told).toMatch(/content-type: (text\/plain|application\/json)/i);
    // A sentence of its own, after the first line of a chunked body.
    if (request.method !== 'HEAD') expect(answer.body, told).toMatch(/[A-Za-z][^.]*\s[^.]*\./);
    expect(answer.body, told).not.toMatch(/\bat .*\.ts:\d+|node_modules|syntax error at or near/);
    expect(await world.countJobs(), told).toBe(before);
  }
  return answer.status;
}

/** Jobs that a request may hit: a fair form may change or delete them. */
let prey: { pending: string; final: string };

beforeEach(async () => {
  prey = { pending: path(await world.create()), final: path(await world.inPhase('COMPLETED')) };
});

afterEach(async () => {
  expect([await world.read(pending), await world.read(ended)]).toEqual(kept);
  expect((await world.ask('/healthz')).status).toBe(200);
});

/** Never starts work: the machine is shared. */
const idle = (form: string) => form.replace(/RUN/gi, 'RAN');
const path = (url: string) => new URL(url).pathname;
const form = ['Content-Type', 'application/x-www-form-urlencoded'] as const;

/** Where a form can be posted. */
const door = fc.constantFrom(
  () => '/rest/hello',
  () => '/rest/lab',
  () => '/rest/hello/sync',
  () => prey.pending,
  () => `${prey.pending}/parameters`,
  () => `${prey.pending}/parameters/NAME`,
  () => `${prey.pending}/phase`,
  () => `${prey.pending}/executionduration`,
  () => `${prey.pending}/destruction`,
  () => prey.final,
  () => `${prey.final}/parameters`,
);

test('forms of any content are answered', async () => {
  await holds(fc.tuple(door, urlForm), async ([target, body]) => {
    await survives({ method: 'POST', target: target(), headers: [form], body: idle(body) });
  });
}, 240_000);

test('forms under any content type are answered', async () => {
  await holds(fc.tuple(door, urlForm, contentType), async ([target, body, type]) => {
    await survives({ method: 'POST', target: target(), headers: [['Content-Type', type]], body: idle(body) });
  });
}, 240_000);

test('a body of another length than it claims changes no job it should not, and holds nothing up', async () => {
  // What follows a body that is too long is no request: it may be refused before the first one is answered.
  const targets = fc.constantFrom('/parameters', '/parameters/NAME', '/phase', '/destruction');
  await holds(fc.tuple(targets, urlForm, contentType, fc.nat(5000)), async ([part, body, type, length]) => {
    const target = `${prey.pending}${part}`;
    await survives({ method: 'POST', target, headers: [['Content-Type', type]], body: idle(body), length });
  });
}, 240_000);

test('multipart bodies with broken boundaries, odd headers and many parts are answered', async () => {
  const targets = fc.oneof(
    door,
    fc.constant(() => '/api/uws/jobs'),
  );
  await holds(fc.tuple(targets, multipart), async ([target, { body, type }]) => {
    await survives({
      method: 'POST',
      target: target(),
      headers: [['Content-Type', type]],
      body: Buffer.from(idle(body.toString('latin1')), 'latin1'),
    });
  });
}, 240_000);

test('words of UWS with any value are taken or refused', async () => {
  const value = fc.oneof(instant, text);
  const fields = [
    ['destruction', 'DESTRUCTION'],
    ['executionduration', 'EXECUTIONDURATION'],
    ['phase', 'PHASE'],
  ] as const;
  await holds(fc.tuple(fc.constantFrom(...fields), value), async ([[part, name], given]) => {
    const body = new URLSearchParams([[name, given.toWellFormed()]]).toString();
    const status = await survives({ method: 'POST', target: `${prey.final}/${part}`, headers: [form], body });
    expect([303, 400, 403, 404]).toContain(status);
  });
}, 240_000);

test('queries with any value are answered in time', async () => {
  const names = fc.constantFrom('WAIT', 'PHASE', 'LAST', 'AFTER', 'RESPONSEFORMAT', 'wait', 'x');
  const query = fc.array(fc.tuple(names, fc.oneof(instant, text)), { maxLength: 4 });
  const targets = fc.constantFrom(
    '/rest/hello',
    path(pending),
    path(ended),
    `${path(ended)}/results`,
    '/api/uws/jobs',
  );
  await holds(fc.tuple(targets, query, fc.boolean()), async ([target, pairs, isRaw]) => {
    const written = isRaw
      ? pairs.map(([name, given]) => `${name}=${given.replace(/[\s\0-\x20\x7f-\uffff]/g, '')}`).join('&')
      : new URLSearchParams(
          pairs.map(([name, given]): [string, string] => [name, given.toWellFormed()]),
        ).toString();
    await survives({ target: `${target}?${written.slice(0, 12_000)}` });
  });
}, 240_000);

test('queries of our own API and of the store are answered in time', async () => {
  const id = path(ended).split('/').at(-1);
  const queries: ReadonlyArray<readonly [target: string, ...names: string[]]> = [
    ['/api/uws/jobs', 'phase', 'definition', 'owner', 'runId', 'createdAfter', 'limit', 'cursor', 'at'],
    ['/api/uws/jobs/export', 'phase', 'format', 'createdBefore', 'runId'],
    ['/api/uws/jobs/count', 'phase', 'owner', 'createdAfter'],
    [`/api/uws/jobs/${id}/log`, 'stream', 'fromByte', 'maxBytes'],
    [`/api/uws/jobs/${id}/log/search`, 'q', 'stream', 'fromByte', 'limit'],
    ['/api/uws/definitions/hello', 'version'],
    ['/store', 'ID', 'expires', 'signature'],
    [`/api/uws/shared/${id}`, 'expires', 'signature'],
  ];
  const query = fc.constantFrom(...queries).chain(([target, ...names]) =>
    fc.tuple(
      fc.constant(target),
      fc.array(fc.tuple(fc.constantFrom(...names), fc.oneof(instant, text)), {
        minLength: 1,
        maxLength: 4,
      }),
    ),
  );
  await holds(query, async ([target, pairs]) => {
    const fields = pairs.map(([name, given]): [string, string] => [name, given.toWellFormed()]);
    await survives({ target: `${target}?${new URLSearchParams(fields).toString().slice(0, 12_000)}` });
  });
}, 240_000);

test('addresses of any form are answered, and none leads out of the tree', async () => {
  const tree = fc.constantFrom(
    () => '/rest',
    () => '/rest/hello',
    () => prey.pending,
    () => `${prey.final}/results`,
    () => `${prey.pending}/parameters`,
    () => '/api/uws/jobs',
    () => '/api/uws/definitions',
    () => `/api/uws/jobs/${prey.final.split('/').at(-1)}`,
    () => '/jdl',
    () => '/store',
    () => '/store_old',
    () => '/handler/maintenance',
    () => '/job_edit/hello',
  );
  const method = fc.constantFrom(
    'GET',
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
  );
  await holds(
    fc.tuple(tree, fc.array(segment, { minLength: 1, maxLength: 4 }), method),
    async ([base, parts, verb]) => {
      await survives({
        method: verb,
        target: [base(), ...parts].join('/'),
        ...(verb === 'POST' ? { headers: [form] } : {}),
      });
    },
  );
}, 240_000);

test('headers of any value are answered', async () => {
  const targets = fc.constantFrom(
    '/rest/hello',
    path(pending),
    `${path(ended)}/results/result`,
    `${path(ended)}/parameters/NAME`,
    '/rest/hello/capabilities',
  );
  await holds(fc.tuple(targets, headers), async ([target, list]) => {
    await survives({ target, headers: list });
  });
}, 240_000);

test('a value put to a parameter is kept as it was or refused', async () => {
  await holds(text, async (value) => {
    const given = value.toWellFormed();
    const target = `${prey.pending}/parameters/NAME`;
    const before = await world.read(target);
    const status = await survives({ method: 'PUT', target, body: given });
    const now = await world.read(target);
    expect([status, now]).toEqual([status, status === 303 ? given : before]);
  });
}, 240_000);

test('bodies of our own API of any form are answered', async () => {
  const body = fc.oneof(
    fc.json(),
    fc
      .record(
        {
          definition: fc.constantFrom('hello', 'lab', 'nosuch'),
          parameters: fc.dictionary(text, text),
          runId: text,
          destruction: instant,
          executionDuration: fc.double(),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
  );
  await holds(fc.tuple(fc.constantFrom('POST', 'PATCH'), body), async ([method, sent]) => {
    const target = method === 'POST' ? '/api/uws/jobs' : `/api/uws/jobs/${prey.pending.split('/').at(-1)}`;
    await survives({ method, target, headers: [['Content-Type', 'application/json']], body: sent });
  });
}, 240_000);
