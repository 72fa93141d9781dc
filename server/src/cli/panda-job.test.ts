import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { loadConfig } from '../core/config/index.ts';
import { silentLog } from '../core/log.ts';
import { pandaSettings } from '../panda/settings.ts';
import { registerJob } from './panda-job.ts';

const db = await testDatabase();
const folder = await temporaryFolder('job');
const { config } = loadConfig({
  file: '/dev/null',
  flags: { data: folder },
  services: { panda: pandaSettings },
});

/** Runs `orrery panda job …` on the test's database and gives what it printed on standard output. */
async function run(...args: string[]): Promise<string> {
  const panda = new Command().exitOverride();
  registerJob(panda, async () => ({ db, config, log: silentLog, close: async () => {} }));
  let printed = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    await panda.parseAsync(['job', ...args], { from: 'user' });
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
  return printed;
}

async function file(content: unknown): Promise<string> {
  const place = path.join(folder, 'job.json');
  await writeFile(place, typeof content === 'string' ? content : JSON.stringify(content));
  return place;
}

const job = {
  jobName: 'from the shell',
  transformation: '/trf/user/run',
  jobPars: 'a',
  outFiles: 'log.tgz',
  logFile: 'log.tgz',
  prodUserID: 'Somebody Else',
  currentPriority: 1500,
};

test('a job of a file is submitted, and its number is the last thing printed', async () => {
  expect(await run('submit', await file(job))).toBe('1\n');
  expect(await run('submit', await file([job, { ...job, jobName: '' }]))).toBe('2\n3\n');
  const [row] = await db.sql`select queue, owner, priority, changed_by from panda.job where job_id = 1`;
  expect(row).toMatchObject({ queue: 'LOCAL', owner: 'Somebody Else', priority: 1500 });
  expect(row?.changedBy).toMatch(/^cli:/);
  const tasks = await db.sql`select from core.task where kind = 'panda.setup-jobs'`;
  expect(tasks).toHaveLength(2);
});

test('a job is shown with its files and its history', async () => {
  const shown = await run('show', '1');
  expect(shown).toMatch(/^job {6}1 from the shell\nstatus {3}defined since \S+Z: submitted by cli:/);
  expect(shown).toMatch(/FILE +TYPE +STATUS +BYTES +ENDPOINT\nlog\.tgz +log +defined +- +-\n/);
  expect(shown).toMatch(/\n\S+Z +defined +1 +submitted by cli:/);
  expect(JSON.parse(await run('show', '1', '--json'))).toMatchObject({
    job: { jobId: 1, name: 'from the shell' },
  });
});

test.for([
  ['a file that is not there', () => Promise.resolve(['/nonexistent/job.json']), 'ENOENT'],
  ['a file that is no JSON', async () => [await file('{')], 'JSON'],
  ['a file without a script', async () => [await file({ jobPars: 'x' })], 'has no transformation'],
  ['a queue that is not known', async () => [await file(job), '--queue', 'NOWHERE'], 'no queue "NOWHERE"'],
  ['an account that is not known', async () => [await file(job), '--user', 'nobody'], 'no account "nobody"'],
] as const)('%s is refused with a sentence and nothing is submitted', async ([, args, sentence]) => {
  await expect(run('submit', ...(await args()))).rejects.toThrow(sentence);
  expect(await db.sql`select from panda.job`).toHaveLength(3);
});

test.for(['4', 'x', '-1', '99999999999999999999'])('there is no job %s', async (id) => {
  await expect(run('show', '--', id)).rejects.toThrow('There is no job');
});
