import { UwsJob } from '@orrery/contracts/uws';
import { Value } from 'typebox/value';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { installDefinition } from '../definitions/definitions.ts';
import { uws } from '../index.ts';

const server = await testServer([uws], { 'compute.local.allowUnisolated': 'true' });
const { core, address } = server;

async function tokenOf(name: string, roles: string[]): Promise<string> {
  await createAccount(core.auth.context, { name: 'tester' }, { name, roles });
  return await createToken(core.auth.context, { name: 'tester' }, { user: name });
}
const alice = await tokenOf('alice', ['user']);
const bob = await tokenOf('bob', ['user']);
const operator = await tokenOf('operator', ['operator']);

await installDefinition(
  core.db,
  {
    name: 'count_lines',
    parameters: [
      { name: 'input', type: 'file', required: true, multiple: true },
      { name: 'note', type: 'string' },
    ],
    results: [{ name: 'lines', file: 'lines.txt', required: true }],
    maxUploadBytes: 1000,
    script: 'for file in $input; do cat "$file"; done | wc -l > lines.txt\n',
  },
  'tester',
  new Date(),
);
await installDefinition(
  core.db,
  {
    name: 'one_file',
    parameters: [{ name: 'input', type: 'file', required: true }],
    maxUploadBytes: 5,
    script: 'true\n',
  },
  'tester',
  new Date(),
);

interface Asked {
  token?: string;
  json?: object;
  body?: FormData;
}
async function ask(method: string, path: string, { token = alice, json, body }: Asked = {}) {
  const answer = await fetch(`${address}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${token}`,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? (body === undefined ? {} : { body }) : { body: JSON.stringify(json) }),
  });
  const text = await answer.text();
  return { status: answer.status, text, location: answer.headers.get('location') };
}

async function readJob(id: string, token = alice): Promise<UwsJob> {
  const { text } = await ask('GET', `/api/uws/jobs/${id}`, { token });
  const job = JSON.parse(text) as UwsJob;
  expect([...Value.Errors(UwsJob, job)]).toEqual([]);
  return job;
}
async function completed(id: string, token = alice): Promise<UwsJob> {
  const job = await eventually(async () => {
    const now = await readJob(id, token);
    if (now.promise !== null) throw new Error(`${id} is ${now.phase}`);
    return now;
  }, 30_000);
  expect(job.phase).toBe('COMPLETED');
  return job;
}
const create = async (
  parameters: object,
  more: { token?: string; definition?: string; run?: boolean } = {},
) => {
  const { token = alice, definition = 'count_lines', run = false } = more;
  return await ask('POST', '/api/uws/jobs', { token, json: { definition, parameters, run } });
};
const idOf = ({ text }: { text: string }) => (JSON.parse(text) as UwsJob).id;

/** Alice's job of two uploads, done. */
let first: UwsJob;
beforeAll(async () => {
  const form = new FormData();
  form.append('job', JSON.stringify({ definition: 'count_lines', run: true }));
  form.append('input', new Blob(['a\nb\n']), 'two.txt');
  form.append('input', new Blob(['c\n']), 'one.txt');
  const made = await ask('POST', '/api/uws/jobs', { body: form });
  first = await completed(idOf(made));
});

describe('an input named after what another job has', () => {
  test('is that result, byte for byte, without being sent again', async () => {
    const reference = `orrery:job/${first.id}/result/lines`;
    const job = await completed(idOf(await create({ input: reference }, { run: true })));
    expect(job.parameters[0]).toMatchObject({
      value: 'lines.txt',
      files: 1,
      from: [reference],
      sizeBytes: 2,
    });
    const bytes = await ask('GET', job.parameters[0]?.href ?? '');
    expect(bytes.text).toBe('3\n');
    const lines = job.results.find(({ name }) => name === 'lines');
    expect((await ask('GET', lines?.href ?? '')).text).toBe('1\n');
  });

  test('may be all files the other was given, one of them, or several with others', async () => {
    const base = `orrery:job/${first.id}`;
    const given = async (input: string | string[]) => {
      const made = await create({ input });
      expect(made.status).toBe(201);
      return (JSON.parse(made.text) as UwsJob).parameters[0]?.value;
    };
    expect(await given(`${base}/parameter/input`)).toBe('two.txt one.txt');
    expect(await given(`${base}/parameter/input/2`)).toBe('one.txt');
    expect(await given([`${base}/result/lines`, `${base}/parameter/input/1`])).toBe('lines.txt two.txt');
  });

  test('stays when the other job is deleted', async () => {
    const source = await completed(
      idOf(await create({ input: `orrery:job/${first.id}/parameter/input` }, { run: true })),
    );
    const made = idOf(await create({ input: `orrery:job/${source.id}/result/lines` }));
    await ask('DELETE', `/api/uws/jobs/${source.id}`);
    await core.files.collectGarbage();
    const job = await readJob(made);
    expect((await ask('GET', job.parameters[0]?.href ?? '')).text).toBe('3\n');
  });

  test('replaces the file of a draft', async () => {
    const id = idOf(await create({ input: `orrery:job/${first.id}/parameter/input/1` }));
    const changed = await ask('PATCH', `/api/uws/jobs/${id}`, {
      json: { parameters: { input: `orrery:job/${first.id}/parameter/input/2` } },
    });
    expect(changed.status).toBe(200);
    expect((await readJob(id)).parameters[0]).toMatchObject({ value: 'one.txt', sizeBytes: 2 });
  });

  test('works over the standard wire too', async () => {
    const { status, location } = await ask('POST', '/rest/count_lines', {
      body: Object.entries({ input: `orrery:job/${first.id}/result/lines`, PHASE: 'RUN' }).reduce(
        (form, [name, value]) => {
          form.append(name, value);
          return form;
        },
        new FormData(),
      ),
    });
    expect(status).toBe(303);
    const job = await completed(location?.split('/').at(-1) ?? '');
    expect(job.parameters[0]?.value).toBe('lines.txt');
  });

  test('is refused when the job belongs to somebody else, except to those who see everybody’s', async () => {
    const input = `orrery:job/${first.id}/result/lines`;
    const before = await core.db.sql`select job_id from uws.job`;
    expect(await create({ input }, { token: bob })).toMatchObject({ status: 403 });
    expect(await core.db.sql`select job_id from uws.job`).toHaveLength(before.length);
    expect(await create({ input }, { token: operator })).toMatchObject({ status: 201 });
  });

  test('is refused when it is larger than the definition takes, or one too many', async () => {
    const small = { definition: 'one_file' };
    const result = `orrery:job/${first.id}/result/lines`;
    expect(await create({ input: result }, small)).toMatchObject({ status: 201 });
    const stdin = `orrery:job/${first.id}/parameter/input`;
    expect((await create({ input: stdin }, small)).text).toContain('only one file may be given');
    expect(await create({ input: [result, 'https://example.org/a'] }, small)).toMatchObject({ status: 400 });
    const form = new FormData();
    form.append('job', JSON.stringify({ definition: 'count_lines' }));
    form.append('input', new Blob(['0123456789']), 'ten.txt');
    const ten = idOf(await ask('POST', '/api/uws/jobs', { body: form }));
    expect((await create({ input: `orrery:job/${ten}/parameter/input` }, small)).text).toContain(
      'more than the 5 bytes',
    );
  });

  test.each([
    'orrery:job/nosuchjob/result/lines',
    'orrery:job/ID/result/nosuch',
    'orrery:job/ID/parameter/note',
    'orrery:job/ID/parameter/input/3',
    'orrery:job/ID/parameter/input/0',
    'orrery:job/ID/elsewhere/lines',
    'orrery:job/ID/result/%ZZ',
    'orrery:job/../../etc/passwd',
    'orrery:',
    'ORRERY:job/ID/result/lines',
  ])('%s is refused with the name of the parameter', async (text) => {
    const { status, text: body } = await create({ input: text.replace('ID', first.id) });
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({
      code: 'uws.parameter-invalid',
      details: { parameter: 'input' },
    });
  });

  test('means nothing in a text', async () => {
    const note = `orrery:job/${first.id}/result/lines`;
    const made = await create({ input: note, note });
    expect((JSON.parse(made.text) as UwsJob).parameters.find(({ name }) => name === 'note')?.value).toBe(
      note,
    );
  });
});

test('references add up to the files one parameter may have, and no further', async () => {
  const body = new FormData();
  for (let n = 0; n < 60; n++) body.append('input', new Blob([String(n)]), `${n}.txt`);
  const made = await ask('POST', '/rest/count_lines', { body });
  const id = (made.location ?? '').split('/').at(-1) ?? '';
  const some = (count: number) => ({
    json: {
      definition: 'count_lines',
      parameters: { input: Array(count).fill(`orrery:job/${id}/parameter/input`) },
    },
  });
  expect((await ask('POST', '/api/uws/jobs', some(83))).status).toBe(201);
  const refused = await ask('POST', '/api/uws/jobs', some(2000));
  expect(refused).toMatchObject({ status: 400, text: expect.stringContaining('at most 5000 files') });
});
