import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { apartFromUs } from './apart.ts';
import { readJob } from './job.ts';
import { Payload } from './payload.ts';
import { JobProblem } from './problems.ts';
import { isAlive, marked, usageOf } from './processes.ts';

const folder = await temporaryFolder('payload');

async function aPayload(script: string, isApart = true): Promise<Payload> {
  await rm(path.join(folder, 'seen'), { force: true });
  await writeFile(path.join(folder, 'work'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const job = readJob({ PandaID: 4, attemptNr: 1, transformation: 'work', jobPars: String(process.pid) });
  const place = { folder, around: folder, maxFileMb: 0, graceMs: 2000 };
  return Payload.start({ job, transformation: 'work', isApart, ...place });
}

const seen = () =>
  readFile(path.join(folder, 'seen'), 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
const canBeApart = (await apartFromUs()).length > 0;

test.skipIf(!canBeApart)(
  'a payload that is apart finds no process of its pilot, and one that is not does',
  async () => {
    const look =
      'if [ -e /proc/$1/mem ] || kill -0 $1; then echo found >seen; else echo alone >seen; fi; exit 7';
    expect((await (await aPayload(look)).end()).exitCode).toBe(7);
    expect(await seen()).toBe('alone');
    await (await aPayload(look, false)).end();
    expect(await seen()).toBe('found');
  },
);

test.each([true, false])('a payload that is stopped leaves nothing behind (apart: %s)', async (isApart) => {
  const payload = await aPayload(
    'trap "" TERM; setsid sleep 100 & echo ready >seen; sleep 100; sleep 100',
    isApart,
  );
  await eventually(async () => expect(await seen()).toBe('ready'));
  expect(usageOf(payload.pid).processes).toBeGreaterThan(1);
  payload.stop(new JobProblem('killedByServer', 'told by a test'));
  await expect(payload.end()).rejects.toThrow('told by a test');
  await eventually(() => expect([isAlive(payload.pid), marked(payload.mark)]).toEqual([false, []]));
});
