import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { loadConfig } from '../core/config/index.ts';
import { silentLog } from '../core/log.ts';
import { registerRules } from './panda-rule.ts';

const db = await testDatabase();
const { config } = loadConfig({ file: '/dev/null' });
const folder = await temporaryFolder('rule');

/** Runs `orrery panda rule …` on the test's database and gives what it printed. */
async function run(...args: string[]): Promise<string> {
  const panda = new Command().exitOverride();
  registerRules(panda, async () => ({ db, config, log: silentLog, close: async () => {} }));
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    await panda.parseAsync(['rule', ...args], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return printed;
}

async function file(content: unknown): Promise<string> {
  const place = path.join(folder, 'rule.json');
  await writeFile(place, typeof content === 'string' ? content : JSON.stringify(content));
  return place;
}

const rule = {
  action: 'limit_retry',
  errorSource: 'pilot',
  errorCode: 4711,
  diagPattern: '.*disk',
  parameters: { maxAttempt: 2 },
  expiresAt: '2030-01-01',
  description: 'bad disks',
};

test('a rule is added, listed, switched off, and removed; the audit trail knows who did it', async () => {
  const number = (await run('add', await file(rule))).trim();
  expect(await run('list')).toMatch(
    new RegExp(
      `\\n${number} +pilot 4711 +text \\.\\*disk +limit_retry 2 +on +2030-01-01T00:00:00Z +bad disks\\n`,
    ),
  );
  await run('off', number);
  expect(await run('list')).toMatch(new RegExp(`\\n${number} .* off .*bad disks\\n`));
  await run('on', number);
  expect(JSON.parse(await run('list', '--json'))).toContainEqual(
    expect.objectContaining({
      retryRuleId: Number(number),
      active: true,
      expiresAt: '2030-01-01T00:00:00.000Z',
    }),
  );
  await run('remove', number);
  expect(await run('list')).not.toContain('4711');
  const trail = await db.sql<{ action: string }[]>`
    select action from core.audit where object_kind = 'panda.retry-rule' order by audit_id`;
  expect(trail.map(({ action }) => action)).toEqual([
    'panda.retry-rule-added',
    'panda.retry-rule-switched',
    'panda.retry-rule-switched',
    'panda.retry-rule-removed',
  ]);
});

test.for([
  ['no JSON', '{', 'JSON'],
  ['an action that is none', { ...rule, action: 'pray' }, 'action'],
  ['a source that is none', { ...rule, errorSource: 'weather' }, 'errorSource'],
  ['no code', { ...rule, errorCode: 0 }, 'errorCode'],
  ['a key that is none', { ...rule, extra: 1 }, 'The rule is not as it should be'],
  ['a limit without a number', { ...rule, parameters: {} }, 'needs parameters.maxAttempt'],
  ['a pattern that takes for ever', { ...rule, diagPattern: '(?=x)' }, 'not supported'],
  ['a day that is none', { ...rule, expiresAt: '2030-99-99' }, 'no instant'],
] as const)('a rule with %s is refused with a sentence', async ([, content, sentence]) => {
  const before = await run('list');
  await expect(run('add', await file(content))).rejects.toThrow(sentence);
  expect(await run('list')).toBe(before);
});

test('a rule is printed as it is taken, changed by the version that was read, deleted and restored', async () => {
  const number = (await run('add', await file({ ...rule, errorCode: 4712 }))).trim();
  const shown = JSON.parse(await run('show', number)) as Record<string, unknown>;
  expect(shown).toMatchObject({ errorCode: 4712, parameters: { maxAttempt: 2 }, queue: null });
  await run('change', number, await file({ ...shown, queue: 'EAST' }), '--from', '1');
  expect(await run('list', '--source', 'pilot', '--code', '4712')).toContain('text .*disk, queue EAST');
  await expect(run('change', number, await file(shown), '--from', '1')).rejects.toThrow('has version 2 now');
  await run('change', number, await file(shown));
  await run('delete', number);
  await expect(run('on', number)).rejects.toThrow(`no retry rule ${number}`);
  expect(await run('list', '--deleted')).toMatch(new RegExp(`\\n${number} .* deleted `));
  await run('restore', number);
  expect(await run('list', '--on', '--action', 'limit_retry')).toContain('pilot 4712');
  expect(await run('list', '--action', 'pray')).toBe(await run('list', '--code', 'x'));
  await run('delete', number);
});

test('a trial says which failed jobs a rule would have met', async () => {
  expect(await run('test', await file({ ...rule, errorCode: 4713 }))).toBe(
    'No job that is kept failed with pilot 4713.\n',
  );
  for (const [jobId, diag] of [
    [71, 'bad disk 1'],
    [72, 'bad luck'],
  ] as const) {
    const errors = JSON.stringify({ pilot: { code: 4713, diag } });
    await db.sql`
      insert into panda.job_archive (job_id, status, queue, owner, label, errors, error_source, error_code)
      values (${jobId}, 'failed', 'EAST', 'Ann', 'user', ${errors}::text::jsonb, 'pilot', 4713)`;
  }
  const said = await run('test', await file({ ...rule, errorCode: 4713 }));
  expect(said).toContain('Of the last 2 jobs that failed with pilot 4713');
  expect(said).toContain('it would have met 1.');
  expect(said).toMatch(/\n71 .* EAST +- +bad disk 1\n/);
  const number = (await run('add', await file({ ...rule, errorCode: 4713, queue: 'EAST' }))).trim();
  expect(await run('test', await file({ ...rule, errorCode: 4713 }))).toContain(`rule ${number} `);
  expect(await run('test', number, '--last', '1')).toContain('Of the last 1 jobs');
});

test('an action is switched for all its rules', async () => {
  await run('action', 'no_retry', 'off');
  expect(await run('actions')).toMatch(/\nno_retry +off /);
  expect(await run('list', '--off')).toContain('no_retry');
  await run('action', 'no_retry', 'on');
  expect(await run('actions')).toMatch(/\nno_retry +on /);
  await expect(run('action', 'pray', 'on')).rejects.toThrow('Allowed choices');
});

test.for(['off', 'on', 'remove', 'restore', 'show'])(
  '%s of a rule that is not there says so',
  async (command) => {
    await expect(run(command, '999')).rejects.toThrow('no retry rule 999');
    await expect(run(command, 'x')).rejects.toThrow('no retry rule');
  },
);
