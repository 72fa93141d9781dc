import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { AppError } from '../../core/errors.ts';
import { installDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { serviceOf } from '../service.ts';
import { listFolder } from './run-folder.ts';

const { core, address } = await testServer([uws], {
  'compute.local.allowUnisolated': 'true',
  'uws.outputMb': '4',
});
await createAccount(core.auth.context, { name: 'tester' }, { name: 'alice', roles: ['user'] });
const token = await createToken(core.auth.context, { name: 'tester' }, { user: 'alice' });

interface Ended {
  phase: string;
  error: string;
  results: string[];
}

/** Runs a script of its own definition and says how its job ended. */
async function run(name: string, script: string): Promise<Ended> {
  const definition = { name, script, results: [{ name: 'all', file: '**' }] };
  await installDefinition(core.db, definition, 'tester', new Date());
  serviceOf(core).catalog.forget();
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  const body = new URLSearchParams({ PHASE: 'RUN' });
  const made = await fetch(`${address}/rest/${name}`, { method: 'POST', body, headers, redirect: 'manual' });
  const job = made.headers.get('location') ?? '';
  for (let tries = 0; tries < 10; tries++) {
    const { phase, results } = (await (await fetch(`${job}?WAIT=5`, { headers })).json()) as {
      phase: string;
      results: Array<{ id: string }>;
    };
    if (!['COMPLETED', 'ERROR', 'ABORTED'].includes(phase)) continue;
    const error = await (await fetch(`${job}/error`, { headers })).text();
    return { phase, error, results: results.map((result) => result.id) };
  }
  throw new Error(`the job of ${name} did not end`);
}

test('a job whose last words the database cannot hold ends all the same', async () => {
  const { phase, error } = await run('words', `printf 'bad\\0word\\n' >&2; exit 3`);
  expect(phase).toBe('ERROR');
  expect(error).toContain('bad\ufffdword');
});

test('files that are larger than they take are held to the limit of a job as well', async () => {
  const { phase, error, results } = await run('sparse', 'for i in 1 2 3; do truncate -s 3M hole$i; done');
  expect(phase).toBe('ERROR');
  expect(error).toContain('4 MB');
  expect(results).toEqual(['stdout', 'stderr']);
});

test('a folder of too many files gives the reason, any other failure is tried again', async () => {
  const failing = (error: Error) => listFolder({ list: () => Promise.reject(error) });
  const many = new AppError('too-large', 'files.too-many', 'There are more than 100000 files.');
  expect(await failing(many)).toBe('There are more than 100000 files.');
  await expect(failing(new Error('EIO'))).rejects.toThrow('EIO');
});
