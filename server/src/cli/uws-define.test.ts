import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { loadConfig } from '../core/config/index.ts';
import { silentLog } from '../core/log.ts';
import { listNewest } from '../uws/definitions/definitions.store.ts';
import { registerDefine } from './uws-define.ts';

const db = await testDatabase();
const { config } = loadConfig({ file: '/dev/null' });
const folder = await temporaryFolder('define');
const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../test/fixtures/uws/${name}`, import.meta.url));

/** Runs `orrery uws define` on the test's database and gives what it printed. */
async function define(...args: string[]): Promise<string> {
  const program = new Command().exitOverride();
  registerDefine(program.command('uws'), async () => ({ db, config, log: silentLog, close: async () => {} }));
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    await program.parseAsync(['uws', 'define', ...args], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return printed;
}

const names = async () => (await listNewest(db.sql)).map(({ name, version }) => `${name} ${version}`);

test('definitions of all three forms are loaded, and the same again is unchanged', async () => {
  const yaml = path.join(folder, 'stack.yaml');
  await writeFile(yaml, 'name: stack\nscript: "true"\n');
  const files = [yaml, fixture('jdl-probe.json'), fixture('jdl-probe_file_vot.xml')];
  expect(await define(...files)).toMatch(/stack +1 +loaded\n/);
  expect(await names()).toEqual(['probe 1', 'probe_file 1', 'stack 1']);
  expect(await define(...files)).toMatch(/probe +1 +unchanged\n/);
  await writeFile(yaml, 'name: stack\nscript: "false"\n');
  expect(await define(yaml)).toMatch(/stack +2 +loaded\n/);
});

test('one broken file, and nothing is loaded: the file, the place and the reason are told', async () => {
  const good = path.join(folder, 'good.yaml');
  const bad = path.join(folder, 'bad.yaml');
  await writeFile(good, 'name: good\nscript: "true"\n');
  await writeFile(bad, 'name: bad\nscript: "true"\nparameters: [{name: PATH, type: string}]\n');
  const before = await names();
  await expect(define(good, bad)).rejects.toThrow(
    `${bad}: The definition is not valid. parameters.0 (PATH): A shell`,
  );
  await expect(define(path.join(folder, 'nosuch.yaml'))).rejects.toThrow(/ENOENT/);
  expect(await names()).toEqual(before);
});

test('--check says that a file is valid and changes nothing', async () => {
  const file = path.join(folder, 'checked.yaml');
  await writeFile(file, 'name: checked\nscript: "true"\n');
  const before = await names();
  expect(await define('--check', file)).toBe('checked is valid\n');
  expect(await names()).toEqual(before);
});

test('the script in the folder beside a VOTable of OPUS is the one that is run', async () => {
  await mkdir(path.join(folder, 'votable'));
  await mkdir(path.join(folder, 'scripts'));
  const votable = path.join(folder, 'votable/tiny_vot.xml');
  await writeFile(
    votable,
    '<VOTABLE><RESOURCE name="tiny"><PARAM name="script" value="old"/></RESOURCE></VOTABLE>',
  );
  await writeFile(path.join(folder, 'scripts/tiny.sh'), 'echo new\n');
  await define(votable);
  expect((await listNewest(db.sql, 'tiny'))[0]?.content.script).toBe('echo new\n');
});
