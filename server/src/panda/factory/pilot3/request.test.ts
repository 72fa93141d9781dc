import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import type { Queue } from '../../queues/queues.store.ts';
import { factorySettings } from '../settings.ts';
import type { Pilot3 } from './checkout.ts';
import { configFor, pilot3Request, queueFor } from './request.ts';

const settings = Value.Default(factorySettings, { heartbeatSeconds: 7 }) as Parameters<
  typeof pilot3Request
>[1];
const at = new Date(0);
const queue: Queue = {
  queue: 'Q',
  site: 'SITE',
  vo: 'astro',
  status: 'online',
  statusReason: '',
  ownStatus: 'online',
  statusSince: at,
  statusBy: 'a test',
  version: 1,
  modifiedAt: at,
  document: {
    nickname: 'Q',
    copytools: { mv: {} },
    pilotFactory: { backend: 'local', pilot: 'pilot3', max: 1 },
  },
};
const pilot3: Pilot3 = {
  folder: '/opt/pilot3',
  python: '/usr/bin/python3',
  version: '3',
  readable: ['/srv/venv'],
  config: 'pandaserver: https://far.example\nheartbeat: 1800\nother: 1\n',
  knowsNoCvmfs: true,
  knowsBaseUrls: true,
};
const place = {
  server: 'http://127.0.0.1:8080',
  aliases: ['https://our.example'],
  token: 'secret',
  pilotRunId: 12,
};
const request = pilot3Request(queue, settings, pilot3, ['DISK'], place);
const inputOf = (name: string, { inputs } = request): string =>
  String(inputs.find((input) => input.path === name)?.content);

test('a pilot is told never to end processes of others, who it is and where its server is', () => {
  expect(request.environment).toMatchObject({
    PILOT_NOKILL: '1',
    HARVESTER_ID: 'orrery',
    HARVESTER_WORKER_ID: '12',
    PANDA_JSID: 'orrery-12',
    PANDA_AUTH_ORIGIN: 'astro.pilot',
    PANDA_AUTH_DIR: '/job/auth/',
    PANDA_BASE_URLS: 'http://127.0.0.1:8080/trf,https://our.example/trf',
  });
  expect(inputOf('auth/pilot_token')).toBe('secret');
  expect(JSON.stringify([request.command, request.environment])).not.toContain('secret');
  expect(request.command.join(' ')).toContain('start.sh /usr/bin/python3 /opt/pilot3 --pilot-user generic');
  expect(request.owner).toEqual({ module: 'panda', kind: 'pilot', id: '12' });
});

test('its configuration names this server alone and keeps what it does not know', () => {
  expect(configFor(pilot3.config, place.server, settings)).toBe(
    'pandaserver: http://127.0.0.1:8080\nheartbeat: 7\nother: 1\n',
  );
});

test('its queue moves files by the one tool that goes through the server', () => {
  const flat = queueFor(queue, settings, ['DISK']);
  expect(flat).toMatchObject({
    nickname: 'Q',
    copytools: { objectstore: {} },
    timefloor: 10,
    catchall: 'no_token_renewal',
    astorages: { pr: ['DISK'], write_lan: ['DISK'] },
    direct_access_lan: false,
  });
  expect(flat).not.toHaveProperty('pilotFactory');
  const own = { ...queue, document: { ...queue.document, timefloor: 3, astorages: { pr: ['MINE'] } } };
  expect(queueFor(own, settings, ['DISK'])).toMatchObject({ timefloor: 3, astorages: { pr: ['MINE'] } });
});

test('an older pilot takes its scripts from this server as well', () => {
  const older = pilot3Request(queue, settings, { ...pilot3, knowsBaseUrls: false }, [], place);
  expect(inputOf('.curlrc', older)).toMatch(/^connect-to = "[\w.-]+:\d+:127\.0\.0\.1:8080"\n$/);
  expect(inputOf('.curlrc')).toBe('');
});

test('outside of a process namespace of its own nothing is started, nor when it might end others', async () => {
  const folder = await temporaryFolder('pilot3-start');
  const checkout = path.join(folder, 'checkout');
  await mkdir(path.join(checkout, 'pilot'), { recursive: true });
  await writeFile(path.join(checkout, 'pilot.py'), '');
  await writeFile(path.join(checkout, 'PILOTVERSION'), '3');
  const start = fileURLToPath(new URL('./start.sh', import.meta.url));
  const { status, stderr } = spawnSync('sh', [start, 'touch', checkout], {
    cwd: folder,
    env: { PATH: process.env.PATH, PILOT_NOKILL: '1' },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([70, expect.stringContaining('no process namespace of its own')]);
  expect(existsSync(path.join(folder, 'pilot3'))).toBe(false);
});
