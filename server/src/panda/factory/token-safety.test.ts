import { expect, test } from 'vitest';
import type { BackendReport } from '../../core/compute/index.ts';
import type { Queue } from '../queues/queues.store.ts';
import { tokenSafety } from './token-safety.ts';

function aQueue(pilot: 'own' | 'pilot3', vo: string | null = null): Queue {
  const at = new Date(0);
  const document = {
    nickname: 'Q',
    copytools: { mv: {} },
    pilotFactory: { backend: 'local', pilot, max: 1 },
  };
  return {
    queue: 'Q',
    site: 'Q',
    vo,
    status: 'online',
    statusReason: '',
    ownStatus: 'online',
    statusSince: at,
    statusBy: 'a test',
    version: 1,
    modifiedAt: at,
    document,
  };
}

function aHost(nested: boolean): BackendReport {
  const counts = { slots: 2, running: 0, queued: 0 };
  return {
    name: 'local',
    host: 'far:/data',
    ...counts,
    isolation: 'uid',
    namespaces: nested,
    nested,
    why: '',
  };
}

test('where runs may keep their programs apart the token is out of reach', async () => {
  expect(await tokenSafety(aQueue('own'), [aHost(true)])).toMatchObject({ isSafe: true });
});

test('one host that does not allow it is named with what mends it', async () => {
  const { isSafe, why } = await tokenSafety(aQueue('own', 'astro'), [aHost(true), aHost(false)]);
  expect(isSafe).toBe(false);
  expect(why).toMatch(/^far allows no user namespaces.*jobs of astro until.*ptrace_scope to 1\.$/);
});

test('pilot3 keeps its token in a file, wherever it runs', async () => {
  const { isSafe, why } = await tokenSafety(aQueue('pilot3'), [aHost(true)]);
  expect(isSafe).toBe(false);
  expect(why).toContain('in a file that its jobs can read');
});
